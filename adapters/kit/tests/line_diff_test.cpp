#include "adapters/kit/line_diff.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace otinish::kit {
namespace {

TEST(LineDiff, ShowsEveryDifferenceWithItsContext) {
  std::string before, after;
  for (int line = 1; line <= 30; ++line) {
    before += "line " + std::to_string(line) + "\n";
    if (line == 20) after += "new\n";
    after += line == 5 ? "FIVE\n" : "line " + std::to_string(line) + "\n";
  }
  EXPECT_EQ(
      lineDiff(before, after),
      "@@ -2,7 +2,7 @@\n line 2\n line 3\n line 4\n-line 5\n+FIVE\n line 6\n line 7\n line 8\n"
      "@@ -17,6 +17,7 @@\n line 17\n line 18\n line 19\n+new\n line 20\n line 21\n line 22\n");
  EXPECT_EQ(lineDiff(before, before), "");
}

TEST(LineDiff, DifferencesThatAreNearStandTogether) {
  EXPECT_EQ(lineDiff("a\nb\nc\nd\n", "A\nb\nc\nD\n"), "@@ -1,4 +1,4 @@\n-a\n+A\n b\n c\n-d\n+D\n");
  EXPECT_EQ(lineDiff("", "x\n"), "@@ -1,0 +1,1 @@\n+x\n");
  EXPECT_EQ(lineDiff("x\n", ""), "@@ -1,1 +1,0 @@\n-x\n");
  EXPECT_NE(lineDiff("x\n", "x"), "");
}

TEST(LineDiff, IsBounded) {
  std::string before, after;
  for (int line = 0; line < 10'000; ++line) {
    before += "a" + std::to_string(line) + "\n";
    after += "b" + std::to_string(line) + "\n";
  }
  const auto diff = lineDiff(before, after, 10);
  EXPECT_EQ(std::count(diff.begin(), diff.end(), '\n'), 11);
  EXPECT_NE(diff.find("and 19991 lines more"), std::string::npos) << diff;
}

}  // namespace
}  // namespace otinish::kit
