#include "adapters/kit/given.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace otinish::kit {
namespace {

using nlohmann::json;

TEST(GivenItems, ADigestIsOfWhatTheHubWouldJudge) {
  Inbound item;
  item.item_id = "1";
  item.body = "{}";
  item.raw = "as it came";
  const std::string digest = GivenItems::digestOf(item);
  item.raw = "as it came, served a second later";
  EXPECT_EQ(GivenItems::digestOf(item), digest);
  item.external_id = "AK-1";
  EXPECT_NE(GivenItems::digestOf(item), digest);
  Inbound problem;
  problem.problem_code = "adapter.unknown_code";
  problem.raw = "a";
  const std::string of_problem = GivenItems::digestOf(problem);
  problem.raw = "b";
  EXPECT_NE(GivenItems::digestOf(problem), of_problem);
}

TEST(GivenItems, WhatIsMendedIsGivenAgainSomeTimes) {
  const auto digest = [](char c) { return std::string(16, c); };
  GivenItems given;
  EXPECT_FALSE(given.has("1", digest('a')));
  EXPECT_FALSE(given.wasOther("1", digest('a')));
  given.add("1", digest('a'));
  EXPECT_TRUE(given.has("1", digest('a')));
  for (int i = 1; i <= 5; ++i) {
    given = GivenItems::read(given.write());
    const std::string mended = digest(static_cast<char>('a' + i));
    EXPECT_TRUE(given.wasOther("1", mended)) << i;
    EXPECT_FALSE(given.has("1", mended)) << i;
    given.add("1", mended);
  }
  EXPECT_TRUE(given.has("1", digest('z')));
  EXPECT_FALSE(given.wasOther("1", digest('z'))) << "no endless round";
}

TEST(GivenItems, AListOfIdsStandsForAnyContent) {
  GivenItems given = GivenItems::read(json::array({"1", "2"}));
  EXPECT_TRUE(given.has("2", std::string(16, 'a')));
  EXPECT_FALSE(given.wasOther("2", std::string(16, 'a')));
  EXPECT_FALSE(given.has("3", std::string(16, 'a')));
  given.keepFirst(1);
  EXPECT_FALSE(given.has("2", std::string(16, 'a')));
}

}  // namespace
}  // namespace otinish::kit
