#include "hub/exchange/clock_rows.h"

#include <algorithm>

#include "hub/base/log.h"
#include "hub/base/metrics.h"

namespace hub::exchange {
namespace {

// Of clocks that were opened before their zone was kept.
const std::string kRegistrarZone = "Asia/Almaty";

std::string dayKindName(rules::DayKind kind) {
  switch (kind) {
    case rules::DayKind::kWorking:
      return "working";
    case rules::DayKind::kCalendar:
      return "calendar";
    case rules::DayKind::kMonths:
      return "months";
  }
  return "working";
}

}  // namespace

store::ClockRow clockRow(store::RowId appeal, const rules::Clock& clock, std::string_view status) {
  store::ClockRow row;
  row.appeal = appeal;
  row.name = clock.name;
  row.rule_id = clock.rule_id;
  row.rule_version = clock.rule_version;
  row.law = clock.law;
  row.article = clock.article;
  row.day_kind = dayKindName(clock.day_kind);
  row.first_day = clock.first_day == rules::FirstDay::kSameDay ? "same_day" : "next_day";
  row.start_event = clock.start_event;
  row.length = clock.length;
  row.start_at = clock.start_at;
  if (clock.due_date) row.due_date = formatDate(*clock.due_date);
  row.calendar_version = clock.calendar_version;
  row.status = status;
  row.explanation = clock.problem;
  row.zone = clock.zone;
  row.cut_off_minute = clock.cut_off_minute;
  return row;
}

model::Clock modelClock(const store::ClockRow& row) {
  model::Clock out;
  out.purpose = row.name;
  out.rule_id = row.rule_id;
  out.rule_version = row.rule_version;
  out.law = row.law;
  out.article = row.article;
  out.day_kind = row.day_kind;
  out.length = row.length;
  out.first_day = row.first_day;
  out.start_event = row.start_event;
  out.start_at = formatInstant(row.start_at);
  out.due_date = row.due_date;
  out.calendar_version = row.calendar_version;
  out.status = row.status;
  return out;
}

void alarmIfUnknown(const store::ClockRow& row, const std::string& correlation_id) {
  if (!row.due_date.empty()) return;
  logError("clock.unknown", {{"clock", row.name},
                             {"rule", row.rule_id},
                             {"code", row.explanation},
                             {"correlation_id", correlation_id}});
  metrics::count("hub_clocks_unknown_total", "Terms without a due date: calendar missing.",
                 {{"clock", row.name}});
}

bool isOpen(const store::ClockRow& row) {
  return row.status == "running" || row.status == "unknown";
}

std::string ending(const store::ClockRow& row, std::string_view day) {
  if (row.due_date.empty()) return "cancelled";
  return day > row.due_date ? "missed" : "met";
}

std::string clockDay(const store::ClockRow& row, Instant at) {
  auto local = toLocal(at, row.zone.empty() ? kRegistrarZone : row.zone);
  return local.ok() ? formatDate(local->date) : std::string();
}

bool isNamedDay(const store::ClockRow& row) {
  const auto& why = row.explanation;
  if (why.starts_with(kHeadDecided) || why.starts_with(kBodyDecided)) return true;
  return row.length == 0 && row.rule_id == row.start_event;
}

std::string latestDay(const store::ClockRow& row) {
  if (!row.due_date.empty()) return row.due_date;
  constexpr std::chrono::days kDaysOffAtItsEnd(5);  // Nauryz with a weekend
  const auto start = toLocal(row.start_at, row.zone.empty() ? kRegistrarZone : row.zone);
  if (!start) return {};
  const Date event = start->date;
  Date end = Date(std::chrono::sys_days(event) +
                  std::chrono::days(row.day_kind == "working" ? 2 * row.length : row.length));
  if (row.day_kind == "months") {
    const auto month = event.year() / event.month() + std::chrono::months(row.length);
    end = std::min(Date(month / event.day()), Date(month / std::chrono::last));
  }
  return formatDate(Date(std::chrono::sys_days(end) + kDaysOffAtItsEnd));
}

rules::OpenClock openClock(const store::ClockRow& row) {
  return {row.name,        row.rule_version,   row.rule_id,  row.day_kind, row.first_day,
          row.start_event, row.length,         row.start_at, row.due_date, isNamedDay(row),
          row.zone,        row.cut_off_minute, !isOpen(row)};
}

}  // namespace hub::exchange
