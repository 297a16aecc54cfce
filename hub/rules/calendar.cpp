#include "hub/rules/calendar.h"

#include <algorithm>
#include <charconv>

namespace hub::rules {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

constexpr int kCountMax = 10'000;
constexpr int kReasonsMax = 250;
constexpr const char* kMissing = "rules.calendar_missing";
const std::string kMissingText = "no calendar for the year ";

bool isWeekend(sys_days day) {
  const unsigned weekday = std::chrono::weekday(day).c_encoding();
  return weekday == 0 || weekday == 6;
}

int yearOf(Date date) { return static_cast<int>(date.year()); }

Status badCount() {
  return Status::failure("rules.bad_count", "a term must be 1 to 10000 units long");
}

Status badYear(int year, const std::string& what) {
  return Status::failure("rules.data_bad_value", "calendar " + std::to_string(year) + ": " + what);
}

Status checkYear(const CalendarYear& year, const std::map<std::string, LocalText>& reasons) {
  std::vector<Date> seen;
  const auto add = [&](Date date) {
    const bool good = date.ok() && yearOf(date) == year.year &&
                      std::find(seen.begin(), seen.end(), date) == seen.end();
    seen.push_back(date);
    return good;
  };
  for (const auto& day : year.days_off) {
    if (!add(day.date)) {
      return badYear(year.year, formatDate(day.date) + " is outside the year or stands twice");
    }
    if (!reasons.contains(day.reason)) {
      return badYear(year.year, "unknown reason '" + day.reason + "'");
    }
  }
  for (const Date day : year.working_days) {
    if (!add(day)) {
      return badYear(year.year, formatDate(day) + " is outside the year or stands twice");
    }
    if (!isWeekend(sys_days(day))) {
      return badYear(year.year, formatDate(day) + " is worked anyway: not a Saturday or Sunday");
    }
  }
  return {};
}

}  // namespace

Result<Calendar> Calendar::build(const std::vector<CalendarYear>& years,
                                 const std::map<std::string, LocalText>& reasons) {
  if (years.empty()) return Status::failure("rules.data_bad_value", "no calendar year at all");
  if (reasons.size() > kReasonsMax) {
    return Status::failure("rules.data_bad_value", "too many reasons for days off");
  }
  const auto by_year = [](const auto& a, const auto& b) { return a.year < b.year; };
  const auto [low, high] = std::minmax_element(years.begin(), years.end(), by_year);
  if (low->year < 1900 || high->year > 2199) {
    return Status::failure("rules.data_bad_value", "a calendar year must be 1900 to 2199");
  }
  Calendar calendar;
  calendar.first_ = sys_days(std::chrono::year(low->year) / 1 / 1);
  calendar.years_.resize(static_cast<std::size_t>(high->year - low->year + 1));
  for (const auto& year : years) {
    if (const Status status = checkYear(year, reasons); !status) return status;
    Year& slot = calendar.years_[static_cast<std::size_t>(year.year - low->year)];
    if (slot.present) return badYear(year.year, "the year stands twice");
    slot = {year.version, year.low_confidence, true};
  }
  std::map<std::string, std::uint8_t> numbers;
  for (const auto& [key, text] : reasons) {
    calendar.reasons_.push_back(text);
    numbers[key] = static_cast<std::uint8_t>(calendar.reasons_.size());
  }
  const sys_days end(std::chrono::year(high->year + 1) / 1 / 1);
  calendar.reason_of_day_.assign(static_cast<std::size_t>((end - calendar.first_).count()), 0);
  for (const auto& year : years) {
    for (const auto& day : year.days_off) {
      const auto index = static_cast<std::size_t>(calendar.indexOf(day.date));
      calendar.reason_of_day_[index] = numbers[day.reason];
    }
  }
  calendar.fill(years);
  return calendar;
}

void Calendar::fill(const std::vector<CalendarYear>& years) {
  const std::size_t size = reason_of_day_.size();
  std::vector<bool> worked(size, false);
  for (const auto& year : years) {
    for (const Date day : year.working_days) worked[static_cast<std::size_t>(indexOf(day))] = true;
  }
  working_before_.assign(size + 1, 0);
  missing_before_.assign(size + 1, 0);
  for (std::size_t i = 0; i < size; ++i) {
    const sys_days day = first_ + days(static_cast<int>(i));
    const bool present = hasYear(yearOf(Date(day)));
    const bool working = present && (worked[i] || (!isWeekend(day) && reason_of_day_[i] == 0));
    if (working) working_list_.push_back(static_cast<std::int32_t>(i));
    working_before_[i + 1] = working_before_[i] + (working ? 1 : 0);
    missing_before_[i + 1] = missing_before_[i] + (present ? 0 : 1);
  }
}

int Calendar::firstYear() const { return yearOf(Date(first_)); }
int Calendar::lastYear() const { return firstYear() + static_cast<int>(years_.size()) - 1; }

bool Calendar::hasYear(int year) const {
  return year >= firstYear() && year <= lastYear() &&
         years_[static_cast<std::size_t>(year - firstYear())].present;
}

int Calendar::indexOf(Date day) const { return static_cast<int>((sys_days(day) - first_).count()); }
Date Calendar::dateAt(int index) const { return Date(first_ + days(index)); }
bool Calendar::inTable(int index) const {
  return index >= 0 && index < static_cast<int>(reason_of_day_.size());
}

