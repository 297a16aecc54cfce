#include "hub/rules/recount.h"

#include "hub/rules/deadlines.h"

namespace hub::rules {
namespace {

const RuleData* ruleOf(const LawBook& book, const OpenTerm& term) {
  for (const Rule& rule : book.rules()) {
    if (rule.data->id == term.rule_id && rule.table->version == term.rule_version) return rule.data;
  }
  return nullptr;
}

DayKind dayKindOf(const std::string& name) {
  if (name == "calendar") return DayKind::kCalendar;
  return name == "months" ? DayKind::kMonths : DayKind::kWorking;
}

}  // namespace

Result<Recount> recount(const LawBook& book, const OpenTerm& term) {
  const Calendar& calendar = book.calendar();
  const RuleData* rule = ruleOf(book, term);
  Counting counting{term.day_kind, term.length, term.first_day, rule != nullptr && rule->back};
  Date from = term.start_date;
  const int closes =
      term.cut_off_minute > 0 ? term.cut_off_minute : book.data().default_closes_minute;
  if (rule != nullptr && rule->cut_off && term.start_minute >= closes) {
    from = Date(std::chrono::sys_days(from) + std::chrono::days(1));
  }
  const auto due = countTerm(calendar, counting, from);
  if (!due && due.error().code != "rules.calendar_missing") return due.status();
  Recount out;
  if (due) out.due_date = *due;
  out.calendar_version = calendar.version(term.start_date, due ? *due : from);
  return out;
}

std::vector<std::optional<Recount>> recountAppeal(
    const LawBook& book, const std::vector<OpenClock>& clocks,
    const std::function<void(const OpenClock&, const Error&)>& failed) {
  std::vector<std::optional<Recount>> out(clocks.size());
  std::optional<Date> registered;
  for (std::size_t i = 0; i < clocks.size(); ++i) {
    const OpenClock& clock = clocks[i];
    if (clock.named_day) continue;
    const auto start = toLocal(clock.start_at, book.data().default_zone);
    if (!start) {
      failed(clock, start.error());
      continue;
    }
    OpenTerm term{clock.rule_version, clock.rule_id, dayKindOf(clock.day_kind), clock.length,
                  FirstDay::kNextDay, start->date,   start->minute_of_day,      0};
    if (clock.first_day == "same_day") term.first_day = FirstDay::kSameDay;
    if (registered && clock.start_event == "registration") term.start_date = *registered;
    auto counted = recount(book, term);
    if (!counted) {
      failed(clock, counted.error());
      continue;
    }
    const bool moved =
        clock.due_date != (counted->due_date ? formatDate(*counted->due_date) : std::string());
    if (clock.name == "register" && moved && counted->due_date) registered = *counted->due_date;
    out[i] = std::move(*counted);
  }
  return out;
}

}  // namespace hub::rules
