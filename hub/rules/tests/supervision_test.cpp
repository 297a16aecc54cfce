#include "hub/rules/supervision.h"

#include <gtest/gtest.h>

#include "hub/rules/law_book.h"

namespace hub::rules {
namespace {

const Calendar& calendar() {
  static const auto kBook = LawBook::load("config/law");
  return (*kBook)->calendar();
}
Date day(const char* text) { return *parseDate(text); }

CaseFact fact(const char* number, const char* due, const char* decided = nullptr) {
  CaseFact out;
  out.reg_number = number;
  out.body = "minfin";
  out.received = out.registered = day("2026-03-17");
  out.due = day(due);
  if (decided != nullptr) out.decided = day(decided);
  return out;
}

TEST(Supervision, DueTodayIsNotOverdueAndTheMostPressingComesFirst) {
  const std::vector<CaseFact> facts = {fact("C", "2026-04-10"), fact("B", "2026-04-09"),
                                       fact("A", "2026-04-13"), fact("D", "2026-04-24"),
                                       fact("E", "2026-04-01", "2026-04-08")};
  const auto list = pressing(facts, day("2026-04-10"), 3, calendar());
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(list[0].fact.reg_number, "B");
  EXPECT_EQ(list[0].working_days_left, -1);
  EXPECT_EQ(list[1].working_days_left, 0);
  EXPECT_EQ(list[2].working_days_left, 1);
  EXPECT_EQ(pressing(facts, day("2026-04-10"), -1, calendar()).size(), 1U);
  // On the Saturday after a Friday no working day has passed, yet it is late.
  EXPECT_EQ(pressing({fact("C", "2026-04-10")}, day("2026-04-11"), -1, calendar()).size(), 1U);
}

// Nobody can say that a term without a last day is not over.
TEST(Supervision, ATermWhoseEndIsUnknownComesFirst) {
  auto unknown = fact("Z", "2026-04-10");
  unknown.due.reset();
  unknown.clock = "execute";
  const auto list = pressing({fact("A", "2026-04-01"), unknown}, day("2026-04-10"), -1, calendar());
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].fact.reg_number, "Z");
  EXPECT_NE(pressingCsv(list).find("2026-03-17,execute,,unknown,,\r\n"), std::string::npos)
      << pressingCsv(list);
}

// The lists are what raises the alarm: a year without a calendar takes nothing from them but the count of working days.
TEST(Supervision, WithoutACalendarOfTheYearPlainDatesTell) {
  const auto today = day("2031-03-05");  // no such calendar
  auto old = fact("A", "2031-03-04"), soon = fact("B", "2031-03-07"), far = fact("C", "2031-04-04");
  const auto list = pressing({far, soon, old}, today, 3, calendar());
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].fact.reg_number, "A");
  EXPECT_TRUE(list[0].overdue);
  EXPECT_FALSE(list[0].working_days_left.has_value()) << "nothing is guessed";
  EXPECT_FALSE(list[1].overdue);
  EXPECT_NE(pressingCsv(list).find("2031-03-04,yes,,\r\n"), std::string::npos) << pressingCsv(list);
  auto decided = fact("D", "2026-04-10", "2026-03-18");
  auto timeless = fact("E", "2031-03-04", "2031-03-05");
  timeless.registered = day("2031-03-01");
  const auto rows = discipline({old, decided, timeless}, today, calendar(),
                               [](const CaseFact& one) { return one.body; });
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].decided, 2);
  EXPECT_EQ(rows[0].late, 2);
  EXPECT_EQ(rows[0].median_days, 1) << "of the one that can be counted";
}

TEST(Supervision, DisciplineCountsMediansAndLateness) {
  std::vector<CaseFact> facts = {
      fact("1", "2026-04-10", "2026-03-18"), fact("2", "2026-04-10", "2026-03-19"),
      fact("3", "2026-04-10", "2026-04-13"), fact("4", "2026-04-10"), fact("5", "2026-05-20")};
  facts[2].extended = true;
  facts.push_back(fact("6", "2026-04-10", "2026-04-13"));
  facts.back().term_met = true;
  facts[3].outcome = "";
  facts[4].body = "akimat";
  const auto rows = discipline(facts, day("2026-04-14"), calendar(),
                               [](const CaseFact& one) { return one.body; });
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].group, "akimat");
  EXPECT_EQ(rows[0].late, 0);
  EXPECT_FALSE(rows[0].median_days.has_value());
  const auto& row = rows[1];
  EXPECT_EQ(row.received, 5);
  EXPECT_EQ(row.decided, 4);
  EXPECT_EQ(row.running, 1);
  EXPECT_EQ(row.late, 2) << "signed on the last day, delivered after it: not late";
  EXPECT_EQ(row.latePercent(), "40.0");
  EXPECT_EQ(row.extended, 1);
  EXPECT_EQ(row.median_days, 2);
  EXPECT_EQ(row.p90_days, 16);
}

TEST(Supervision, CsvQuotesAndDisarmsFormulas) {
  EXPECT_EQ(csvCell("a,b"), "\"a,b\"");
  EXPECT_EQ(csvCell("say \"no\""), "\"say \"\"no\"\"\"");
  EXPECT_EQ(csvCell("=1+1"), "'=1+1");
  EXPECT_EQ(csvCell("+7 700 000-00-01; +7 (701) 0000002"), "+7 700 000-00-01; +7 (701) 0000002");
  EXPECT_EQ(csvCell("+HYPERLINK(1)"), "'+HYPERLINK(1)");
  EXPECT_EQ(csvCell("-1"), "'-1");
  EXPECT_EQ(csvCell(""), "");
  EXPECT_EQ(
      disciplineCsv({}),
      "group,received,decided,running,late,late_percent,breaches,extended,deemed_refused,median_"
      "working_days,"
      "p90_working_days,late_sub_orders\r\n");
}

TEST(Supervision, TheShareOfLateOnesHasOneDecimal) {
  const auto share = [](std::int64_t late, std::int64_t received) {
    DisciplineRow row;
    row.late = late;
    row.received = received;
    return row.latePercent();
  };
  EXPECT_EQ(share(0, 0), "0.0");
  EXPECT_EQ(share(0, 7), "0.0");
  EXPECT_EQ(share(7, 7), "100.0");
  EXPECT_EQ(share(1, 3), "33.3");
  EXPECT_EQ(share(2, 3), "66.7");
  EXPECT_EQ(share(1, 8), "12.5");
  EXPECT_EQ(share(1, 2000), "0.1") << "half up";
  EXPECT_EQ(share(1, 4'400'000), "0.0");
  DisciplineRow row;
  row.group = "minfin";
  row.received = 8;
  row.late = 1;
  EXPECT_NE(disciplineCsv({row}).find("minfin,8,0,0,1,12.5,0,0,0,,,0\r\n"), std::string::npos);
}

}  // namespace
}  // namespace hub::rules
