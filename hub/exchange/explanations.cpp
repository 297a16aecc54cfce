#include "hub/exchange/explanations.h"

#include <map>
#include <sstream>

#include "hub/base/log.h"
#include "hub/base/text.h"
#include "hub/exchange/clock_rows.h"
#include "hub/exchange/named_term.h"
#include "hub/rules/recount.h"

namespace hub::exchange {
namespace {

std::string writtenDays(const rules::CalendarYear& year) {
  std::string text = year.low_confidence ? "low\n" : "";
  for (const auto& day : year.days_off)
    text += "off " + formatDate(day.date) + " " + day.reason + "\n";
  for (const Date day : year.working_days) text += "worked " + formatDate(day) + "\n";
  return text;
}

rules::CalendarYear readDays(const store::CalendarRow& row) {
  rules::CalendarYear year;
  year.year = row.year;
  year.version = row.version;
  std::istringstream lines(row.days);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string what, day, reason;
    words >> what >> day >> reason;
    const auto date = parseDate(day);
    if (what == "low") year.low_confidence = true;
    if (what == "off" && date.ok()) year.days_off.push_back({*date, reason});
    if (what == "worked" && date.ok()) year.working_days.push_back(*date);
  }
  return year;
}

// The book's calendar with the named versions of the years from `first` on; absent if one was not kept.
Result<std::optional<rules::Calendar>> keptCalendar(store::Store& store, const rules::LawBook& law,
                                                    int first, const std::string& versions) {
  std::map<int, rules::CalendarYear> years;
  for (const auto& year : law.data().years) years[year.year] = year;
  auto reasons = law.data().day_off_reasons;
  int number = first;
  for (const auto& version : split(versions, '+')) {
    auto row = store.calendar(number, version);
    if (!row) return row.status();
    if (!row->has_value()) return std::optional<rules::Calendar>();
    auto year = readDays(**row);
    for (const auto& day : year.days_off) {
      reasons.try_emplace(day.reason, rules::LocalText{day.reason, day.reason, day.reason});
    }
    years[number++] = std::move(year);
  }
  std::vector<rules::CalendarYear> list;
  for (auto& [_, year] : years) list.push_back(std::move(year));
  auto calendar = rules::Calendar::build(list, reasons);
  if (!calendar) return std::optional<rules::Calendar>();
  return std::optional<rules::Calendar>(std::move(*calendar));
}

struct Span {
  Date from, until;
};
std::optional<Span> spanOf(const store::ClockRow& clock) {
  const auto start = parseDate(clockDay(clock, clock.start_at));
  const auto due = parseDate(clock.due_date);
  if (!start || !due) return std::nullopt;
  return Span{std::min(*start, *due), std::max(*start, *due)};
}

}  // namespace

Status keepCalendars(store::Store& store, const rules::LawBook& law) {
  std::vector<store::CalendarRow> fresh;
  for (const auto& year : law.data().years) {
    store::CalendarRow row{year.year, year.version, writtenDays(year)};
    auto known = store.calendar(row.year, row.version);
    if (!known) return known.status();
    if (!known->has_value()) {
      fresh.push_back(std::move(row));
    } else if ((*known)->days != row.days) {
      logError("law.calendar_version_reused",
               {{"year", static_cast<long long>(row.year)}, {"version", row.version}});
    }
  }
  if (fresh.empty()) return {};
  return store.write([&](store::Tx& tx) -> Status {
    for (const auto& row : fresh) {
      if (auto s = tx.addCalendar(row); !s) return s;
    }
    return {};
  });
}

Result<std::vector<rules::LocalText>> explainClocks(store::Store& store, const rules::LawBook& law,
                                                    const std::vector<store::ClockRow>& clocks) {
  std::vector<rules::LocalText> texts;
  std::map<std::pair<int, std::string>, std::optional<rules::Calendar>> kept;
  const auto calendarOf = [&](Date from,
                              const std::string& versions) -> Result<const rules::Calendar*> {
    const std::pair key(static_cast<int>(from.year()), versions);
    auto found = kept.find(key);
    if (found == kept.end()) {
      auto calendar = keptCalendar(store, law, key.first, key.second);
      if (!calendar) return calendar.status();
      found = kept.emplace(key, std::move(*calendar)).first;
    }
    return found->second ? &*found->second : nullptr;
  };
  for (const auto& clock : clocks) {
    const auto open = openClock(clock);
    std::optional<rules::LocalText> text;
    const auto by = [&](const rules::Calendar& calendar) {
      if (!text) text = rules::explainKept(law, calendar, open, clock.law, clock.article);
    };
    const auto span = spanOf(clock);
    const bool dated = span && !open.named_day && !clock.calendar_version.empty();
    // Of another version the day may be the same, and the days before it others.
    const bool same =
        !dated || law.calendar().version(span->from, span->until) == clock.calendar_version;
    if (same) by(law.calendar());
    if (!text && dated) {
      auto calendar = calendarOf(span->from, clock.calendar_version);
      if (!calendar) return calendar.status();
      if (*calendar != nullptr) by(**calendar);
    }
    by(law.calendar());
    texts.push_back(text ? std::move(*text)
                         : rules::explainUndayed(law, open, clock.law, clock.article));
    const auto moved = whyMoved(dayOffIn(clock.explanation));
    if (moved.en.empty()) continue;
    texts.back().kk += "\n" + moved.kk + ".";
    texts.back().ru += "\n" + moved.ru + ".";
    texts.back().en += "\n" + moved.en + ".";
  }
  return texts;
}

}  // namespace hub::exchange
