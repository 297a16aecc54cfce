#include "hub/base/time.h"

#include <date/tz.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <exception>

namespace hub {
namespace {

using namespace std::chrono;

Status badTimestamp() {
  return Status::failure("base.bad_timestamp", "not an RFC 3339 date and time");
}

// Reads exactly `count` digits at `at`; -1 if they are not there.
int digits(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) return -1;
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

Result<Date> dateAt(std::string_view text) {
  int y = digits(text, 0, 4), m = digits(text, 5, 2), d = digits(text, 8, 2);
  if (text.size() < 10 || text[4] != '-' || text[7] != '-' || y < 1800 || y > 2199 || m < 0 ||
      d < 0) {
    return Status::failure("base.bad_date", "a date is written YYYY-MM-DD");
  }
  Date date{year{y}, month{static_cast<unsigned>(m)}, day{static_cast<unsigned>(d)}};
  if (!date.ok()) return Status::failure("base.bad_date", "there is no such day in the calendar");
  return date;
}

// Fraction and offset after "hh:mm:ss"; adds both to `at`.
Result<Instant> withTail(Instant at, std::string_view tail) {
  if (!tail.empty() && tail[0] == '.') {
    std::size_t i = 1;
    std::int64_t micros = 0, scale = 100'000;
    while (i < tail.size() && tail[i] >= '0' && tail[i] <= '9') {
      micros += (tail[i] - '0') * scale;
      scale /= 10;
      ++i;
    }
    if (i == 1 || i > 10) return badTimestamp();
    at += microseconds(micros);
    tail.remove_prefix(i);
  }
  if (tail == "Z" || tail == "z") return at;
  int hours_off = digits(tail, 1, 2), minutes_off = digits(tail, 4, 2);
  if (tail.size() != 6 || (tail[0] != '+' && tail[0] != '-') || tail[3] != ':' || hours_off < 0 ||
      hours_off > 18 || minutes_off < 0 || minutes_off > 59) {
    return badTimestamp();
  }
  auto offset = minutes(hours_off * 60 + minutes_off);
  return tail[0] == '+' ? at - offset : at + offset;
}

// The system's tz database (package tzdata): ICU 72 carries its own from 2022, which does not know
// that the country has had one zone since 01.03.2024. The library caches zones and locks inside.
const date::time_zone* findZone(const std::string& name) {
  try {
    return date::locate_zone(name);
  } catch (const std::exception&) {
    return nullptr;
  }
}

Status unknownZone(const std::string& zone) {
  return Status::failure("base.unknown_zone", "unknown time zone '" + zone + "'");
}

// With leading zeros to at least `width` digits.
void appendNumber(std::string& out, unsigned value, std::size_t width) {
  std::array<char, 10> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  const auto length = static_cast<std::size_t>(end - digits.data());
  if (length < width) out.append(width - length, '0');
  out.append(digits.data(), length);
}

class SystemClock final : public Clock {
 public:
  Instant now() const override { return floor<microseconds>(system_clock::now()); }
};

}  // namespace

std::string formatInstant(Instant at) {
  const auto day_point = floor<days>(at);
  const auto rest = (at - day_point).count();
  const auto fraction = static_cast<unsigned>(rest % 1'000'000);
  const auto second = static_cast<unsigned>(rest / 1'000'000);
  std::string text = formatDate(Date{day_point});
  text.reserve(32);
  text += 'T';
  appendNumber(text, second / 3600, 2);
  text += ':';
  appendNumber(text, second / 60 % 60, 2);
  text += ':';
  appendNumber(text, second % 60, 2);
  if (fraction != 0) {
    text += '.';
    appendNumber(text, fraction, 6);
  }
  return text += 'Z';
}

Result<Instant> parseInstant(std::string_view text) {
  if (text.size() < 20 || (text[10] != 'T' && text[10] != 't')) return badTimestamp();
  auto date = dateAt(text);
  int h = digits(text, 11, 2), m = digits(text, 14, 2), s = digits(text, 17, 2);
  if (!date || text[13] != ':' || text[16] != ':' || h < 0 || h > 23 || m < 0 || m > 59 || s < 0 ||
      s > 59) {
    return badTimestamp();
  }
  Instant at = sys_days(*date) + hours(h) + minutes(m) + seconds(s);
  return withTail(at, text.substr(19));
}

std::string formatDate(Date date) {
  const int year = static_cast<int>(date.year());
  std::string text;
  if (year < 0) text += '-';
  appendNumber(text, static_cast<unsigned>(std::abs(year)), 4);
  text += '-';
  appendNumber(text, static_cast<unsigned>(date.month()), 2);
  text += '-';
  appendNumber(text, static_cast<unsigned>(date.day()), 2);
  return text;
}

Result<Date> parseDate(std::string_view text) {
  if (text.size() != 10) {
    return Status::failure("base.bad_date", "a date is written YYYY-MM-DD");
  }
  return dateAt(text);
}

Result<LocalTime> toLocal(Instant at, const std::string& zone_name) {
  const date::time_zone* zone = findZone(zone_name);
  if (!zone) return unknownZone(zone_name);
  auto local = at + zone->get_info(floor<seconds>(at)).offset;
  auto day_point = floor<days>(local);
  return LocalTime{Date{day_point}, static_cast<int>(floor<minutes>(local - day_point).count())};
}

Result<Instant> fromLocal(Date date, int minute_of_day, const std::string& zone_name) {
  const date::time_zone* zone = findZone(zone_name);
  if (!zone) return unknownZone(zone_name);
  Instant wall = sys_days(date) + minutes(minute_of_day);
  date::local_seconds local{floor<seconds>(wall).time_since_epoch()};
  // A wall time that happens twice is read as its first, one that never happens by the earlier offset.
  return wall - zone->get_info(local).first.offset;
}

const Clock& systemClock() {
  static const SystemClock clock;
  return clock;
}

Result<Instant> parseWhen(std::string_view text, const std::string& zone_name) {
  auto date = dateAt(text);
  if (!date) return date.status();
  std::string_view rest = text.substr(10);
  int h = 0, m = 0, s = 0;
  if (!rest.empty()) {
    h = digits(rest, 1, 2), m = digits(rest, 4, 2);
    const bool shape = (rest[0] == 'T' || rest[0] == 't' || rest[0] == ' ') && rest.size() >= 6 &&
                       rest[3] == ':' && h >= 0 && h <= 23 && m >= 0 && m <= 59;
    if (!shape) return badTimestamp();
    rest.remove_prefix(6);
    if (!rest.empty() && rest[0] == ':') {
      s = digits(rest, 1, 2);
      if (s < 0 || s > 59) return badTimestamp();
      rest.remove_prefix(3);
    }
  }
  const auto local = sys_days(*date) + hours(h) + minutes(m) + seconds(s);
  if (!rest.empty()) return withTail(Instant(local), rest);
  const date::time_zone* zone = findZone(zone_name);
  if (!zone) return unknownZone(zone_name);
  const auto info = zone->get_info(date::local_seconds(floor<seconds>(local.time_since_epoch())));
  if (info.result != date::local_info::unique) {
    return Status::failure("base.ambiguous_time",
                           "clocks were moved then: this local time was twice or never; give the "
                           "offset from UTC");
  }
  return Instant(local - info.first.offset);
}

}  // namespace hub
