// Time: UTC instants in microseconds, calendar dates, RFC 3339 text, IANA zones, and the clock port.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "hub/base/status.h"

namespace hub {

// Microseconds since 1970-01-01T00:00:00Z.
using Instant = std::chrono::sys_time<std::chrono::microseconds>;
// A calendar day without zone.
using Date = std::chrono::year_month_day;

// "2026-03-17T10:00:00.123456Z"; the fraction is left out when zero.
std::string formatInstant(Instant at);
// Accepts RFC 3339 with 'Z' or an offset, fraction of 0–6 digits; years 1900–2199.
// Failure: "base.bad_timestamp".
Result<Instant> parseInstant(std::string_view text);
// "2026-03-17".
std::string formatDate(Date date);
// Failure: "base.bad_date" (shape or impossible day such as 30 February).
Result<Date> parseDate(std::string_view text);
// Local date and minute of the day of `at` in an IANA zone ("Asia/Almaty"), by the system's tz
// database (package tzdata, 2024a or newer).
struct LocalTime {
  Date date;
  int minute_of_day = 0;
};
// Failure: "base.unknown_zone".
Result<LocalTime> toLocal(Instant at, const std::string& zone);
// The first instant of a local day plus minutes. Failure: "base.unknown_zone".
Result<Instant> fromLocal(Date date, int minute_of_day, const std::string& zone);

// What people write: "2026-03-17T10:00+05:00", with seconds or without, a space for the T; without
// an offset a local time of `zone`; a date alone is the beginning of that local day. Failure:
// "base.bad_timestamp", "base.bad_date", "base.unknown_zone", "base.ambiguous_time" for a local time
// that was twice or never, since clocks were moved.
Result<Instant> parseWhen(std::string_view text, const std::string& zone);

// The clock port. Implementations are safe from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
};
// The machine's clock.
const Clock& systemClock();
// A clock a test sets by hand.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Instant start) : micros_(start.time_since_epoch().count()) {}
  Instant now() const override { return Instant(std::chrono::microseconds(micros_.load())); }
  void set(Instant at) { micros_ = at.time_since_epoch().count(); }
  void advance(std::chrono::microseconds by) { micros_ += by.count(); }

 private:
  std::atomic<std::int64_t> micros_;
};

}  // namespace hub
