// Goal: the counting of terms agrees with a count done one day at a time, and never guesses.
#include "hub/rules/calendar.h"

#include <gtest/gtest.h>

#include "hub/rules/law_book.h"

namespace hub::rules {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

Date day(int y, unsigned m, unsigned d) {
  return Date(std::chrono::year(y), std::chrono::month(m), std::chrono::day(d));
}

const Calendar& shipped() {
  static const auto kBook = LawBook::load("config/law");
  return (*kBook)->calendar();
}

// The slow, obvious way.
Date walk(const Calendar& calendar, Date from, int count) {
  sys_days at(from);
  while (count > 0) {
    at += days(1);
    if (*calendar.isWorkingDay(Date(at))) --count;
  }
  return Date(at);
}

TEST(Calendar, AgreesWithWalkingDayByDay) {
  for (sys_days at(day(2007, 1, 1)); at < sys_days(day(2026, 12, 1)); at += days(11)) {
    const Date from(at);
    for (const int count : {1, 3, 15, 40}) {
      const auto due = shipped().addWorkingDays(from, count, FirstDay::kNextDay);
      ASSERT_TRUE(due.ok());
      ASSERT_EQ(*due, walk(shipped(), from, count)) << formatDate(from) << " + " << count;
      ASSERT_EQ(*shipped().workingDaysBetween(from, *due), count);
      if (!*shipped().isWorkingDay(from)) continue;
      ASSERT_EQ(*shipped().subtractWorkingDays(*due, count), from);
      ASSERT_EQ(*shipped().addWorkingDays(from, count + 1, FirstDay::kSameDay), *due);
    }
  }
}

TEST(Calendar, TheLastDayIsAlwaysWorked) {
  for (sys_days at(day(2019, 1, 1)); at < sys_days(day(2026, 6, 1)); at += days(1)) {
    for (const int length : {1, 15, 30}) {
      ASSERT_TRUE(*shipped().isWorkingDay(
          *shipped().addCalendarDays(Date(at), length, FirstDay::kNextDay)));
    }
    ASSERT_TRUE(*shipped().isWorkingDay(*shipped().addMonths(Date(at), 2)));
  }
}

TEST(Calendar, MonthsKeepTheNumberOrTakeTheLastDay) {
  EXPECT_EQ(*shipped().addMonths(day(2026, 1, 15), 1), day(2026, 2, 16));  // the 15th is a Sunday
  EXPECT_EQ(*shipped().addMonths(day(2023, 12, 31), 2), day(2024, 2, 29));
  EXPECT_EQ(*shipped().addMonths(day(2024, 8, 30), 6), day(2025, 2, 28));
}

TEST(Calendar, CalendarDaysBySameDayRuleEndOneDayEarlier) {
  EXPECT_EQ(*shipped().addCalendarDays(day(2026, 4, 1), 6, FirstDay::kNextDay), day(2026, 4, 7));
  EXPECT_EQ(*shipped().addCalendarDays(day(2026, 4, 1), 7, FirstDay::kSameDay), day(2026, 4, 7));
}

TEST(Calendar, NeverGuessesAMissingYear) {
  const auto code = [](const auto& result) { return result.ok() ? "" : result.error().code; };
  const std::string missing = "rules.calendar_missing";
  EXPECT_EQ(code(shipped().isWorkingDay(day(2006, 12, 31))), missing);
  EXPECT_EQ(code(shipped().isWorkingDay(day(2028, 1, 1))), missing);
  EXPECT_EQ(code(shipped().addWorkingDays(day(2027, 12, 30), 15, FirstDay::kNextDay)), missing);
  EXPECT_EQ(code(shipped().subtractWorkingDays(day(2007, 1, 3), 5)), missing);
  EXPECT_EQ(code(shipped().addMonths(day(2027, 12, 1), 2)), missing);
  EXPECT_EQ(code(shipped().addCalendarDays(day(2027, 12, 31), 1, FirstDay::kNextDay)), missing);
  EXPECT_EQ(code(shipped().workingDaysBetween(day(2027, 12, 1), day(2028, 2, 1))), missing);
  EXPECT_EQ(code(shipped().addWorkingDays(day(2027, 12, 31), 1, FirstDay::kNextDay)), missing);
}

CalendarYear year(int number) {
  CalendarYear y;
  y.year = number;
  y.version = std::to_string(number) + ".1";
  return y;
}

TEST(Calendar, AGapBetweenYearsIsMissingToo) {
  const auto calendar = Calendar::build({year(2020), year(2022)}, {});
  ASSERT_TRUE(calendar.ok());
  const auto over = calendar->addWorkingDays(day(2020, 12, 30), 5, FirstDay::kNextDay);
  ASSERT_FALSE(over.ok());
  EXPECT_EQ(over.error().code, "rules.calendar_missing");
  EXPECT_NE(over.error().text.find("2021"), std::string::npos) << over.error().text;
  EXPECT_FALSE(calendar->subtractWorkingDays(day(2022, 1, 4), 5).ok());
  EXPECT_FALSE(calendar->workingDaysBetween(day(2020, 12, 1), day(2022, 2, 1)).ok());
  EXPECT_FALSE(calendar->isWorkingDay(day(2021, 5, 5)).ok());
  EXPECT_TRUE(calendar->addWorkingDays(day(2022, 1, 3), 5, FirstDay::kNextDay).ok());
  EXPECT_FALSE(calendar->hasYear(2021));
}

TEST(Calendar, RefusesLengthsThatAreNotTerms) {
  EXPECT_EQ(shipped().addWorkingDays(day(2026, 1, 5), 0, FirstDay::kNextDay).error().code,
            "rules.bad_count");
  EXPECT_EQ(shipped().addCalendarDays(day(2026, 1, 5), -1, FirstDay::kNextDay).error().code,
            "rules.bad_count");
  EXPECT_EQ(shipped().addMonths(day(2026, 1, 5), 1'000'000).error().code, "rules.bad_count");
}

TEST(Calendar, RefusesContradictingData) {
  auto twice = year(2026);
  twice.days_off = {{day(2026, 1, 1), "holiday"}, {day(2026, 1, 1), "holiday"}};
  auto outside = year(2026);
  outside.days_off = {{day(2025, 1, 1), "holiday"}};
  auto weekday = year(2026);
  weekday.working_days = {day(2026, 3, 17)};
  auto unknown = year(2026);
  unknown.days_off = {{day(2026, 1, 1), "carnival"}};
  const std::map<std::string, LocalText> reasons{{"holiday", {"a", "b", "c"}}};
  for (const auto& bad : {twice, outside, weekday, unknown}) {
    EXPECT_EQ(Calendar::build({bad}, reasons).error().code, "rules.data_bad_value");
  }
  EXPECT_FALSE(Calendar::build({year(2026), year(2026)}, reasons).ok());
  EXPECT_FALSE(Calendar::build({}, reasons).ok());
}

TEST(Calendar, NamesTheVersionsAndTheDoubts) {
  EXPECT_EQ(shipped().version(day(2025, 12, 31), day(2026, 1, 26)), "2025.1+2026.1");
  EXPECT_EQ(shipped().version(day(2026, 3, 1), day(2026, 4, 1)), "2026.1");
  EXPECT_FALSE(shipped().lowConfidence(day(2026, 3, 1), day(2026, 4, 1)));
  EXPECT_TRUE(shipped().lowConfidence(day(2026, 12, 1), day(2027, 1, 10)));
  ASSERT_NE(shipped().reason(day(2026, 5, 27)), nullptr);
  EXPECT_EQ(shipped().reason(day(2026, 5, 27))->in("ru"), "первый день Курбан айта");
  EXPECT_EQ(shipped().reason(day(2026, 5, 30)), nullptr);
}

}  // namespace
}  // namespace hub::rules
