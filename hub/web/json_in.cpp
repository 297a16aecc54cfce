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

namespace {

// The members of one object of strings. Anything deeper ends the reading at once: a tree of it would cost many times
// what was sent.
class StringMembers final : public nlohmann::json_sax<nlohmann::json> {
 public:
  StringMembers(const std::set<std::string>& names, const std::set<std::string>& optional)
      : names_(names), optional_(optional) {}

  std::map<std::string, std::string> members;
  Status problem;

  bool null() override { return noString(); }
  bool boolean(bool) override { return noString(); }
  bool number_integer(number_integer_t) override { return noString(); }
  bool number_unsigned(number_unsigned_t) override { return noString(); }
  bool number_float(number_float_t, const string_t&) override { return noString(); }
  bool binary(binary_t&) override { return noString(); }
  bool start_array(std::size_t) override { return noString(); }
  bool end_array() override { return true; }
  bool start_object(std::size_t) override { return inside_ ? noString() : (inside_ = true); }
  bool end_object() override { return true; }
  bool key(string_t& name) override {
    if (!names_.contains(name) && !optional_.contains(name)) {
      return fail("this member is not known here", "/" + name);
    }
    name_ = name;
    return true;
  }
  bool string(string_t& value) override {
    if (!inside_) return fail("an object is expected", "");
    members[name_] = std::move(value);
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) override {
    return fail("an object is expected", "");
  }

 private:
  bool fail(const char* why, const std::string& field) {
    problem = Status::failure("web.bad_json", why, field);
    return false;
  }
  bool noString() {
    return inside_ ? fail("a string is expected", "/" + name_) : fail("an object is expected", "");
  }

  const std::set<std::string>& names_;
  const std::set<std::string>& optional_;
  bool inside_ = false;
  std::string name_;
};

}  // namespace

Result<std::map<std::string, std::string>> parseStrings(std::string_view body,
                                                        const std::set<std::string>& names,
                                                        const std::set<std::string>& optional) {
  StringMembers read(names, optional);
  if (!nlohmann::json::sax_parse(body, &read)) return read.problem;
  for (const auto& name : names) {
    if (read.members[name].empty()) {
      return Status::failure("web.bad_json", "this member is needed", "/" + name);
    }
  }
  return std::move(read.members);
}

bool isJson(std::string_view text) { return nlohmann::json::accept(text); }

}  // namespace hub::web
