#include "adapters/kit/testing/readme.h"

#include <gtest/gtest.h>

#include "adapters/kit/testing/fake_host.h"
#include "adapters/kit/testing/loaded_adapter.h"

namespace otinish::kit::testing {
namespace {

TEST(Readme, TheTableTellsEverySettingAsTheCodeDoes) {
  const std::string about = R"({"name":"x","settings":[
    {"name":"a","kind":"int","mandatory":false,"fallback":"5","meaning":"How many | of them.",
     "choices":[],"secret":false},
    {"name":"b","kind":"enum","mandatory":true,"fallback":"","meaning":"Which.",
     "choices":["one","two"],"secret":false},
    {"name":"c","kind":"string","mandatory":false,"fallback":"","meaning":"Word.","choices":[],
     "secret":true}]})";
  EXPECT_EQ(settingsTable(about),
            "| setting | type | default | meaning |\n|---|---|---|---|\n"
            "| `a` | int | `5` | How many \\| of them. |\n"
            "| `b` | one of `one`, `two` | required | Which. |\n"
            "| `c` | string, secret | none | Word. |\n");
}

// Of the template as it is shipped: a copy of it brings its own README.
TEST(Readme, OfTheEchoAdapter) {
  FakeHost host([](const ExchangeRequest&) { return httpAnswer(200, ""); });
  EXPECT_EQ(readmeProblem(LoadedAdapter(adapterFile("echo"), host).aboutJson()), "");
}

}  // namespace
}  // namespace otinish::kit::testing
