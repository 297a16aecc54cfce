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
  const std::map<std::string, std::string*> texts = {
      {"kind", &query.kind},   {"received_at", &query.received_at},
      {"body", &query.body},   {"procedure", &query.procedure},
      {"level", &query.level}, {"special_kind", &query.special_kind},
      {"zone", &query.zone},   {"registered_at", &query.registered_at},
      {"clock", &query.clock}};
  for (const auto& [name, value] : json.items()) {
    if (const auto text = texts.find(name); text != texts.end()) {
      if (!value.is_string()) return bad("a string is expected", "/" + name);
      *text->second = value.get<std::string>();
    } else if (name == "explain") {
      if (!value.is_boolean()) return bad("true or false is expected", "/explain");
      query.explain = value.get<bool>();
    } else {
      return bad(
          "only kind, received_at, body, procedure, special_kind, level, registered_at, "
          "zone, clock and explain are known");
    }
  }
  if (query.kind.empty() && query.clock.empty()) return bad("this member is needed", "/kind");
  if (query.received_at.empty()) return bad("this member is needed", "/received_at");
  return query;
}

Result<std::map<std::string, std::string>> parseStrings(std::string_view body,
                                                        const std::set<std::string>& names,
                                                        const std::set<std::string>& optional) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object()) return Status::failure("web.bad_json", "an object is expected");
  std::map<std::string, std::string> members;
  for (const auto& [name, value] : json.items()) {
    if (!names.contains(name) && !optional.contains(name)) {
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
