// How hubctl shows what the hub answered, and why it did not work.
#pragma once

#include <istream>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "hub/programs/hubctl_client.h"
#include "hub/programs/hubctl_commands.h"
#include "hub/programs/hubctl_texts.h"

namespace hub::ctl {

using Json = nlohmann::json;

// A member as text; "" if it is absent.
std::string text(const Json& object, const char* name);
// By the clocks of Kazakhstan, as days of terms are: 2026-03-17T05:00:00Z → 2026-03-17 10:00+05:00
std::string minutes(const std::string& instant);
// A name and its value on a line of their own; nothing if the value is empty.
void line(std::ostream& out, const char* name, const std::string& value);

// How each clock was counted, below its table: these are many lines each.
void explainClocks(const Json& clocks, std::ostream& out);

// What one error of a refusal tells beyond its title, with the option by which its field was given.
std::string where(const std::string& field, const std::string& line, const Arguments& arguments);

// Says what could not be done, as a JSON object {"code", "detail"} if asked for JSON; kCouldNot.
// `why` as it is to be read: say() it.
int couldNot(const Arguments& arguments, std::ostream& out, std::ostream& err,
             const std::string& prefix, const std::string& why);
// The same of wrong usage, which no program asks for; `why` in English.
int cannot(std::ostream& err, std::string_view why, const std::vector<std::string>& values = {});
// Prints why it did not work; the exit code.
int explain(const Answer& answer, const Arguments& arguments, std::ostream& out, std::ostream& err,
            const std::string& what = {});

// The next line is a yes, in one of the three languages.
bool saysYes(std::istream& in);

// Prints raw JSON, or hands the parsed answer to `show`.
template <class Show>
int present(const Answer& answer, const Arguments& arguments, std::ostream& out, std::ostream& err,
            Show show) {
  if (!answer.ok()) return explain(answer, arguments, out, err);
  if (arguments.json) {
    out << answer.body << "\n";
    return kDone;
  }
  const Json json = Json::parse(answer.body, nullptr, false);
  if (json.is_discarded()) {
    return couldNot(arguments, out, err, "", say("the hub's answer is not JSON"));
  }
  show(json);
  return kDone;
}

}  // namespace hub::ctl
