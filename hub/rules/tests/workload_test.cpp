#include "hub/rules/workload.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>

#include "hub/rules/law_book.h"

namespace hub::rules {
namespace {

const Calendar& calendar() {
  static const auto kBook = LawBook::load("config/law");
  return (*kBook)->calendar();
}
Date day(const char* text) { return *parseDate(text); }
const Date kToday = day("2026-03-16");

Executor person(const std::string& id) { return {id, {}, {"kk", "ru"}, {}, 100, "official-" + id}; }
OpenCase work(const std::string& id, const std::string& executor = "",
              const char* due = "2026-05-20") {
  return {id, executor, "housing", "ru", "", day(due), 1};
}
std::string chosen(const std::vector<Executor>& team, const std::vector<OpenCase>& open,
                   const OpenCase& one) {
  const auto answer = assign(team, open, one, kToday, calendar(), {});
  EXPECT_TRUE(answer.ok());
  return answer->executor;
}
std::string why(const std::vector<Executor>& team, const OpenCase& one, const std::string& id) {
  const auto answer = assign(team, {}, one, kToday, calendar(), {});
  for (const auto& candidate : answer->candidates) {
    if (candidate.executor == id) return candidate.excluded;
  }
  return "absent";
}

TEST(Workload, TheLeastLoadedGetsItTiesById) {
  const std::vector<Executor> team = {person("b"), person("a")};
  EXPECT_EQ(chosen(team, {}, work("1")), "a");
  EXPECT_EQ(chosen(team, {work("0", "a")}, work("1")), "b");
}

TEST(Workload, NearDatesAndHalfPostsWeighMore) {
  std::vector<Executor> team = {person("a"), person("b")};
  EXPECT_EQ(chosen(team, {work("0", "a", "2026-03-17"), work("9", "b")}, work("1")), "b");
  EXPECT_EQ(chosen(team, {work("0", "a", "2026-03-13"), work("8", "b"), work("9", "b")}, work("1")),
            "b");  // overdue counts three
  team[0].capacity_percent = 50;
  EXPECT_EQ(chosen(team, {work("0", "a"), work("9", "b")}, work("1")), "b");
}

// A family name or a post alone may be anybody's of that name or post: others come first, and a person makes sure.
TEST(Workload, WhoIsMerelyAlikeTheOfficialComplainedOfComesLast) {
  const std::vector<std::string> posts = {"начальник*", "отдел*"};
  std::vector<Executor> team = {person("a"), person("b"), person("c")};
  team[0].official = "Мысалов Асан";
  team[1].official = "Үлгібаев Болат";
  team[2].official = "Начальник отдела";
  OpenCase complaint = work("1");
  complaint.contested_official = "Мысалов";
  const auto asked = [&](const std::vector<OpenCase>& open = {}) {
    auto answer = assign(team, open, complaint, kToday, calendar(), posts);
    EXPECT_TRUE(answer.ok());
    return *answer;
  };
  auto answer = asked({work("0", "b"), work("9", "c")});
  EXPECT_EQ(answer.executor, "b") << "though a has less to do";
  EXPECT_EQ(answer.candidates.back().executor, "a");
  EXPECT_TRUE(answer.candidates.back().alike);
  EXPECT_EQ(answer.candidates.back().excluded, "");
  EXPECT_NE(answer.explanation.ru.find("в последнюю очередь — 1"), std::string::npos)
      << answer.explanation.ru;
  // Nobody else is there: a person makes sure.
  team[1].absences = team[2].absences = {{kToday, day("2026-12-31")}};
  answer = asked();
  EXPECT_EQ(answer.executor, "a");
  EXPECT_NE(answer.explanation.en.find("make sure that it is another"), std::string::npos)
      << answer.explanation.en;
  EXPECT_NE(answer.explanation.kk.find("көз жеткізіңіз"), std::string::npos);
  // A post is nobody's name, and a whole name is his.
  complaint.contested_official = "начальник отдела";
  team[2].absences.clear();
  answer = asked();
  EXPECT_EQ(answer.executor, "a");
  EXPECT_TRUE(answer.candidates[1].alike) << answer.candidates[1].executor;
  complaint.contested_official = "Мысалов А.";
  EXPECT_EQ(asked().executor, "c");
  EXPECT_EQ(asked().candidates.back().excluded, "away");
  EXPECT_EQ(asked().candidates[1].excluded, "conflict");
  EXPECT_FALSE(asked().candidates[1].alike) << "it is he";
  // Nor does what evens the load bring it to him.
  complaint.contested_official = "Мысалов";
  complaint.executor = "c";
  const auto moves = rebalance(team, {complaint, work("0", "c")}, kToday, calendar(), 5, posts);
  ASSERT_EQ(moves->size(), 1U);
  EXPECT_EQ(moves->front().case_id, "0");
}

TEST(Workload, AComplaintNeverGoesToTheOfficialComplainedOf) {
  std::mt19937 random(97);
  for (int round = 0; round < 500; ++round) {
    std::vector<Executor> team;
    std::vector<OpenCase> open;
    for (int i = 0; i < 5; ++i) team.push_back(person(std::string(1, static_cast<char>('a' + i))));
    for (int i = 0; i < 20; ++i) {
      open.push_back(work(std::to_string(i), team[random() % 5].id));
    }
    OpenCase complaint = work("c");
    complaint.contested_official = team[random() % 5].official;
    const auto got = chosen(team, open, complaint);
    EXPECT_NE("official-" + got, complaint.contested_official);
    complaint.executor = got;
    open.push_back(complaint);
    const auto moves = rebalance(team, open, kToday, calendar(), 5, {});
    for (const auto& move : *moves) {
      if (move.case_id != "c") continue;
      EXPECT_NE("official-" + move.to, complaint.contested_official);
    }
  }
}

TEST(Workload, WhoCannotIsExcludedWithTheReason) {
  std::vector<Executor> team(6);
  for (std::size_t i = 0; i < 6; ++i) team[i] = person(std::string(1, static_cast<char>('a' + i)));
  OpenCase one = work("1", "", "2026-04-10");
  one.contested_official = "official-a";
  team[1].topics = {"tax"};
  team[2].languages = {"en"};
  team[3].absences = {{day("2026-03-10"), day("2026-03-16")}};  // back tomorrow, but away today
  team[4].absences = {{day("2026-03-18"), day("2026-04-08")}};  // here for a few days only
  team[5].capacity_percent = 0;
  EXPECT_EQ(why(team, one, "a"), "conflict");
  EXPECT_EQ(why(team, one, "b"), "topic");
  EXPECT_EQ(why(team, one, "c"), "language");
  EXPECT_EQ(why(team, one, "d"), "away");
  EXPECT_EQ(why(team, one, "e"), "away");
  EXPECT_EQ(why(team, one, "f"), "capacity");
  const auto answer = assign(team, {}, one, kToday, calendar(), {});
  EXPECT_EQ(answer->executor, "");
  EXPECT_EQ(
      answer->explanation.en,
      "None of 6 executors is suitable: a person decides; complained of — 1, takes no work — 1, "
      "not their topic — 1, not the language — 1, away — 2");
  EXPECT_FALSE(answer->explanation.kk.empty());
  EXPECT_EQ(chosen({}, {}, one), "");
}

// A whole section, or one category of it.
TEST(Workload, SkillsGoByTheCategoryOfTheTopic) {
  std::vector<Executor> team = {person("a"), person("b"), person("c")};
  team[0].topics = {"land/boundary"};
  team[1].topics = {"land/lease"};
  team[2].topics = {"land"};
  OpenCase one = work("1");
  one.topic = "land/boundary";
  EXPECT_EQ(why(team, one, "a"), "");
  EXPECT_EQ(why(team, one, "b"), "topic");
  EXPECT_EQ(why(team, one, "c"), "");
  one.topic = "land";
  EXPECT_EQ(why(team, one, "a"), "topic") << "nobody knows that it is about boundaries";
  const auto answer = assign(team, {}, one, kToday, calendar(), {});
  EXPECT_EQ(answer->explanation.en,
            "c: 1 of 3 are suitable, the least load 0.0; not their topic — 2");
}

TEST(Workload, TheStateLanguageOrThatOfTheAppeal) {
  std::vector<Executor> team = {person("a")};
  team[0].languages = {"kk"};
  EXPECT_EQ(chosen(team, {}, work("1")), "a");
  team[0].languages = {"ru"};
  EXPECT_EQ(chosen(team, {}, work("1")), "a");
  OpenCase kazakh = work("2");
  kazakh.language = "kk";
  EXPECT_EQ(chosen(team, {}, kazakh), "");
}

TEST(Workload, AThousandCasesAreSharedEvenlyInAnyOrderOfTheTeam) {
  std::vector<Executor> team;
  for (int i = 0; i < 10; ++i) team.push_back(person(std::string(1, static_cast<char>('a' + i))));
  std::vector<OpenCase> open;
  std::map<std::string, int> shares;
  std::mt19937 random(5);
  for (int i = 0; i < 1000; ++i) {
    OpenCase one = work(std::to_string(i));
    one.executor = chosen(team, open, one);
    ++shares[one.executor];
    open.push_back(one);
    if (i % 100 == 0) std::shuffle(team.begin(), team.end(), random);
  }
  for (const auto& [who, share] : shares) EXPECT_EQ(share, 100) << who;
}

// The list is one order of a head: what it moves it does not move back, and what must stay stays.
TEST(Workload, RebalancingMovesNoCaseTwice) {
  std::mt19937 random(64);
  int moved = 0;
  for (int round = 0; round < 300; ++round) {
    std::vector<Executor> team;
    for (int i = 0; i < 4; ++i) team.push_back(person(std::string(1, static_cast<char>('a' + i))));
    team[3].capacity_percent = 50;
    std::vector<OpenCase> open;
    for (int i = 0; i < 14; ++i) {
      open.push_back(work(std::to_string(100 + i), team[random() % 2].id));
      open.back().weight = 1 + static_cast<double>(random() % 5);
      open.back().stays = random() % 4 == 0;
    }
    std::set<std::string> seen;
    const auto moves = rebalance(team, open, kToday, calendar(), 100, {});
    ASSERT_TRUE(moves.ok());
    for (const auto& move : *moves) {
      ++moved;
      EXPECT_TRUE(seen.insert(move.case_id).second) << move.case_id;
      EXPECT_FALSE(open[std::stoul(move.case_id) - 100].stays) << move.case_id;
    }
  }
  EXPECT_GT(moved, 1000);
}

TEST(Workload, RebalancingEvensAndStops) {
  const std::vector<Executor> team = {person("a"), person("b"), person("c")};
  std::vector<OpenCase> open;
  for (int i = 0; i < 12; ++i) open.push_back(work(std::to_string(100 + i), "a"));
  const auto moves = rebalance(team, open, kToday, calendar(), 100, {});
  ASSERT_TRUE(moves.ok());
  EXPECT_EQ(moves->size(), 8U);
  for (const auto& move : *moves) EXPECT_EQ(move.from, "a");
  EXPECT_EQ(rebalance(team, open, kToday, calendar(), 3, {})->size(), 3U);
  EXPECT_TRUE(rebalance(team, {}, kToday, calendar(), 3, {})->empty());
}

// Whatever the loads: what the absent cannot do and what is about themselves is given to others, all of it.
TEST(Workload, WhatLiesWithWhoShouldNotHaveItIsMovedFirst) {
  std::vector<Executor> team = {person("a"), person("b"), person("c"), person("d")};
  team[0].absences = {{kToday, day("2026-12-31")}};
  team[1].absences = {{kToday, kToday}};  // back tomorrow: it keeps its work, and gets none today
  team[3].topics = {"tax"};
  std::vector<OpenCase> open;
  for (int i = 0; i < 6; ++i) open.push_back(work(std::to_string(100 + i), "b"));
  for (int i = 6; i < 9; ++i) open.push_back(work(std::to_string(100 + i), "c"));
  open.push_back(work("200", "a"));
  open.push_back(work("201", "a", "2026-03-18"));
  open.push_back(work("202", "c"));
  open.back().contested_official = "official-c";
  open.push_back(work("203", "left"));
  open.push_back(work("204", "a"));
  open.back().stays = true;
  open.push_back(work("205", "d"));
  const auto moves = rebalance(team, open, kToday, calendar(), 5, {});
  ASSERT_TRUE(moves.ok());
  std::vector<std::string> first;
  for (const auto& move : *moves) {
    first.push_back(move.case_id + " " + move.from + "-" + move.to + " " + move.explanation.en);
  }
  // Nobody but the one complained of could take 202 today.
  EXPECT_EQ(first, (std::vector<std::string>{"201 a-c a: away", "200 a-c a: away",
                                             "203 left-c left: not among the executors",
                                             "205 d-c d: not their topic"}));
  EXPECT_EQ(moves->front().explanation.ru, "a: отсутствует");
  EXPECT_EQ(moves->front().explanation.kk, "a: орнында жоқ");
  team[1].absences.clear();
  const auto later = rebalance(team, open, kToday, calendar(), 1, {});
  ASSERT_EQ(later->size(), 1U);
  EXPECT_EQ(later->front().case_id, "202");
  EXPECT_EQ(later->front().to, "b");
}

// A body with tens of thousands of open cases is answered at once: nothing is left out for its size.
TEST(Workload, ABigBodyIsLookedAtWhole) {
  std::vector<Executor> team;
  for (int i = 0; i < 20; ++i) team.push_back(person("p" + std::to_string(10 + i)));
  std::vector<OpenCase> open;
  for (int i = 0; i < 20'000; ++i) {
    // The thousand that are due first are shared evenly; all the others lie on one desk.
    const auto& one = team[i < 1000 ? static_cast<std::size_t>(i % 20) : 0];
    open.push_back(
        work(std::to_string(100'000 + i), one.id, i < 1000 ? "2026-05-07" : "2026-05-08"));
  }
  const auto moves = rebalance(team, open, kToday, calendar(), 50, {});
  ASSERT_TRUE(moves.ok());
  EXPECT_EQ(moves->size(), 50U);
  for (const auto& move : *moves) EXPECT_EQ(move.from, "p10");
}

TEST(Workload, WithoutACalendarNothingIsGuessed) {
  const auto answer =
      assign({person("a")}, {work("0", "a", "2030-01-10")}, work("1"), kToday, calendar(), {});
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, "rules.calendar_missing");
}

}  // namespace
}  // namespace hub::rules
