#include "hub/programs/hubctl_answer.h"

#include <cstdio>
#include <istream>
#include <set>
#include <string_view>

#include "hub/base/text.h"
#include "hub/base/time.h"
#include "hub/programs/hubctl_options.h"

namespace hub::ctl {

std::string text(const Json& object, const char* name) {
  if (!object.is_object() || !object.contains(name)) return {};
  const Json& value = object.at(name);
  if (value.is_string()) return value.get<std::string>();
  return value.is_null() ? std::string() : value.dump();
}

std::string minutes(const std::string& instant) {
  const auto at = parseInstant(instant);
  if (!at.ok()) return instant;
  const auto local = toLocal(*at, "Asia/Almaty");
  const auto utc = toLocal(*at, "UTC");
  if (!local.ok() || !utc.ok()) return instant;
  constexpr int kHour = 60, kDay = 24 * kHour;
  const int east = (local->minute_of_day - utc->minute_of_day + kDay) % kDay;
  const auto clock = [](int minute) {
    char text[16];
    std::snprintf(text, sizeof text, "%02d:%02d", minute / kHour, minute % kHour);
    return std::string(text);
  };
  return formatDate(local->date) + " " + clock(local->minute_of_day) + "+" + clock(east);
}

void line(std::ostream& out, const char* name, const std::string& value) {
  if (value.empty()) return;
  const std::string said = say(name);
  const std::size_t width = utf8Length(said);
  // Russian and Kazakh take more room.
  const std::size_t column = said == name ? 16 : 26;
  out << said << std::string(width < column ? column - width : 1, ' ') << value << "\n";
}

void explainClocks(const Json& clocks, std::ostream& out) {
  for (const Json& clock : clocks) {
    const std::string why = text(clock, "explanation");
    if (why.empty()) continue;
    out << "\n" << text(clock, "name") << "\n";
    for (const auto& line : split(why, '\n')) {
      if (!line.empty()) out << "  " << line << "\n";
    }
  }
}

std::string where(const std::string& field, const std::string& line, const Arguments& arguments) {
  const std::string option = optionOf(field);
  std::string out = !option.empty() && arguments.has(option) ? option : field;
  if (!line.empty()) out += (out.empty() ? "" : " ") + say("line {}", {line});
  return out;
}

int couldNot(const Arguments& arguments, std::ostream& out, std::ostream& err,
             const std::string& prefix, const std::string& why) {
  if (arguments.json) {
    out << Json{{"code", "ctl.could_not"}, {"detail", prefix + why}}.dump(
               -1, ' ', false, Json::error_handler_t::replace)
        << "\n";
  } else {
    err << prefix << say("could not: ") << why << "\n";
  }
  return kCouldNot;
}

int cannot(std::ostream& err, std::string_view why, const std::vector<std::string>& values) {
  err << say("could not: ") << say(why, values) << "\n";
  return kCouldNot;
}

int explain(const Answer& answer, const Arguments& arguments, std::ostream& out, std::ostream& err,
            const std::string& what) {
  const std::string prefix = what.empty() ? "" : what + ": ";
  if (answer.status == 0) {
    return couldNot(arguments, out, err, prefix, answer.problem);
  }
  const int code = answer.status >= 500 ? kCouldNot : kRefused;
  if (arguments.json) {
    out << answer.body << "\n";
    return code;
  }
  const Json problem = Json::parse(answer.body, nullptr, false);
  err << prefix << say(code == kRefused ? "refused: " : "could not: ");
  if (!problem.is_object()) {
    err << "HTTP " << answer.status << "\n";
    return code;
  }
  err << text(problem, "title") << " [" << text(problem, "code") << "]\n";
  for (const Json& error : problem.value("errors", Json::array())) {
    // What the first line said is not said again.
    const bool told = text(error, "code") == text(problem, "code");
    std::string said = told ? "" : text(error, "text") + " [" + text(error, "code") + "]";
    if (const std::string detail = text(error, "detail");
        !detail.empty() && detail != text(error, "text")) {
      said += told ? detail : " (" + detail + ")";
    }
    const std::string at = where(text(error, "field"), text(error, "line"), arguments);
    if (at.empty() && said.empty()) continue;
    err << "  " << at << (at.empty() || said.empty() ? "" : ": ") << said << "\n";
  }
  // In the words in which they are to be given; the detail tells them by their names.
  const Json refusal = problem.value("refusal", Json::object());
  std::string first, allowed;
  for (const Json& step : refusal.value("first", Json::array())) {
    first += (first.empty() ? "" : ", ") + text(step, "action") + " (" + text(step, "role") + ")";
  }
  if (!first.empty()) err << "  " << say("first: {}", {first}) << "\n";
  for (const Json& action : refusal.value("allowed", Json::array())) {
    allowed += (allowed.empty() ? "" : ", ") + action.get<std::string>();
  }
  if (!allowed.empty()) {
    err << "  " << say("allowed now: {}", {allowed}) << "\n";
  }
  if (problem.contains("remedy"))
    err << "  " << say("what to do: ") << text(problem, "remedy") << "\n";
  if (problem.contains("instance"))
    err << "  " << say("request: ") << text(problem, "instance") << "\n";
  return code;
}

bool saysYes(std::istream& in) {
  std::string word;
  std::getline(in, word);
  word = toLowerAscii(trim(word));
  // As it may be typed, be the keyboard's caps lock on or not.
  static const std::set<std::string, std::less<>> kYes = {"y",  "yes", "д", "Д",  "да", "Да", "дА",
                                                          "ДА", "и",   "И", "иә", "Иә", "иӘ", "ИӘ"};
  return kYes.contains(word);
}

}  // namespace hub::ctl
