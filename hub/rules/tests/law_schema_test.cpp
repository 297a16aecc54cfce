// The published JSON Schemas of the law data against what is shipped and against mistakes the loader
// refuses, by an independent validator. What a schema cannot say (overlaps, words of other files) only
// the loader refuses.
#include <gtest/gtest.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "hub/base/text.h"
#include "hub/rules/law_book.h"

namespace hub::rules {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

const std::vector<std::pair<std::string, std::string>> kFiles = {
    {"vocabulary.yaml", "vocabulary"}, {"topics.yaml", "topics"},
    {"bodies.yaml", "bodies"},         {"routing.yaml", "routing"},
    {"staff.yaml", "staff"},           {"kato.yaml", "kato"},
    {"procedure.yaml", "procedure"},   {"calendar/names.yaml", "calendar-names"},
};

// Quoted scalars are texts; plain ones what YAML's core schema makes of them, days staying texts.
Json jsonOf(const YAML::Node& node) {
  if (node.IsMap()) {
    Json object = Json::object();
    for (const auto& item : node) object[item.first.Scalar()] = jsonOf(item.second);
    return object;
  }
  if (node.IsSequence()) {
    Json array = Json::array();
    for (const auto& item : node) array.push_back(jsonOf(item));
    return array;
  }
  if (!node.IsScalar()) return nullptr;
  if (node.Tag() == "!") return node.Scalar();
  if (node.Scalar() == "true" || node.Scalar() == "false") return node.Scalar() == "true";
  int number = 0;
  if (YAML::convert<int>::decode(node, number)) return number;
  return node.Scalar();
}

std::string problemOf(const std::string& text, const std::string& schema_name) {
  const auto schema_text = readFile("contracts/law/" + schema_name + ".schema.json", 1 << 20);
  if (!schema_text) return schema_text.error().text;
  const Json document = Json::parse(*schema_text);
  valijson::Schema schema;
  valijson::SchemaParser().populateSchema(valijson::adapters::NlohmannJsonAdapter(document),
                                          schema);
  const Json value = jsonOf(YAML::Load(text));
  valijson::Validator validator;
  valijson::ValidationResults results;
  if (validator.validate(schema, valijson::adapters::NlohmannJsonAdapter(value), &results))
    return "";
  valijson::ValidationResults::Error error;
  results.popError(error);
  std::string where;
  for (const auto& step : error.context) where += step;
  return "broken at " + where + " " + error.description;
}

std::vector<std::pair<std::string, std::string>> allFiles() {
  auto files = kFiles;
  for (const auto* part : {"calendar", "rules"}) {
    for (const auto& entry : fs::directory_iterator("config/law/" + std::string(part))) {
      const std::string name = std::string(part) + "/" + entry.path().filename().string();
      if (name != "calendar/names.yaml") files.emplace_back(name, part);
    }
  }
  return files;
}

TEST(LawSchema, AcceptsWhatIsShipped) {
  const auto files = allFiles();
  EXPECT_GT(files.size(), 30U);
  for (const auto& [file, schema] : files) {
    const auto text = readFile("config/law/" + file, 1 << 20);
    ASSERT_TRUE(text.ok()) << file;
    EXPECT_EQ(problemOf(*text, schema), "") << file;
  }
}

// Each is a mistake of form: the schema and the loader refuse it alike.
TEST(LawSchema, RefusesWhatTheLoaderRefuses) {
  struct Mistake {
    const char *file, *schema, *from, *to;
  };
  const Mistake mistakes[] = {
      {"routing.yaml", "routing", "version:", "colour: green\nversion:"},
      {"routing.yaml", "routing", "topics: [land", "topic: [land"},
      {"routing.yaml", "routing", "valid_from: 2000-11-27", "valid_from: yesterday"},
      {"bodies.yaml", "bodies", ", en: \"City akimat\"", ""},
      {"bodies.yaml", "bodies", "bin: \"990141999900\"", "bin: \"99014199990\""},
      {"bodies.yaml", "bodies", "closes: \"18:30\"", "closes: \"18:75\""},
      {"rules/law-88.yaml", "rules", "confidence: low\n", ""},
      {"rules/law-88.yaml", "rules", "length: 5", "length: five"},
      {"rules/law-88.yaml", "rules", "day_kind: working", "day_kind: sunny"},
      {"calendar/2026.yaml", "calendar", "working_days:", "worked_days:"},
      {"calendar/names.yaml", "calendar-names", "ru: \"Новый год\", ", ""},
      {"vocabulary.yaml", "vocabulary", "default_level: local", "level: local"},
      {"topics.yaml", "topics", "    categories:", "    category:"},
      {"procedure.yaml", "procedure", "makes_part: true", "makes_part: perhaps"},
      {"procedure.yaml", "procedure", "needs: [of]", "needs: [luck]"},
      {"kato.yaml", "kato", "{code: \"10\"", "{code: \"1000\""},
      {"kato.yaml", "kato", "{code: \"6328\"", "{code: \"63\""},
      {"kato.yaml", "kato", "confidence: low", "confidence: perhaps"},
      {"procedure.yaml", "procedure", "opens_for: {execute: [", "opens_for: {execute: dance, x: ["},
      {"procedure.yaml", "procedure", "grounds: {act_cancelled: [",
       "grounds: {act_cancelled: word, x: ["},
      {"procedure.yaml", "procedure", "grounds: [\"70(1)(4)\"]", "grounds: []"},
      {"procedure.yaml", "procedure", "sides: [target, own]", "sides: []"},
      {"procedure.yaml", "procedure", "needs: [answer]", "needs: [luck]"},
      {"procedure.yaml", "procedure", "follows: [signed", "follows: word, x: [signed"},
      {"staff.yaml", "staff", "capacity: 50", "capacity: 500"},
  };
  const fs::path folder =
      fs::temp_directory_path() / ("otinish-law-schema-" + std::to_string(::getpid()));
  for (const auto& mistake : mistakes) {
    SCOPED_TRACE(std::string(mistake.file) + ": " + mistake.to);
    fs::remove_all(folder);
    fs::copy("config/law", folder, fs::copy_options::recursive);
    auto text = *readFile("config/law/" + std::string(mistake.file), 1 << 20);
    const auto at = text.find(mistake.from);
    ASSERT_NE(at, std::string::npos);
    text.replace(at, std::string(mistake.from).size(), mistake.to);
    std::ofstream(folder / mistake.file) << text;
    EXPECT_NE(problemOf(text, mistake.schema), "");
    EXPECT_FALSE(LawBook::load(folder.string()).ok());
  }
  fs::remove_all(folder);
}

}  // namespace
}  // namespace hub::rules
