// What is remembered between the calls that a long work takes, and when a call stops.
#include "adapters/kit/steps.h"

#include <gtest/gtest.h>

#include "adapters/kit/testing/fake_host.h"
#include "adapters/kit/time_budget.h"

namespace otinish::kit {
namespace {

TEST(Steps, AreGivenBackOnceAndTheOldestAreForgotten) {
  Steps steps;
  EXPECT_TRUE(steps.take("m-1").empty());
  steps.keep("m-1", {{"a", "1"}});
  steps.keep("m-1", {{"a", "1"}, {"b", "2"}});
  EXPECT_EQ(steps.take("m-1"), (Steps::Done{{"a", "1"}, {"b", "2"}}));
  EXPECT_TRUE(steps.take("m-1").empty());
  for (int i = 0; i < 1'001; ++i) steps.keep("work " + std::to_string(i), {{"a", ""}});
  EXPECT_TRUE(steps.take("work 0").empty());
  EXPECT_EQ(steps.take("work 1").size(), 1U);
  EXPECT_EQ(steps.take("work 1000").size(), 1U);
}

using Line = FileBudget::Line;

// Those asked for least lately; who is not reached lets the others pass, and so stands in nobody's way.
TEST(FileBudget, EachOfALineHasItsTurn) {
  testing::FakeHost host([](const ExchangeRequest&) { return ExchangeResponse(); });
  std::set<std::string> asked;
  Line line{{"a", 7}, {"b", 9}, {"c", 20}, {"d", 21}, {"e", 22}, {"f", 23}};
  // b and c stand behind something that is stuck for ever.
  const std::set<std::string> reached{"a", "d", "e", "f"};
  for (int call = 0; call < 6; ++call) {
    FileBudget files(host);
    files.lineUp(line);
    for (const auto& item : reached) {
      files.begin(item);
      if (!files.mayGoOn()) continue;
      asked.insert(item);
      files.inVain(item);
    }
    line = files.line();
  }
  EXPECT_EQ(asked, reached);
  EXPECT_EQ(line.size(), 6U);

  FileBudget some(host);
  some.lineUp(line, [](const std::string& item) { return item != "a" && item != "b"; });
  const Line after = some.line();
  EXPECT_LT(after.at("a"), after.at("c")) << "of whom it was known before, he keeps his place";
  some.leave("a");
  some.keepOnly([](const std::string& item) { return item <= "d"; });
  EXPECT_EQ(some.line().size(), 3U);
}

TEST(FileBudget, ANewOneIsAskedForAndThenStandsLast) {
  testing::FakeHost host([](const ExchangeRequest&) { return ExchangeResponse(); });
  FileBudget files(host);
  files.lineUp({{"a", 1}, {"b", 2}, {"c", 3}, {"d", 4}});
  files.begin("new");
  EXPECT_TRUE(files.mayGoOn());
  files.inVain("new");
  files.begin("d");
  EXPECT_FALSE(files.mayGoOn());
  files.came();
  EXPECT_TRUE(files.mayGoOn()) << "the store works";
  const Line line = files.line();
  EXPECT_LT(line.at("d"), line.at("a"));
  EXPECT_LT(line.at("d"), line.at("new"));
}

TEST(TimeBudget, LetsOneStepBeMadeAndThenLooksAtTheTime) {
  testing::FakeHost host([](const ExchangeRequest&) { return ExchangeResponse(); });
  TimeBudget time(host), other(host);
  host.time_left_ms = 1;
  EXPECT_TRUE(time.mayGoOn(2));
  EXPECT_FALSE(time.mayGoOn(2));
  EXPECT_TRUE(other.mayGoOn(3));
  host.time_left_ms = 10'001;
  EXPECT_FALSE(time.mayGoOn(2));
  EXPECT_TRUE(other.mayGoOn(3));
  host.time_left_ms = 10'000;
  EXPECT_FALSE(other.mayGoOn(3));
}

}  // namespace
}  // namespace otinish::kit
