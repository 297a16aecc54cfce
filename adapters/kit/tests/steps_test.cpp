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
