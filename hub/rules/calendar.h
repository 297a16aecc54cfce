// The production calendar of the Republic of Kazakhstan, five-day week, and the counting of terms.
//
// Sources: Labour Code arts. 71, 84, 85(3) (days off and their transfer); Civil Code arts. 172-176
// and APPC art. 76(5) (a term starts the next day; a term in months ends on the same number of the
// last month, or on its last day if there is none; a last day that is not worked moves to the next
// working day). A year is data (config/law/calendar/<year>.yaml). A year that has no data is an
// error, "rules.calendar_missing" (422), never a guess. Cost: every question is answered from
// prefix sums in constant time, whatever the length. Threads: immutable after build; all functions
// are pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hub/base/status.h"
#include "hub/base/time.h"
#include "hub/rules/local_text.h"

namespace hub::rules {

enum class DayKind { kWorking, kCalendar, kMonths };
// Whether the day of the event is the first counted day or the one after it.
enum class FirstDay { kNextDay, kSameDay };

struct CalendarYear {
  int year = 0;
  std::string version;          // "2026.1"; raised when a transfer order changes the year
  bool low_confidence = false;  // e.g. no transfer order for the year yet
  struct DayOff {
    Date date;
    std::string reason;  // key of the reasons
  };
  std::vector<DayOff> days_off;
  std::vector<Date> working_days;  // Saturdays and Sundays that are worked
  std::string at{};                // where it stands, "calendar/2026.yaml:5"; "" if it was not read
};

class Calendar {
 public:
  // Owns copies. Failure "rules.data_bad_value": a date outside its year, twice the same year, a
  // day both off and worked, an unknown reason, no year at all.
  static Result<Calendar> build(const std::vector<CalendarYear>& years,
                                const std::map<std::string, LocalText>& reasons);

  bool hasYear(int year) const;
  Result<bool> isWorkingDay(Date day) const;
  // The day itself if it is worked.
  Result<Date> workingDayOnOrAfter(Date day) const;
  // Strictly after `day`.
  Result<Date> nextWorkingDay(Date day) const;
  // The last of `count` working days. `count` is 1..10,000 ("rules.bad_count").
  Result<Date> addWorkingDays(Date event, int count, FirstDay first) const;
  // The working day that lies `count` working days before `event`.
  Result<Date> subtractWorkingDays(Date event, int count) const;
  // The last of `count` calendar days, moved to the next working day if it is not worked.
  Result<Date> addCalendarDays(Date event, int count, FirstDay first) const;
  // The same number of a later month, or its last day, moved likewise.
  Result<Date> addMonths(Date event, int count) const;
  // Working days in (after, until]; negative if `until` lies before `after`.
  Result<int> workingDaysBetween(Date after, Date until) const;
  Result<int> workingDaysInYear(int year) const;

  // Why a day is off beyond being a Saturday or Sunday; nullptr if there is no such reason.
  const LocalText* reason(Date day) const;
  // The versions of all years from `from` to `until`, "2025.1+2026.1".
  std::string version(Date from, Date until) const;
  // True if the data of a year in the span is marked uncertain.
  bool lowConfidence(Date from, Date until) const;
  int firstYear() const;
  int lastYear() const;
  // The year that a failure "rules.calendar_missing" names; absent of any other failure.
  static std::optional<int> missingYear(const Error& error);

 private:
  struct Year {
    std::string version;
    bool low_confidence = false;
    bool present = false;
  };
  int indexOf(Date day) const;  // may lie outside the table
  Date dateAt(int index) const;
  bool inTable(int index) const;
  Status missing(int index) const;
  Status missingBetween(int from, int until) const;
  void fill(const std::vector<CalendarYear>& years);

  std::chrono::sys_days first_;
  std::vector<Year> years_;                   // from firstYear() on, gaps are !present
  std::vector<std::int32_t> working_before_;  // [i]: working days before day i; size days + 1
  std::vector<std::int32_t> missing_before_;  // [i]: days without data before day i
  std::vector<std::int32_t> working_list_;    // index of the k-th working day
  std::vector<std::uint8_t> reason_of_day_;   // 0: none, else 1 + index in reasons_
  std::vector<LocalText> reasons_;
};

}  // namespace hub::rules