Status Calendar::missing(int index) const {
  return Status::failure(kMissing, kMissingText + std::to_string(yearOf(dateAt(index))));
}

std::optional<int> Calendar::missingYear(const Error& error) {
  if (error.code != kMissing || !error.text.starts_with(kMissingText)) return std::nullopt;
  int year = 0;
  const char* from = error.text.data() + kMissingText.size();
  const char* end = error.text.data() + error.text.size();
  const auto read = std::from_chars(from, end, year);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return year;
}

// Success if every day of [from, until] has data; names the first year that has none.
Status Calendar::missingBetween(int from, int until) const {
  if (!inTable(from)) return missing(from);
  if (!inTable(until)) return missing(until);
  const auto low = static_cast<std::size_t>(std::min(from, until));
  const auto high = static_cast<std::size_t>(std::max(from, until));
  if (missing_before_[high + 1] == missing_before_[low]) return {};
  const auto gap = std::upper_bound(missing_before_.begin() + static_cast<std::ptrdiff_t>(low),
                                    missing_before_.end(), missing_before_[low]);
  return missing(static_cast<int>(gap - missing_before_.begin()) - 1);
}

Result<bool> Calendar::isWorkingDay(Date day) const {
  const int index = indexOf(day);
  if (const Status status = missingBetween(index, index); !status) return status;
  const auto i = static_cast<std::size_t>(index);
  return working_before_[i + 1] != working_before_[i];
}

Result<Date> Calendar::workingDayOnOrAfter(Date day) const {
  return addWorkingDays(day, 1, FirstDay::kSameDay);
}

Result<Date> Calendar::nextWorkingDay(Date day) const {
  return addWorkingDays(day, 1, FirstDay::kNextDay);
}

Result<Date> Calendar::addWorkingDays(Date event, int count, FirstDay first) const {
  if (count < 1 || count > kCountMax) return badCount();
  const int index = indexOf(event);
  if (const Status status = missingBetween(index, index); !status) return status;
  const int start = index + (first == FirstDay::kNextDay ? 1 : 0);
  const int rank = working_before_[static_cast<std::size_t>(start)] + count - 1;
  if (rank >= static_cast<int>(working_list_.size())) {
    // The first gap on the way, or else the year after the table.
    const int end = static_cast<int>(reason_of_day_.size());
    if (const Status status = missingBetween(index, end - 1); !status) return status;
    return missing(end);
  }
  const int found = working_list_[static_cast<std::size_t>(rank)];
  if (const Status status = missingBetween(index, found); !status) return status;
  return dateAt(found);
}

Result<Date> Calendar::subtractWorkingDays(Date event, int count) const {
  if (count < 1 || count > kCountMax) return badCount();
  const int index = indexOf(event);
  if (const Status status = missingBetween(index, index); !status) return status;
  const int rank = working_before_[static_cast<std::size_t>(index)] - count;
  if (rank < 0) return missing(-1);
  const int found = working_list_[static_cast<std::size_t>(rank)];
  if (const Status status = missingBetween(index, found); !status) return status;
  return dateAt(found);
}

Result<Date> Calendar::addCalendarDays(Date event, int count, FirstDay first) const {
  if (count < 1 || count > kCountMax) return badCount();
  const int last = indexOf(event) + count - (first == FirstDay::kSameDay ? 1 : 0);
  return workingDayOnOrAfter(dateAt(last));
}

Result<Date> Calendar::addMonths(Date event, int count) const {
  if (count < 1 || count > kCountMax) return badCount();
  const auto month = event.year() / event.month() + std::chrono::months(count);
  const Date last_day = month / std::chrono::last;
  return workingDayOnOrAfter(std::min(Date(month / event.day()), last_day));
}

Result<int> Calendar::workingDaysBetween(Date after, Date until) const {
  const int from = indexOf(after);
  const int to = indexOf(until);
  if (const Status status = missingBetween(from, to); !status) return status;
  return working_before_[static_cast<std::size_t>(to + 1)] -
         working_before_[static_cast<std::size_t>(from + 1)];
}

Result<int> Calendar::workingDaysInYear(int year) const {
  const int from = indexOf(std::chrono::year(year) / 1 / 1);
  const int to = indexOf(std::chrono::year(year) / 12 / 31);
  if (const Status status = missingBetween(from, to); !status) return status;
  return working_before_[static_cast<std::size_t>(to + 1)] -
         working_before_[static_cast<std::size_t>(from)];
}

const LocalText* Calendar::reason(Date day) const {
  const int index = indexOf(day);
  if (!inTable(index)) return nullptr;
  const std::uint8_t number = reason_of_day_[static_cast<std::size_t>(index)];
  return number == 0 ? nullptr : &reasons_[number - 1U];
}

std::string Calendar::version(Date from, Date until) const {
  std::string text;
  for (int year = yearOf(std::min(from, until)); year <= yearOf(std::max(from, until)); ++year) {
    if (!hasYear(year)) continue;
    if (!text.empty()) text += '+';
    text += years_[static_cast<std::size_t>(year - firstYear())].version;
  }
  return text;
}

bool Calendar::lowConfidence(Date from, Date until) const {
  for (int year = yearOf(std::min(from, until)); year <= yearOf(std::max(from, until)); ++year) {
    if (hasYear(year) && years_[static_cast<std::size_t>(year - firstYear())].low_confidence) {
      return true;
    }
  }
  return false;
}

}  // namespace hub::rules
