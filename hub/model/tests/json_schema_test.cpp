// The published JSON Schema against examples and generated messages, by an independent validator.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "hub/base/text.h"
#include "hub/model/codec.h"
#include "hub/model/tests/samples.h"

namespace hub::model {
namespace {

using Json = nlohmann::json;
const Limits kLimits;

std::string folder() {
  const char* root = std::getenv("OTINISH_SOURCE_DIR");
  return std::string(root ? root : ".") + "/contracts/appeal/";
}

class JsonSchema : public ::testing::Test {
 protected:
  void SetUp() override {
    Result<std::string> text = readFile(folder() + "appeal.schema.json", 1 << 20);
    ASSERT_TRUE(text.ok());
    document_ = Json::parse(*text);
    valijson::SchemaParser parser;
    parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(document_), schema_);
  }
  std::string problem(const std::string& json) {
    const Json value = Json::parse(json);
    valijson::Validator validator;
    valijson::ValidationResults results;
    if (validator.validate(schema_, valijson::adapters::NlohmannJsonAdapter(value), &results))
      return "";
    valijson::ValidationResults::Error error;
    results.popError(error);
    std::string where = "broken at ";
    for (const std::string& step : error.context) where += step;
    return where + " " + error.description;
  }
  Json document_;
  valijson::Schema schema_;
};

TEST_F(JsonSchema, AcceptsTheValidExamples) {
  for (const auto& entry : std::filesystem::directory_iterator(folder() + "examples/valid")) {
    SCOPED_TRACE(entry.path().filename());
    Result<std::string> text = readFile(entry.path(), 1 << 20);
    ASSERT_TRUE(text.ok());
    const bool xml = entry.path().extension() == ".xml";
    Result<Message> message = xml ? decodeXml(*text, kLimits) : decodeJson(*text, kLimits);
    ASSERT_TRUE(message.ok());
    EXPECT_EQ(problem(encodeJson(*message)), "");
    if (!xml) {
      EXPECT_EQ(problem(*text), "");
    }
  }
}

TEST_F(JsonSchema, AcceptsEveryMessageTheCodecWrites) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    testing::Sampler sampler(seed);
    testing::SampleOptions options{UnknownField::Family::kJson, true,
                                   static_cast<double>(seed % 3) / 2, 2, 30};
    const Message message = sampler.message(seed % payloads().size(), options);
    ASSERT_EQ(problem(encodeJson(message)), "") << "seed " << seed;
  }
}

TEST_F(JsonSchema, RefusesWhatTheDescriptionsForbid) {
  const Message message =
      testing::Sampler(3).message(0, {UnknownField::Family::kJson, false, 0, 1, 10});
  const Json whole = Json::parse(encodeJson(message));
  ASSERT_EQ(problem(whole.dump()), "");
  auto broken = [&](auto change) {
    Json copy = whole;
    change(copy);
    return !problem(copy.dump()).empty();
  };
  EXPECT_TRUE(broken([](Json& j) { j["appeal"].erase("kind"); }));
  EXPECT_FALSE(broken([](Json& j) { j["appeal"].erase("hub_id"); }));  // the hub fills it
  EXPECT_TRUE(broken([](Json& j) { j["appeal"]["kind"] = "poem"; }));
  EXPECT_TRUE(broken([](Json& j) { j["appeal"]["subject_text"] = 5; }));
  EXPECT_TRUE(broken([](Json& j) { j["appeal"]["addressee_body"]["bin"] = "12"; }));
  EXPECT_TRUE(broken([](Json& j) { j["appeal"]["applicant"] = Json::array(); }));
  EXPECT_TRUE(broken([](Json& j) { j["appeal"]["reg_number"] = "ZT-2026-00000001"; }));
  EXPECT_TRUE(broken([](Json& j) { j.erase("envelope"); }));
  EXPECT_TRUE(broken([](Json& j) { j["decision"] = Json::object(); }));
}

}  // namespace
}  // namespace hub::model
