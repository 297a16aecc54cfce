#include "adapters/kit/settings.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "adapters/kit/checks.h"
#include "adapters/kit/error.h"
#include "adapters/kit/json.h"

namespace otinish::kit {
namespace {

using nlohmann::json;

[[noreturn]] void refuse(const std::string& name, const std::string& why) {
  refuseSetting(name, why);
}

std::string plain(const std::string& name, const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_object() || value.is_array()) refuse(name, "a plain value is expected");
  return value.is_null() ? std::string() : value.dump();
}

bool isNumber(const std::string& text) {
  const std::size_t from = text.starts_with('-') ? 1 : 0;
  return text.size() > from && text.size() < 18 &&
         std::all_of(text.begin() + static_cast<std::ptrdiff_t>(from), text.end(),
                     [](char c) { return c >= '0' && c <= '9'; });
}

void checkKind(const Setting& s, const json& value) {
  if (s.kind == "table") {
    if (!value.is_object() && !value.is_array()) refuse(s.name, "an object or a list is expected");
    return;
  }
  const std::string text = plain(s.name, value);
  if (text.empty()) return;
  if (s.kind == "int" && !isNumber(text)) refuse(s.name, "a whole number is expected");
  if (s.kind == "bool" && text != "true" && text != "false")
    refuse(s.name, "true or false is expected");
  if (s.kind == "enum" && std::find(s.choices.begin(), s.choices.end(), text) == s.choices.end()) {
    std::string choices;
    for (const auto& choice : s.choices) choices += (choices.empty() ? "" : ", ") + choice;
    refuse(s.name, "'" + scrub(text) + "' is not one of its choices: " + choices);
  }
}

StringMap plainMembers(const std::string& name, const json& object) {
  StringMap out;
  if (!object.is_object()) refuse(name, "an object is expected");
  for (const auto& [key, value] : object.items()) out[key] = plain(settingAt(name, key), value);
  return out;
}

}  // namespace

struct Settings::State {
  json values = json::object();
  std::map<std::string, std::string> files;
  std::map<std::string, std::string> kinds;
  std::set<std::string> given;
};

Settings::~Settings() = default;

Settings::Settings(const Configuration& configuration, const About& about)
    : state_(std::make_unique<State>()) {
  json given = configuration.settings_json.empty() ? json::object() : json();
  if (!configuration.settings_json.empty()) given = parseJson(configuration.settings_json);
  if (!given.is_object()) refuse("(all)", "the settings are not a JSON object");
  for (const ConfigFile& f : configuration.files) state_->files[f.name] = f.bytes;
  for (const Setting& s : about.settings) {
    state_->kinds[s.name] = s.kind;
    auto it = given.find(s.name);
    json value;
    if (it != given.end()) {
      value = *it;
      given.erase(it);
    }
    if (!value.is_null()) state_->given.insert(s.name);
    if (value.is_null() && !s.fallback.empty()) {
      value = s.kind == "table" ? parseJson(s.fallback) : json(s.fallback);
    }
    const bool blank = value.is_null() || (value.is_string() && value.get<std::string>().empty());
    if (blank && s.mandatory) refuse(s.name, "it must be given");
    if (value.is_null()) continue;
    checkKind(s, value);
    if (s.kind == "file" && !blank && !state_->files.contains(plain(s.name, value))) {
      refuse(s.name, "the file was not handed over");
    }
    state_->values[s.name] = std::move(value);
  }
  if (!given.empty()) refuse(given.begin().key(), "there is no such setting");
}

std::string Settings::text(const std::string& name) const {
  const auto it = state_->values.find(name);
  return it == state_->values.end() ? std::string() : plain(name, *it);
}

bool Settings::isGiven(const std::string& name) const { return state_->given.contains(name); }

std::int64_t Settings::number(const std::string& name) const {
  const std::string value = text(name);
  return value.empty() ? 0 : std::stoll(value);
}

std::int64_t Settings::number(const std::string& name, std::int64_t least,
                              std::int64_t most) const {
  const std::int64_t value = number(name);
  if (value < least || value > most) {
    refuse(name, std::to_string(value) + " is not within " + std::to_string(least) + " to " +
                     std::to_string(most));
  }
  return value;
}

StringMap Settings::call(const std::string& name, const std::vector<std::string>& known) const {
  StringMap row = strings(name);
  checkKeys(name, row, known);
  if (const auto method = row.find("method"); method != row.end()) {
    checkMethod(settingAt(name, "method"), method->second);
  }
  if (!row.empty() && row["path"].empty()) refuse(name, "it has no path");
  return row;
}

StringMap Settings::outcomes(const std::string& name) const {
  StringMap out = strings(name);
  for (const auto& [pattern, outcome] : out) checkOutcome(settingAt(name, pattern), outcome);
  return out;
}

bool Settings::flag(const std::string& name) const { return text(name) == "true"; }

const std::string* Settings::file(const std::string& name) const {
  const auto it = state_->files.find(text(name));
  return text(name).empty() || it == state_->files.end() ? nullptr : &it->second;
}

StringMap Settings::strings(const std::string& name) const {
  const auto it = state_->values.find(name);
  return it == state_->values.end() ? StringMap() : plainMembers(name, *it);
}

std::map<std::string, StringMap> Settings::rows(const std::string& name) const {
  std::map<std::string, StringMap> out;
  const auto it = state_->values.find(name);
  if (it == state_->values.end()) return out;
  if (!it->is_object()) refuse(name, "an object is expected");
  for (const auto& [key, value] : it->items()) {
    out[key] = plainMembers(settingAt(name, key), value);
  }
  return out;
}

Tables Settings::tables(const std::string& name) const {
  Tables out;
  const auto it = state_->values.find(name);
  if (it == state_->values.end()) return out;
  if (!it->is_object()) refuse(name, "an object of tables is expected");
  for (const auto& [table, rows] : it->items()) {
    if (!rows.is_object()) refuse(name, "each table is an object");
    for (const auto& [key, value] : rows.items()) {
      out[table][key] =
          value.is_object() ? plainMembers(name, value) : StringMap{{"", plain(name, value)}};
    }
  }
  return out;
}

std::string Settings::jsonText(const std::string& name) const {
  const auto it = state_->values.find(name);
  return it == state_->values.end() ? "null" : it->dump();
}

StringMap Settings::scalars() const {
  StringMap out;
  for (const auto& [name, value] : state_->values.items()) {
    const std::string& kind = state_->kinds.at(name);
    if (kind != "table" && kind != "file") out[name] = plain(name, value);
  }
  return out;
}

namespace {

[[noreturn]] void refuseMapping(const Settings& settings, const std::string& name,
                                const MappingError& why) {
  throw MappingError("adapter.bad_mapping",
                     "setting " + name + ": " + scrub(settings.text(name)) + ": " + why.what());
}

}  // namespace

XsltMapping stylesheetOf(const Settings& settings, const std::string& name) {
  const std::string* bytes = settings.file(name);
  if (bytes == nullptr) return {};
  const auto tables = settings.tables("tables");
  try {
    return XsltMapping::compile(*bytes, tables);
  } catch (const MappingError& e) {
    refuseMapping(settings, name, e);
  }
}

JqMapping programOf(const Settings& settings, const std::string& name) {
  const std::string* bytes = settings.file(name);
  if (bytes == nullptr) return {};
  const std::string tables = settings.jsonText("tables");
  try {
    return JqMapping::compile(*bytes, tables == "null" ? "{}" : tables);
  } catch (const MappingError& e) {
    refuseMapping(settings, name, e);
  }
}

}  // namespace otinish::kit
