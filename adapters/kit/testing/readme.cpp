#include "adapters/kit/testing/readme.h"

#include <nlohmann/json.hpp>

#include "adapters/kit/testing/fake_host.h"

namespace otinish::kit::testing {
namespace {

using nlohmann::json;

std::string cell(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

std::string typeOf(const json& setting) {
  std::string words;
  for (const auto& choice : setting.value("choices", json::array())) {
    words += (words.empty() ? "`" : ", `") + choice.get<std::string>() + "`";
  }
  if (!words.empty()) return "one of " + words;
  return setting.at("kind").get<std::string>() + (setting.value("secret", false) ? ", secret" : "");
}

std::string defaultOf(const json& setting) {
  if (setting.at("mandatory").get<bool>()) return "required";
  const auto fallback = setting.at("fallback").get<std::string>();
  return fallback.empty() ? "none" : "`" + fallback + "`";
}

}  // namespace

std::string settingsTable(const std::string& about_json) {
  std::string out = "| setting | type | default | meaning |\n|---|---|---|---|\n";
  const json about = json::parse(about_json);
  for (const auto& setting : about.at("settings")) {
    out += "| `" + setting.at("name").get<std::string>() + "` | " + cell(typeOf(setting)) + " | " +
           cell(defaultOf(setting)) + " | " + cell(setting.at("meaning").get<std::string>()) +
           " |\n";
  }
  return out;
}

std::string readmeProblem(const std::string& about_json) {
  const auto name = json::parse(about_json).at("name").get<std::string>();
  const std::string file = "adapters/" + name + "/README.md";
  const std::string table = settingsTable(about_json);
  if (readSource(file).find(table) != std::string::npos) return {};
  return file + " must hold this table:\n" + table;
}

}  // namespace otinish::kit::testing
