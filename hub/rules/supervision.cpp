#include "hub/rules/supervision.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace hub::rules {
namespace {

std::string lineOf(std::initializer_list<std::string> cells) {
  std::string out;
  bool first = true;
  for (const auto& cell : cells) {
    if (!first) out += ',';
    first = false;
    out += csvCell(cell);
  }
  return out + "\r\n";
}

std::string dateOr(const std::optional<Date>& date) { return date ? formatDate(*date) : ""; }
std::string numberOr(const std::optional<int>& number) {
  return number ? std::to_string(*number) : "";
}

// The value at which that part of the counted ones is reached; the lower of two middles.
std::optional<int> quantile(const std::map<int, std::int64_t>& counted, std::int64_t all,
                            int percent) {
  const std::int64_t rank = std::max<std::int64_t>((all * percent + 99) / 100, 1);
  std::int64_t passed = 0;
  for (const auto& [value, count] : counted) {
    passed += count;
    if (passed >= rank) return value;
  }
  return std::nullopt;
}

}  // namespace

std::vector<PressingCase> pressing(const std::vector<CaseFact>& facts, Date today, int days_max,
                                   const Calendar& calendar) {
  std::vector<PressingCase> out;
  for (const auto& fact : facts) {
    if (fact.decided) continue;
    if (!fact.due) {
      out.push_back({fact, std::nullopt, false});
      continue;
    }
    const auto left = calendar.workingDaysBetween(today, *fact.due);
    const bool overdue = *fact.due < today;
    // Without a calendar: working days are never more than days.
    const auto days = std::chrono::sys_days(*fact.due) - std::chrono::sys_days(today);
    if (!overdue && (left ? *left : static_cast<int>(days.count())) > days_max) continue;
    std::optional<int> days_left;
    // Due last Friday, today is Saturday: late although no working day has passed.
    if (left) days_left = overdue ? std::min(*left, -1) : *left;
    out.push_back({fact, days_left, overdue});
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    if (a.fact.due != b.fact.due) return a.fact.due < b.fact.due;  // unknown ones first
    return std::tie(a.fact.reg_number, a.fact.sub_order) <
           std::tie(b.fact.reg_number, b.fact.sub_order);
  });
  return out;
}

std::string DisciplineRow::latePercent() const {
  const std::int64_t tenths = received > 0 ? (late * 2000 + received) / (received * 2) : 0;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

void Discipline::add(const std::string& group, const CaseFact& fact) {
  auto& [row, timed, days] = groups_[group];
  ++row.received;
  row.extended += fact.extended ? 1 : 0;
  if (fact.due && !fact.term_met && *fact.due < fact.decided.value_or(today_)) ++row.late;
  if (!fact.decided) {
    ++row.running;
    return;
  }
  ++row.decided;
  const auto took = calendar_.workingDaysBetween(fact.registered, *fact.decided);
  if (!took) return;
  ++timed;
  ++days[std::max(0, *took)];
}

std::vector<DisciplineRow> Discipline::rows() const {
  std::vector<DisciplineRow> out;
  for (const auto& [name, group] : groups_) {
    DisciplineRow row = group.row;
    row.group = name;
    row.median_days = quantile(group.days, group.timed, 50);
    row.p90_days = quantile(group.days, group.timed, 90);
    out.push_back(std::move(row));
  }
  return out;
}

std::vector<DisciplineRow> discipline(const std::vector<CaseFact>& facts, Date today,
                                      const Calendar& calendar,
                                      const std::function<std::string(const CaseFact&)>& group_of) {
  Discipline counted(today, calendar);
  for (const auto& fact : facts) {
    counted.add(group_of(fact), fact);
  }
  return counted.rows();
}

std::string csvCell(std::string_view text) {
  std::string cell(text);
  // A telephone number, or several, calls nothing.
  const bool number =
      cell.starts_with('+') && cell.find_first_not_of("+0123456789 ()-;") == std::string::npos;
  if (!number && !cell.empty() &&
      std::string_view("=+-@\t\r").find(cell[0]) != std::string_view::npos) {
    cell.insert(cell.begin(), '\'');
  }
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  std::string quoted = "\"";
  for (const char c : cell) {
    quoted += c;
    if (c == '"') quoted += c;
  }
  return quoted + "\"";
}

std::string pressingCsv(const std::vector<PressingCase>& cases) {
  std::string out =
      lineOf({"reg_number", "hub_id", "kind", "topic", "body", "executor", "kato", "state",
              "registered", "clock", "due", "overdue", "working_days", "sub_order"});
  for (const auto& one : cases) {
    const CaseFact& fact = one.fact;
    const char* overdue = !fact.due ? "unknown" : one.overdue ? "yes" : "no";
    out += lineOf({fact.reg_number, fact.hub_id, fact.kind, fact.topic, fact.body, fact.executor,
                   fact.kato, fact.state, formatDate(fact.registered), fact.clock, dateOr(fact.due),
                   overdue,
                   one.working_days_left ? std::to_string(std::abs(*one.working_days_left)) : "",
                   fact.sub_order > 0 ? std::to_string(fact.sub_order) : ""});
  }
  return out;
}

std::string disciplineCsv(const std::vector<DisciplineRow>& rows) {
  std::string out = lineOf({"group", "received", "decided", "running", "late", "late_percent",
                            "breaches", "extended", "deemed_refused", "median_working_days",
                            "p90_working_days", "late_sub_orders"});
  for (const auto& row : rows) {
    out += lineOf({row.group, std::to_string(row.received), std::to_string(row.decided),
                   std::to_string(row.running), std::to_string(row.late), row.latePercent(),
                   std::to_string(row.breaches), std::to_string(row.extended),
                   std::to_string(row.deemed_refused), numberOr(row.median_days),
                   numberOr(row.p90_days), std::to_string(row.late_sub_orders)});
  }
  return out;
}

}  // namespace hub::rules
