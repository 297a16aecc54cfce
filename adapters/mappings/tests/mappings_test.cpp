// The golden cases of every mapping folder of this repository: the same run as `hubctl map test`.
// With OTINISH_UPDATE_GOLDEN in the environment the expected files are rewritten, to be read as a
// diff.
#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>

#include "adapters/kit/map_test.h"

namespace otinish::kit {
namespace {

class Mappings : public ::testing::TestWithParam<const char*> {};

TEST_P(Mappings, GoldenCasesHold) {
  const char* root = std::getenv("OTINISH_SOURCE_DIR");
  ASSERT_NE(root, nullptr);
  std::ostringstream out;
  const auto result = runMapTests(std::string(root) + "/adapters/mappings/" + GetParam(),
                                  std::getenv("OTINISH_UPDATE_GOLDEN") != nullptr, out);
  EXPECT_TRUE(result.ok()) << out.str();
  EXPECT_GE(result.passed + result.updated, 15);
}

INSTANTIATE_TEST_SUITE_P(All, Mappings, ::testing::Values("minfin", "akimat", "zher"),
                         [](const auto& i) { return std::string(i.param); });

}  // namespace
}  // namespace otinish::kit
