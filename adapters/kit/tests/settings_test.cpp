#include "adapters/kit/settings.h"

#include <gtest/gtest.h>

#include "adapters/kit/error.h"

namespace otinish::kit {
namespace {

About about() {
  About a;
  a.settings = {{"url", "string", true, "", "", {}, false},
                {"n", "int", false, "5", "", {}, false},
                {"on", "bool", false, "", "", {}, false},
                {"mode", "enum", false, "a", "", {"a", "b"}, false},
                {"map", "file", false, "", "", {}, false},
                {"tables", "table", false, "{}", "", {}, false}};
  return a;
}

std::string refusal(const std::string& json) {
  Configuration c;
  c.settings_json = json;
  try {
    Settings settings(c, about());
    return "accepted";
  } catch (const MappingError& e) {
    return e.what();
  }
}

TEST(Settings, FillsFallbacksAndReadsKinds) {
  Configuration c;
  c.settings_json = R"({"url":"x","on":true,"map":"m.jq","tables":{"t":{"k":"v","r":{"c":"d"}}}})";
  c.files = {{"m.jq", "."}};
  const Settings s(c, about());
  EXPECT_EQ(s.number("n"), 5);
  EXPECT_TRUE(s.flag("on"));
  EXPECT_EQ(s.text("mode"), "a");
  ASSERT_NE(s.file("map"), nullptr);
  EXPECT_EQ(*s.file("map"), ".");
  EXPECT_EQ(s.tables("tables").at("t").at("r").at("c"), "d");
  EXPECT_EQ(s.tables("tables").at("t").at("k").at(""), "v");
  EXPECT_EQ(s.scalars().at("url"), "x");
  EXPECT_FALSE(s.scalars().contains("map"));
}

TEST(Settings, RefusesByName) {
  EXPECT_NE(refusal("{}").find("url"), std::string::npos);
  EXPECT_NE(refusal(R"({"url":"x","no_such":1})").find("no_such"), std::string::npos);
  EXPECT_NE(refusal(R"({"url":"x","n":"many"})").find("setting n"), std::string::npos);
  EXPECT_NE(refusal(R"({"url":"x","mode":"c"})").find("mode"), std::string::npos);
  EXPECT_NE(refusal(R"({"url":"x","on":"perhaps"})").find("on"), std::string::npos);
  EXPECT_NE(refusal(R"({"url":"x","map":"gone.jq"})").find("map"), std::string::npos);
  EXPECT_NE(refusal(R"({"url":"x","tables":"t"})").find("tables"), std::string::npos);
  EXPECT_NE(refusal("[]"), "accepted");
  EXPECT_NE(refusal("{"), "accepted");
  EXPECT_EQ(refusal(R"({"url":"x"})"), "accepted");
}

}  // namespace
}  // namespace otinish::kit
