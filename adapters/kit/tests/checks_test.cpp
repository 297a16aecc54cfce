// Every wrong value is refused with where it stands and what is expected.
#include "adapters/kit/checks.h"

#include <gtest/gtest.h>

#include <functional>

#include "adapters/kit/error.h"
#include "adapters/kit/outcome.h"
#include "adapters/kit/settings.h"

namespace otinish::kit {
namespace {

// "" if it was taken.
std::string refusal(const std::function<void()>& check) {
  try {
    check();
    return {};
  } catch (const MappingError& e) {
    EXPECT_EQ(e.code(), "adapter.bad_setting") << e.what();
    return e.what();
  }
}

TEST(Checks, ATemplateTakesWhatIsKnownThere) {
  const std::vector<std::string> names{"message_id", "reg_number"};
  EXPECT_EQ(refusal([&] { checkTemplate("path", "/a/{message_id}/{reg_number}", names); }), "");
  EXPECT_EQ(
      refusal([&] { checkTemplate("find.path", "/a/{nope}", names); }),
      "setting find.path: '/a/{nope}' asks for {nope}; it may take {message_id}, {reg_number}");
  EXPECT_EQ(refusal([&] { checkTemplate("path", "/{", names); }),
            "setting path: '/{' has '{' without '}'");
  EXPECT_NE(refusal([] { checkTemplate("probe.path", "/{message_id}", {}); }), "");
}

TEST(Checks, AFolderStaysInsideTheDrop) {
  for (const char* good : {"in", "in/files", "кіріс/2026"}) {
    EXPECT_EQ(refusal([&] { checkFolder("in_folder", good, false); }), "") << good;
  }
  for (const char* bad : {"../out", "in/..", "/etc", "in//files", "in/", ".", "a\\b", "a\nb"}) {
    EXPECT_EQ(refusal([&] { checkFolder("in_folder", bad, true); }).rfind("setting in_folder: ", 0),
              0U)
        << bad;
  }
  EXPECT_EQ(refusal([] { checkFolder("in_folder", "", true); }), "");
  EXPECT_NE(refusal([] { checkFolder("in_folder", "", false); }), "");
}

TEST(Checks, AFileNameHasNoFolder) {
  EXPECT_EQ(refusal([] { checkFileName("in_name", "KZM-{id}.xml", {"id"}); }), "");
  for (const char* bad : {"../{id}.xml", "in/{id}.xml", ".{id}", "", "..", "{nope}.xml"}) {
    EXPECT_NE(refusal([&] { checkFileName("in_name", bad, {"id"}); }), "") << bad;
  }
}

TEST(Checks, WordsAreNamedWithTheirChoices) {
  EXPECT_EQ(refusal([] { checkOutcome("statuses.409", "REJECTED"); }), "");
  EXPECT_EQ(refusal([] { checkOutcome("statuses.409", "REJECTD"); }),
            "setting statuses.409: 'REJECTD' is not one of its choices: DONE, PENDING, RETRY, "
            "REJECTED, UNSUPPORTED, MISCONFIGURED, FAULT");
  EXPECT_EQ(refusal([] { checkMethod("probe.method", "POST"); }), "");
  EXPECT_NE(refusal([] { checkMethod("probe.method", "post"); }).find("GET, POST"),
            std::string::npos);
  EXPECT_EQ(refusal([] { checkCharset("csv_charset", "windows-1251"); }), "");
  EXPECT_NE(refusal([] { checkCharset("csv_charset", "klingon"); }).find("csv_charset: 'klingon'"),
            std::string::npos);
  for (const char* good : {"409", "4*", "4??"}) {
    EXPECT_EQ(refusal([&] { checkStatusPattern("s", good); }), "") << good;
  }
  EXPECT_NE(refusal([] { checkStatusPattern("s", "4xx"); }), "");
}

TEST(Checks, CallsAreReadWhole) {
  About about;
  about.settings = {{"probe", "table", false, "{}", "", {}, false},
                    {"n", "int", false, "5", "", {}, false},
                    {"faults", "table", false, "{}", "", {}, false}};
  const auto call = [&](const std::string& json) {
    return refusal([&] {
      Configuration c;
      c.settings_json = json;
      const Settings settings(c, about);
      settings.call("probe", {"method", "path"});
      settings.number("n", 1, 9);
      settings.outcomes("faults");
    });
  };
  EXPECT_EQ(call("{}"), "");
  EXPECT_EQ(call(R"({"probe":{"path":"/x","method":"GET"},"n":9,"faults":{"*":"RETRY"}})"), "");
  EXPECT_EQ(call(R"({"probe":{"path":"/x","metod":"GET"}})"),
            "setting probe.metod: there is no such key; known are method, path");
  EXPECT_EQ(call(R"({"probe":{"method":"GET"}})"), "setting probe: it has no path");
  EXPECT_EQ(call(R"({"n":-1})"), "setting n: -1 is not within 1 to 9");
  EXPECT_NE(call(R"({"faults":{"TEMP*":"RETRYY"}})").find("faults.TEMP*: 'RETRYY'"),
            std::string::npos);
  EXPECT_EQ(call(R"({"probe":{"path":{"a":1}}})"), "setting probe.path: a plain value is expected");
}

// The appeal was refused by nobody: the operator mends the setting and sends it again.
TEST(Checks, AWrongSettingIsNoRefusalOfTheAppeal) {
  EXPECT_EQ(undeliverable(MappingError("adapter.bad_setting", "x")).outcome,
            Outcome::kMisconfigured);
  EXPECT_EQ(undeliverable(MappingError("adapter.bad_mapping", "x")).outcome,
            Outcome::kMisconfigured);
  for (const char* code : {"adapter.unknown_code", "adapter.mapping_failed", "adapter.too_large",
                           "adapter.bad_value", "adapter.bad_xml"}) {
    EXPECT_EQ(undeliverable(MappingError(code, "x")).outcome, Outcome::kUnsupported) << code;
  }
  EXPECT_EQ(undeliverable(MappingError("adapter.case_unknown", "x")).outcome, Outcome::kRetry);
}

}  // namespace
}  // namespace otinish::kit
