#include "hub/programs/hubctl_texts.h"

#include <unordered_map>

namespace hub::ctl {
namespace {

std::string& spoken() {
  static std::string language = "en";
  return language;
}

const CtlText* find(std::string_view english) {
  static const auto texts = [] {
    std::unordered_map<std::string_view, const CtlText*> by_english;
    for (const auto& text : ctlTexts()) by_english.emplace(text.en, &text);
    return by_english;
  }();
  const auto found = texts.find(english);
  return found == texts.end() ? nullptr : found->second;
}

}  // namespace

const std::vector<CtlText>& ctlTexts() {
  static const std::vector<CtlText> texts = {
#define CTL_TEXT(en, ru, kk) {en, ru, kk},
#include "hub/programs/hubctl_texts.inc"
#undef CTL_TEXT
  };
  return texts;
}

void speak(std::string_view language) { spoken() = language; }

std::string say(std::string_view english, const std::vector<std::string>& values) {
  const CtlText* known = spoken() == "kk" || spoken() == "ru" ? find(english) : nullptr;
  const std::string_view pattern = known == nullptr   ? english
                                   : spoken() == "kk" ? known->kk
                                                      : known->ru;
  std::string out;
  std::size_t next = 0;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const auto close = pattern[i] == '{' ? pattern.find('}', i) : pattern.npos;
    if (close == pattern.npos) {
      out += pattern[i];
      continue;
    }
    const auto place = close == i + 1 ? next++ : static_cast<std::size_t>(pattern[i + 1] - '1');
    if (place < values.size()) out += values[place];
    i = close;
  }
  return out;
}

}  // namespace hub::ctl
