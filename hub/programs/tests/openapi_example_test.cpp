// The published examples of POST /v1/appeals are appeals that the hub takes.
#include <yaml-cpp/yaml.h>

#include "hub/base/text.h"
#include "hub/exchange/tests/world.h"
#include "hub/web/openapi_text.h"

namespace hub::exchange::testing {
namespace {

// Quoted scalars are strings; of the plain ones only true and false are anything else here.
std::string jsonOf(const YAML::Node& node) {
  std::string out;
  if (node.IsMap()) {
    for (const auto& member : node) {
      out +=
          (out.empty() ? "" : ",") + quoteJson(member.first.Scalar()) + ":" + jsonOf(member.second);
    }
    return "{" + out + "}";
  }
  if (node.IsSequence()) {
    for (const auto& item : node) out += (out.empty() ? "" : ",") + jsonOf(item);
    return "[" + out + "]";
  }
  const std::string text = node.Scalar();
  bool plain = node.Tag() == "?" && (text == "true" || text == "false");
  return plain ? text : quoteJson(text);
}

class OpenApiExample : public World {
 protected:
  YAML::Node contentOf(const char* media) {
    auto document = YAML::Load(std::string(web::kOpenApiText));
    return document["paths"]["/v1/appeals"]["post"]["requestBody"]["content"][media];
  }
  void expectTaken(const std::string& document, Form form) {
    auto taken = intake_->accept(document, form, caller_);
    ASSERT_TRUE(taken.ok()) << taken.error().code << " " << taken.error().field << " "
                            << taken.error().text << "\n"
                            << document;
    EXPECT_EQ(taken->appeal.state, "routed");
    EXPECT_EQ(taken->appeal.destination, "akimat");
  }
};

TEST_F(OpenApiExample, TheJsonExampleIsTaken) {
  expectTaken(jsonOf(contentOf("application/json")["example"]), Form::kJson);
}

TEST_F(OpenApiExample, TheXmlExampleIsTakenAndSaysTheSame) {
  expectTaken(contentOf("application/xml")["example"].Scalar(), Form::kXml);
  auto again =
      intake_->accept(jsonOf(contentOf("application/json")["example"]), Form::kJson, caller_);
  ASSERT_TRUE(again.ok()) << again.error().code;
  EXPECT_FALSE(again->created) << "one appeal in two forms";
}

}  // namespace
}  // namespace hub::exchange::testing
