#include "hub/programs/hubctl_answer.h"

#include <string_view>

namespace hub::ctl {

std::string text(const Json& object, const char* name) {
  if (!object.is_object() || !object.contains(name)) return {};
  const Json& value = object.at(name);
  if (value.is_string()) return value.get<std::string>();
  return value.is_null() ? std::string() : value.dump();
}

std::string minutes(const std::string& instant) {
  if (instant.size() < 16) return instant;
  return instant.substr(0, 10) + " " + instant.substr(11, 5);
}

void line(std::ostream& out, const char* name, const std::string& value) {
  if (!value.empty())
    out << name << std::string(16 - std::string_view(name).size(), ' ') << value << "\n";
}

int couldNot(const Arguments& arguments, std::ostream& out, std::ostream& err,
             const std::string& prefix, const std::string& why) {
  if (arguments.json) {
    out << Json{{"code", "ctl.could_not"}, {"detail", prefix + why}}.dump(
               -1, ' ', false, Json::error_handler_t::replace)
        << "\n";
  } else {
    err << prefix << "could not: " << why << "\n";
  }
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
  err << prefix << (code == kRefused ? "refused: " : "could not: ");
  if (!problem.is_object()) {
    err << "HTTP " << answer.status << "\n";
    return code;
  }
  err << text(problem, "title") << " [" << text(problem, "code") << "]\n";
  for (const Json& error : problem.value("errors", Json::array())) {
    err << "  " << text(error, "field");
    if (error.contains("line")) err << " line " << text(error, "line");
    err << (error.contains("field") || error.contains("line") ? ": " : "") << text(error, "text")
        << " [" << text(error, "code") << "]";
    if (error.contains("detail")) err << " (" << text(error, "detail") << ")";
    err << "\n";
  }
  if (problem.contains("remedy")) err << "  what to do: " << text(problem, "remedy") << "\n";
  err << "  request: " << text(problem, "instance") << "\n";
  return code;
}

}  // namespace hub::ctl
