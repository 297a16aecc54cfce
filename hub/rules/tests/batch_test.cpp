// Batches: what an outside tester sends in and gets back.
#include "hub/rules/batch.h"

#include <gtest/gtest.h>

#include <sstream>

namespace hub::rules {
namespace {

const LawBook& book() {
  static const auto kBook = LawBook::load("config/law");
  return **kBook;
}

struct Answer {
  Result<BatchCounts> counts = BatchCounts{};
  std::vector<std::string> lines;
};

Answer deadlines(const std::string& text) {
  std::istringstream in(text);
  Answer answer;
  answer.counts = deadlineBatch(
      book(), [&](std::string& line) { return static_cast<bool>(std::getline(in, line)); },
      [&](std::string_view line) { answer.lines.emplace_back(line); });
  return answer;
}

Answer routes(const std::string& text) {
  std::istringstream in(text);
  Answer answer;
  answer.counts = routeBatch(
      book(), *parseDate("2026-03-17"), "ru",
      [&](std::string& line) { return static_cast<bool>(std::getline(in, line)); },
      [&](std::string_view line) { answer.lines.emplace_back(line); });
  return answer;
}

bool holds(const Answer& answer, const std::string& part) {
  for (const auto& line : answer.lines) {
    if (line.find(part) != std::string::npos) return true;
  }
  return false;
}

TEST(DeadlineBatch, EveryClockWithItsLawAndArticle) {
  const auto answer = deadlines(
      "kind\treceived_at\tbody\n"
      "application\t2026-03-17T10:00+05:00\tminfin\n"
      "complaint\t2026-03-17T10:00:00+05:00\t990140900507\n");
  ASSERT_TRUE(answer.counts.ok());
  EXPECT_EQ(answer.counts->rows, 2);
  EXPECT_EQ(answer.counts->refused, 0);
  EXPECT_TRUE(
      holds(answer, "\tconsider\t2026-04-10\tAPPC\t76(1)\tA7\tappc-2025-12-29\t2026.1\thigh\t\n"));
  EXPECT_TRUE(holds(answer, "\tconsider\t2026-04-17\tAPPC\t99\t"));
  EXPECT_TRUE(holds(answer, "\tforward\t2026-03-20\tAPPC\t65(1)\t"));
  EXPECT_EQ(answer.lines.size(), 7U);
}

TEST(DeadlineBatch, WithoutAHeadingTheColumnsStandInOrder) {
  const auto answer = deadlines("application\t2026-03-17T10:00+05:00\takimat\r\n");
  ASSERT_TRUE(answer.counts.ok());
  EXPECT_TRUE(holds(answer, "\tconsider\t2026-04-10\t"));
}

TEST(DeadlineBatch, TheBodysLevelZoneAndColumnsInAnyOrder) {
  const auto answer = deadlines(
      "id\tbody\treceived_at\tkind\n"
      "p1\tminfin\t2026-06-01 10:00\tpetition\n"
      "p2\takimat\t2026-06-01\tpetition\n");
  ASSERT_TRUE(answer.counts.ok());
  EXPECT_TRUE(holds(answer, "1\tp1\tpetition\t2026-06-01 10:00\tminfin\tconsider\t2026-07-28\t"));
  EXPECT_TRUE(holds(answer, "2\tp2\tpetition\t2026-06-01\takimat\tconsider\t2026-06-29\t"));
}

TEST(DeadlineBatch, AWrongRowIsToldAndStopsNothing) {
  const auto answer = deadlines(
      "kind\treceived_at\tbody\n"
      "rumour\t2026-03-17T10:00+05:00\tminfin\n"
      "application\tyesterday\tminfin\n"
      "application\t2026-03-17T10:00+05:00\tnobody\n"
      "application\t1999-03-17T10:00+05:00\t\n"
      "application\t2026-03-17T10:00+05:00\tminfin\tmore\n"
      "\n# a remark\n"
      "application\t2026-03-17T10:00+05:00\tminfin\n");
  ASSERT_TRUE(answer.counts.ok());
  EXPECT_EQ(answer.counts->rows, 6);
  EXPECT_EQ(answer.counts->refused, 5);
  EXPECT_TRUE(holds(answer, "rules.unknown_kind: /kind: "));
  EXPECT_TRUE(holds(answer, "base.bad_date: /received_at: "));
  EXPECT_TRUE(holds(answer, "rules.unknown_body: /body: "));
  EXPECT_TRUE(holds(answer, "rules.no_rule_for_date: "));
  EXPECT_TRUE(holds(answer, "rules.bad_row: "));
  EXPECT_TRUE(holds(answer, "6\t\tapplication\t"));
}

TEST(DeadlineBatch, ALocalTimeThatWasTwiceIsRefused) {
  // On 01.03.2024 Almaty moved its clocks from UTC+6 to UTC+5: 23:00 to 24:00 of 29.02 was twice.
  const auto answer = deadlines(
      "kind\treceived_at\tzone\n"
      "application\t2024-02-29 23:30\tAsia/Almaty\n"
      "application\t2024-02-29T23:30+06:00\tAsia/Almaty\n");
  ASSERT_TRUE(answer.counts.ok());
  EXPECT_EQ(answer.counts->refused, 1);
  EXPECT_TRUE(holds(answer, "base.ambiguous_time: /received_at: "));
}

TEST(DeadlineBatch, AMissingCalendarIsSaidAndNotGuessed) {
  const auto answer = deadlines("application\t2027-12-20T10:00+05:00\n");
  EXPECT_TRUE(holds(answer, "\tconsider\t\tAPPC\t76(1)\t"));
  EXPECT_TRUE(holds(answer, "rules.calendar_missing\n"));
}

TEST(DeadlineBatch, AHeadingThatIsWrongIsRefusedWhole) {
  for (const char* text : {"", "# nothing\n", "kind\treceived_at\tcolour\n", "kind\tkind\n",
                           "kind\tbody\napplication\tminfin\n"}) {
    const auto answer = deadlines(text);
    ASSERT_FALSE(answer.counts.ok()) << text;
    EXPECT_EQ(answer.counts.error().code, "rules.bad_batch");
  }
}

TEST(DeadlineBatch, LongLinesAreRefusedAsRows) {
  const auto answer = deadlines("application\t" + std::string(5000, '1') + "\n");
  ASSERT_TRUE(answer.counts.ok());
  EXPECT_EQ(answer.counts->refused, 1);
}

TEST(RouteBatch, BodyRuleAndReason) {
  const auto answer = routes(
      "kind\ttopics\tkato\n"
      "application\ttax\t\n"
      "application\thousing\t710000000\n"
      "application\thousing\t390000000\n"
      "application\tweather\t\n"
      "rumour\ttax\t\n");
  ASSERT_TRUE(answer.counts.ok());
  EXPECT_EQ(answer.counts->refused, 2);
  EXPECT_TRUE(holds(answer, "\t990140900507\tminfin\tМинистерство финансов\tR1\t"));
  EXPECT_TRUE(holds(answer, "\t940140000385\takimat\t"));
  EXPECT_TRUE(holds(answer, "\treception\t"));
  EXPECT_TRUE(holds(answer, "rules.bad_row: /topics: "));
  EXPECT_TRUE(holds(answer, "rules.unknown_kind: /kind: "));
}

}  // namespace
}  // namespace hub::rules
