#include "adapters/kit/jq_mapping.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "adapters/kit/error.h"
#include "adapters/kit/json.h"

namespace otinish::kit {
namespace {

std::string run(const std::string& program, const std::string& input,
                const std::string& settings = "{}") {
  try {
    return JqMapping::compile(program, settings).apply(input);
  } catch (const MappingError& e) {
    return e.code() + ": " + e.what();
  }
}

TEST(JqMapping, MapsWithSettings) {
  EXPECT_EQ(run("{k: .a, t: $settings.kinds[.b]}", R"({"a":"Әғқңөұүһі","b":"x"})",
                R"({"kinds":{"x":"ARIZ"}})"),
            R"({"k":"Әғқңөұүһі","t":"ARIZ"})");
  EXPECT_EQ(run(".size", R"({"size":104857600})"), "104857600");
}

TEST(JqMapping, SeesOnlyItsInput) {
  setenv("OTINISH_JQ_SECRET", "secret", 1);
  for (const char* program : {"env", "$ENV", "$ENV.OTINISH_JQ_SECRET", "$ ENV", "$ # x\n ENV",
                              "input", "[inputs]", "import \"a\" as a; .", "include \"a\"; .",
                              "halt", "\"x\" | halt_error", "\"/etc/passwd\" | modulemeta"}) {
    EXPECT_TRUE(run(program, "{}").starts_with("adapter."))
        << program << " gave " << run(program, "{}");
  }
  // A `#` in a string is no comment, a string may hold a program, and a word may follow a comment.
  for (const char* program :
       {R"("#" | $ ENV.OTINISH_JQ_SECRET)", "\"\\\\#\" | $\tENV | .OTINISH_JQ_SECRET",
        "\"a\\($ENV.OTINISH_JQ_SECRET)\"", "\"a\\(\"#\" | $ ENV.OTINISH_JQ_SECRET)\"", "{$ENV}",
        "{$ # \"\n # ENV\n ENV}", "def f: $ENV; f", ". as [$x] | $ \r\nENV.OTINISH_JQ_SECRET",
        "$__prog_args", "[limit(1; inputs)]", "getpath([env])"}) {
    const std::string gave = run(program, "{}");
    EXPECT_TRUE(gave.starts_with("adapter.")) << program << " gave " << gave;
    EXPECT_EQ(gave.find("\"secret"), std::string::npos) << program;
  }
  for (const char* program : {"get_search_list", "input_filename", "debug", "stderr", "$__loc__"}) {
    EXPECT_EQ(run(program, "{}").find("secret"), std::string::npos) << program;
  }
  EXPECT_EQ(run("{ENV: .a, b: \"ENV\", c: .ENV} as {ENV: $ENVIRON} | $ENVIRON", R"({"a":1})"), "1")
      << "a word of its own";
  EXPECT_EQ(run("def f: .a; f | tostring # $", R"({"a":1})"), R"("1")");
}

TEST(JqMapping, RefusalsCarryCodesAndNoValues) {
  EXPECT_TRUE(run("error({code:\"adapter.refused\",text:\"why\"})", "{}")
                  .starts_with("adapter.refused: why"));
  const std::string text = run(".name | tonumber", R"({"name":"Иванов 850101100012"})");
  EXPECT_TRUE(text.starts_with("adapter.mapping_failed")) << text;
  EXPECT_EQ(text.find("Иванов"), std::string::npos);
  EXPECT_TRUE(run("{", "{}").starts_with("adapter.bad_mapping"));
  EXPECT_TRUE(run(".", "{\"a\":").starts_with("adapter.bad_json"));
  EXPECT_THROW(parseJson("{\"a\":1e999}"), MappingError)
      << "RFC 8259 allows it, no number holds it";
  EXPECT_TRUE(run(".", "\"\xCF\"").starts_with("adapter.bad_charset"));
  EXPECT_TRUE(run("1, 2", "{}").starts_with("adapter.mapping_failed"));
  EXPECT_TRUE(run("empty", "{}").starts_with("adapter.mapping_failed"));
  EXPECT_TRUE(
      run(".", std::string(100, '[') + std::string(100, ']')).starts_with("adapter.too_deep"));
}

TEST(JqMapping, WholeNumbersBeyondDoublesAreTexts) {
  EXPECT_EQ(run("\"\\(.id)\"", R"({"id":1234567890123456789})"), "\"1234567890123456789\"");
  EXPECT_EQ(run(".", R"([9007199254740992,9007199254740993,-9007199254740993,1.5e30,"a\"9"])"),
            R"([9007199254740992,"9007199254740993","-9007199254740993",1.5e+30,"a\"9"])");
  EXPECT_EQ(largeIntegersAsText(R"({"a\\":12345678901234567890,"b":"12345678901234567890"})"),
            R"({"a\\":"12345678901234567890","b":"12345678901234567890"})");
  EXPECT_TRUE(run(".", R"({"a":"12)").starts_with("adapter.bad_json"));
}

TEST(JqMapping, AFailedRunDoesNotSpoilTheNext) {
  const auto mapping = JqMapping::compile(".a | tonumber");
  for (int i = 0; i < 3; ++i) {
    EXPECT_THROW(mapping.apply(R"({"a":"x"})"), MappingError);
    EXPECT_EQ(mapping.apply(R"({"a":"5"})"), "5");
  }
}

TEST(JqMapping, OneMappingServesManyThreads) {
  const auto mapping = JqMapping::compile("{n: (.n + 1), t: .t}");
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (std::size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const std::string in = "{\"n\":" + std::to_string(i) + ",\"t\":\"қ\"}";
        if (mapping.apply(in) != "{\"n\":" + std::to_string(i + 1) + ",\"t\":\"қ\"}") ++wrong[t];
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

}  // namespace
}  // namespace otinish::kit
