#include "hub/hosting/settings.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace hub::hosting {
namespace {

using Json = nlohmann::json;

Status badAbout(std::string text) { return Status::failure("hosting.bad_about", std::move(text)); }

// discarded() for what is not JSON or nests deeper than `depth_max`.
Json parseBounded(std::string_view text, int depth_max) {
  bool too_deep = false;
  const auto watch = [&](int depth, Json::parse_event_t, Json&) {
    too_deep = too_deep || depth > depth_max;
    return !too_deep;
  };
  Json json = Json::parse(text, watch, false);
  return too_deep ? Json(Json::value_t::discarded) : json;
}

std::string textAt(const Json& object, const char* name) {
  const auto it = object.find(name);
  return it == object.end() ? std::string() : it->get<std::string>();
}

bool flagAt(const Json& object, const char* name) {
  const auto it = object.find(name);
  return it != object.end() && it->get<bool>();
}

std::vector<std::string> listAt(const Json& object, const char* name) {
  const auto it = object.find(name);
  return it == object.end() ? std::vector<std::string>() : it->get<std::vector<std::string>>();
}

otinish::Setting settingOf(const Json& from) {
  otinish::Setting to;
  to.name = textAt(from, "name");
  to.kind = textAt(from, "kind");
  to.mandatory = flagAt(from, "mandatory");
  to.fallback = textAt(from, "fallback");
  to.meaning = textAt(from, "meaning");
  to.choices = listAt(from, "choices");
  to.secret = flagAt(from, "secret");
  return to;
}

otinish::About aboutOf(const Json& from) {
  otinish::About to;
  to.name = textAt(from, "name");
  to.version = textAt(from, "version");
  to.form = textAt(from, "form");
  to.delivers = listAt(from, "delivers");
  to.verbs = listAt(from, "verbs");
  to.thread_safe = flagAt(from, "thread_safe");
  if (const auto it = from.find("settings"); it != from.end()) {
    for (const auto& setting : it->get_ref<const Json::array_t&>()) {
      to.settings.push_back(settingOf(setting));
    }
  }
  return to;
}

bool oneOf(std::string_view value, std::initializer_list<std::string_view> allowed) {
  return std::find(allowed.begin(), allowed.end(), value) != allowed.end();
}

bool hasFile(const otinish::Configuration& configuration, const std::string& name) {
  return std::any_of(configuration.files.begin(), configuration.files.end(),
                     [&](const otinish::ConfigFile& file) { return file.name == name; });
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

// Empty if the value fits the setting, else what is wrong with it.
std::string whatIsWrong(const otinish::Setting& setting, const Json& value,
                        const otinish::Configuration& configuration) {
  if (setting.kind == "string") return value.is_string() ? "" : "must be a text";
  if (setting.kind == "int") return value.is_number_integer() ? "" : "must be a whole number";
  if (setting.kind == "bool") return value.is_boolean() ? "" : "must be true or false";
  if (setting.kind == "table") {
    return value.is_object() || value.is_array() ? "" : "must be a table or a list";
  }
  if (!value.is_string()) return "must be a text";
  const auto& text = value.get_ref<const std::string&>();
  if (setting.kind == "file") {
    if (hasFile(configuration, text)) return "";
    const bool outside =
        text.starts_with("/") || text.starts_with("../") || text.find("/../") != text.npos;
    return outside
               ? "names a file outside the folder of the settings file, where it must lie: " + text
               : "names a file that was not found: " + text;
  }
  const auto& choices = setting.choices;
  return std::find(choices.begin(), choices.end(), text) != choices.end()
             ? ""
             : "is not one of its choices: " + joined(choices);
}

Error settingError(const char* code, const std::string& name, const std::string& text) {
  return Error{code, "setting '" + name + "' " + text, "/settings/" + name, 0};
}

}  // namespace

Result<otinish::About> aboutFromJson(std::string_view text) {
  if (text.size() > kAboutBytesMax) return badAbout("about is larger than its limit");
  const Json json = parseBounded(text, kAboutDepthMax);
  if (!json.is_object()) return badAbout("about is not one JSON object");
  try {
    auto about = aboutOf(json);
    if (auto status = checkAbout(about); !status) return status;
    return about;
  } catch (const Json::exception&) {
    return badAbout("a field of about has the wrong kind");
  }
}

Status checkAbout(const otinish::About& about) {
  if (about.name.empty() || about.name.size() > 64) return badAbout("about has no usable name");
  if (!oneOf(about.form, {"xml", "json"})) return badAbout("about.form is neither xml nor json");
  for (const auto& verb : about.verbs) {
    if (!oneOf(verb, {"deliver", "collect", "receive", "look_up", "probe", "translate"})) {
      return badAbout("about.verbs holds an unknown verb");
    }
  }
  std::set<std::string> seen;
  for (const auto& setting : about.settings) {
    if (setting.name.empty() || !seen.insert(setting.name).second) {
      return badAbout("about.settings has an empty name or one twice");
    }
    if (!oneOf(setting.kind, {"string", "int", "bool", "enum", "file", "table"})) {
      return badAbout("setting '" + setting.name + "' has an unknown kind");
    }
    if ((setting.kind == "enum") == setting.choices.empty()) {
      return badAbout("setting '" + setting.name + "' must have choices exactly if it is an enum");
    }
  }
  return {};
}

Status checkSettings(const otinish::About& about, const otinish::Configuration& configuration) {
  const auto& text = configuration.settings_json;
  const Json json = text.empty() ? Json::object() : parseBounded(text, 32);
  if (!json.is_object()) {
    return Status::failure("hosting.bad_setting", "settings are not one JSON object", "/settings");
  }
  std::vector<std::string> known;
  for (const auto& setting : about.settings) known.push_back(setting.name);
  std::vector<Error> errors;
  for (const auto& [name, value] : json.items()) {
    const auto it = std::find_if(about.settings.begin(), about.settings.end(),
                                 [&, &key = name](const auto& s) { return s.name == key; });
    if (it == about.settings.end()) {
      errors.push_back(settingError("hosting.unknown_setting", name,
                                    "is unknown to the adapter; it knows: " + joined(known)));
    } else if (const auto wrong = whatIsWrong(*it, value, configuration); !wrong.empty()) {
      errors.push_back(settingError("hosting.bad_setting", name, wrong));
    }
  }
  for (const auto& setting : about.settings) {
    if (setting.mandatory && !json.contains(setting.name)) {
      errors.push_back(settingError("hosting.missing_setting", setting.name, "is mandatory"));
    }
  }
  return errors.empty() ? Status() : Status(std::move(errors));
}

bool givesSetting(const otinish::Configuration& configuration, std::string_view name) {
  const auto& text = configuration.settings_json;
  const Json json = text.empty() ? Json::object() : parseBounded(text, 32);
  return json.is_object() && json.contains(name);
}

}  // namespace hub::hosting
