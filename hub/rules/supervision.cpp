#include "hub/rules/supervision.h"

#include <algorithm>
#include <map>

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

// The value below which the part of the sorted list lies; the lower of two middles.
std::optional<int> quantile(const std::vector<int>& sorted, int percent) {
  if (sorted.empty()) return std::nullopt;
  const std::size_t rank = (sorted.size() * static_cast<std::size_t>(percent) + 99) / 100;
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

}  // namespace

Result<std::vector<PressingCase>> pressing(const std::vector<CaseFact>& facts, Date today,
                                           int days_max, const Calendar& calendar) {
  std::vector<PressingCase> out;
  for (const auto& fact : facts) {
    if (fact.decided || !fact.due) continue;
    const auto left = calendar.workingDaysBetween(today, *fact.due);
    if (!left) return left.status();
    const bool overdue = *fact.due < today;
    if (!overdue && *left > days_max) continue;
    // Due last Friday, today is Saturday: late although no working day has passed.
    out.push_back({fact, overdue ? std::min(*left, -1) : *left});
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    if (*a.fact.due != *b.fact.due) return *a.fact.due < *b.fact.due;
    return a.fact.reg_number < b.fact.reg_number;
  });
  return out;
}

Result<std::vector<DisciplineRow>> discipline(
    const std::vector<CaseFact>& facts, Date today, const Calendar& calendar,
    const std::function<std::string(const CaseFact&)>& group_of) {
  std::map<std::string, std::pair<DisciplineRow, std::vector<int>>> groups;
  for (const auto& fact : facts) {
    const std::string name = group_of(fact);
    auto& [row, days] = groups[name];
    row.group = name;
    ++row.received;
    row.extended += fact.extended ? 1 : 0;
    row.deemed_refused += fact.outcome == "deemed_refused" ? 1 : 0;
    if (fact.due && *fact.due < fact.decided.value_or(today)) ++row.late;
    if (!fact.decided) {
      ++row.running;
      continue;
    }
    ++row.decided;
    const auto took = calendar.workingDaysBetween(fact.registered, *fact.decided);
    if (!took) return took.status();
    days.push_back(std::max(0, *took));
  }
  std::vector<DisciplineRow> out;
  for (auto& [name, group] : groups) {
    auto& [row, days] = group;
    std::sort(days.begin(), days.end());
    row.median_days = quantile(days, 50);
    row.p90_days = quantile(days, 90);
    out.push_back(row);
  }
  return out;
}

std::string csvCell(std::string_view text) {
  std::string cell(text);
  if (!cell.empty() && std::string_view("=+-@\t\r").find(cell[0]) != std::string_view::npos) {
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
  std::string out = lineOf({"reg_number", "hub_id", "kind", "topic", "body", "executor", "kato",
                            "state", "registered", "due", "overdue", "working_days"});
  for (const auto& one : cases) {
    const CaseFact& fact = one.fact;
    const bool overdue = one.working_days_left < 0;
    out += lineOf({fact.reg_number, fact.hub_id, fact.kind, fact.topic, fact.body, fact.executor,
                   fact.kato, fact.state, formatDate(fact.registered), dateOr(fact.due),
                   overdue ? "yes" : "no", std::to_string(std::abs(one.working_days_left))});
  }
  return out;
}

std::string disciplineCsv(const std::vector<DisciplineRow>& rows) {
  std::string out = lineOf({"group", "received", "decided", "running", "late", "extended",
                            "deemed_refused", "median_working_days", "p90_working_days"});
  for (const auto& row : rows) {
    out += lineOf({row.group, std::to_string(row.received), std::to_string(row.decided),
                   std::to_string(row.running), std::to_string(row.late),
                   std::to_string(row.extended), std::to_string(row.deemed_refused),
                   numberOr(row.median_days), numberOr(row.p90_days)});
  }
  return out;
}

}  // namespace hub::rules
