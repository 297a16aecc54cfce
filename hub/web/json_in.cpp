#include <nlohmann/json.hpp>

#include "hub/web/render.h"

namespace hub::web {

Result<DeadlineQuery> parseDeadlineQuery(std::string_view body) {
  auto bad = [](const char* why, const std::string& field = {}) {
    return Status::failure("web.bad_json", why, field);
  };
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object()) return bad("an object is expected");
  DeadlineQuery query;
  for (const auto& [name, value] : json.items()) {
    if (name == "kind" || name == "received_at") {
      if (!value.is_string()) return bad("a string is expected", "/" + name);
      (name == "kind" ? query.kind : query.received_at) = value.get<std::string>();
    } else if (name == "explain") {
      if (!value.is_boolean()) return bad("true or false is expected", "/explain");
      query.explain = value.get<bool>();
    } else {
      return bad("only kind, received_at and explain are known");
    }
  }
  if (query.kind.empty()) return bad("this member is needed", "/kind");
  if (query.received_at.empty()) return bad("this member is needed", "/received_at");
  return query;
}

Result<std::map<std::string, std::string>> parseStrings(std::string_view body,
                                                        const std::set<std::string>& names) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object()) return Status::failure("web.bad_json", "an object is expected");
  std::map<std::string, std::string> members;
  for (const auto& [name, value] : json.items()) {
    if (!names.contains(name)) {
      return Status::failure("web.bad_json", "this member is not known here", "/" + name);
    }
    if (!value.is_string()) {
      return Status::failure("web.bad_json", "a string is expected", "/" + name);
    }
    members[name] = value.get<std::string>();
  }
  for (const auto& name : names) {
    if (members[name].empty()) {
      return Status::failure("web.bad_json", "this member is needed", "/" + name);
    }
  }
  return members;
}

bool isJson(std::string_view text) { return nlohmann::json::accept(text); }

}  // namespace hub::web
