#include "hub/hosting/settings.h"

#include <gtest/gtest.h>

namespace hub::hosting {
namespace {

constexpr const char* kAbout =
    R"({"name":"soap","version":"1.0.0","form":"xml","delivers":["appeal/1"],"verbs":["deliver"],
        "settings":[{"name":"operation","kind":"string","mandatory":true},
                    {"name":"batch","kind":"int"},{"name":"strict","kind":"bool"},
                    {"name":"mode","kind":"enum","choices":["push","poll"]},
                    {"name":"map","kind":"file"},{"name":"errors","kind":"table"}],
        "thread_safe":true,"something_new":{"ignored":1}})";

std::vector<std::string> problems(const std::string& settings) {
  auto about = aboutFromJson(kAbout);
  EXPECT_TRUE(about.ok());
  otinish::Configuration configuration;
  configuration.settings_json = settings;
  configuration.files.push_back({"out.xsl", "<x/>"});
  std::vector<std::string> found;
  const auto status = checkSettings(*about, configuration);
  for (const auto& error : status.errors()) {
    found.push_back(error.code + " " + error.field);
  }
  return found;
}

using Found = std::vector<std::string>;

TEST(About, IsReadFieldByField) {
  auto about = aboutFromJson(kAbout);
  ASSERT_TRUE(about.ok());
  EXPECT_EQ(about->name, "soap");
  EXPECT_EQ(about->form, "xml");
  EXPECT_TRUE(about->thread_safe);
  ASSERT_EQ(about->settings.size(), 6u);
  EXPECT_TRUE(about->settings[0].mandatory);
  EXPECT_EQ(about->settings[3].choices, (Found{"push", "poll"}));
}

TEST(About, NonsenseIsRefused) {
  const std::string deep(1000, '[');
  for (const auto& bad :
       {std::string(), std::string("[]"), std::string("{}"), std::string("{\"name\":1}"),
        std::string(R"({"name":"x","form":"csv"})"),
        std::string(R"({"name":"x","form":"xml","verbs":["dance"]})"),
        std::string(R"({"name":"x","form":"xml","settings":[{"name":"a","kind":"colour"}]})"),
        std::string(R"({"name":"x","form":"xml","settings":[{"name":"a","kind":"enum"}]})"),
        std::string(R"({"name":"x","form":"xml","settings":{}})"),
        std::string(R"({"name":"x","form":"xml","settings":[{"name":"a","kind":"int"},)"
                    R"({"name":"a","kind":"int"}]})"),
        deep, std::string(kAboutBytesMax + 1, ' ')}) {
    auto about = aboutFromJson(bad);
    ASSERT_FALSE(about.ok()) << bad.substr(0, 60);
    EXPECT_EQ(about.error().code, "hosting.bad_about");
  }
}

TEST(Settings, GoodOnesPass) {
  EXPECT_EQ(problems(R"({"operation":"a"})"), Found{});
  EXPECT_EQ(problems(R"({"operation":"a","batch":5,"strict":false,"mode":"poll","map":"out.xsl",
                         "errors":{"E1":"REJECTED"}})"),
            Found{});
}

TEST(Settings, EveryProblemIsNamedAtOnce) {
  EXPECT_EQ(
      problems(R"({"colour":"red","batch":"5","strict":1,"mode":"pull","map":"in.xsl",
                         "errors":"none"})"),
      (Found{"hosting.bad_setting /settings/batch", "hosting.unknown_setting /settings/colour",
             "hosting.bad_setting /settings/errors", "hosting.bad_setting /settings/map",
             "hosting.bad_setting /settings/mode", "hosting.bad_setting /settings/strict",
             "hosting.missing_setting /settings/operation"}));
}

TEST(Settings, AFileElsewhereIsNotSaidToBeMissing) {
  const auto about = aboutFromJson(kAbout);
  ASSERT_TRUE(about.ok());
  for (const auto& [file, outside] :
       {std::pair{"../common/in.xsl", true}, std::pair{"/etc/in.xsl", true},
        std::pair{"a/../../in.xsl", true}, std::pair{"in.xsl", false}}) {
    otinish::Configuration configuration;
    configuration.settings_json = R"({"operation":"a","map":")" + std::string(file) + "\"}";
    const auto status = checkSettings(*about, configuration);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().text.find("outside the folder") != std::string::npos, outside)
        << status.error().text;
  }
}

TEST(Settings, AreOneJsonObject) {
  EXPECT_EQ(problems("[]"), Found{"hosting.bad_setting /settings"});
  EXPECT_EQ(problems("{"), Found{"hosting.bad_setting /settings"});
  EXPECT_EQ(problems(""), Found{"hosting.missing_setting /settings/operation"});
}

}  // namespace
}  // namespace hub::hosting
