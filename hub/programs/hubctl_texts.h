// What hubctl says to people, in Kazakh, Russian or English: heads of tables, names of lines, summaries, questions,
// reasons why it could not. The texts stand in hubctl_texts.inc; what the hub said comes in the caller's language from
// the hub, and codes of states, kinds and roles are those that options take, in every language.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hub::ctl {

struct CtlText {
  std::string_view en;  // {} is a value
  std::string_view ru;  // {1}, {2} … are the values
  std::string_view kk;
};

const std::vector<CtlText>& ctlTexts();

// "kk", "ru", anything else is English. Before anything is said; one thread.
void speak(std::string_view language);
// The text in that language, its values filled in; as it is if the table has none such.
std::string say(std::string_view english, const std::vector<std::string>& values = {});

}  // namespace hub::ctl
