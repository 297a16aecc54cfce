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

}  // namespace hub::rules
