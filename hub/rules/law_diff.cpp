#include "hub/rules/law_diff.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <numeric>
#include <set>

#include "hub/base/text.h"
#include "hub/rules/law_rows.h"

namespace hub::rules {
namespace {

std::string joined(const std::map<std::string, std::string>& fields) {
  std::string out;
  for (const auto& [field, value] : fields) {
    out += (out.empty() ? "" : "; ") + (field.empty() ? value : field + ": " + value);
  }
  return out;
}

std::string valueOf(const LawRow& row, const std::string& field) {
  const auto found = row.fields.find(field);
  return found == row.fields.end() ? std::string() : found->second;
}

std::set<std::string> fieldsThatDiffer(const LawRow& from, const LawRow& to) {
  std::set<std::string> out;
  for (const auto& [field, value] : from.fields) {
    const auto now = to.fields.find(field);
    if (now == to.fields.end() || now->second != value) out.insert(field);
  }
  for (const auto& [field, value] : to.fields) {
    if (!from.fields.contains(field)) out.insert(field);
  }
  return out;
}

// Rows of one name: usually one on each side; an action, or a body reorganised, has several. Each goes
// with the one that is most like it.
struct Namesakes {
  std::vector<const LawRow*> from, to;

  std::string name(const std::vector<const LawRow*>& side, std::size_t place) const {
    const bool alone = from.size() <= 1 && to.size() <= 1;
    return side[place]->which + (alone ? "" : " #" + std::to_string(place + 1));
  }
  void compare(std::vector<LawChange>& out) const {
    std::vector<std::size_t> left_from(from.size()), left_to(to.size());
    std::iota(left_from.begin(), left_from.end(), 0U);
    std::iota(left_to.begin(), left_to.end(), 0U);
    std::map<std::size_t, std::size_t> pairs;
    while (!left_from.empty() && !left_to.empty()) {
      std::size_t best = SIZE_MAX, a = 0, b = 0;
      for (std::size_t i = 0; i < left_from.size(); ++i) {
        for (std::size_t j = 0; j < left_to.size(); ++j) {
          const auto count = fieldsThatDiffer(*from[left_from[i]], *to[left_to[j]]).size();
          if (count < best) best = count, a = i, b = j;
        }
      }
      pairs[left_from[a]] = left_to[b];
      left_from.erase(left_from.begin() + static_cast<std::ptrdiff_t>(a));
      left_to.erase(left_to.begin() + static_cast<std::ptrdiff_t>(b));
    }
    for (std::size_t i = 0; i < from.size(); ++i) {
      const LawRow& row = *from[i];
      const auto pair = pairs.find(i);
      if (pair == pairs.end()) {
        out.push_back({row.what, name(from, i), "removed", "", joined(row.fields), ""});
        continue;
      }
      const LawRow& now = *to[pair->second];
      for (const auto& field : fieldsThatDiffer(row, now)) {
        out.push_back(
            {row.what, name(from, i), "changed", field, valueOf(row, field), valueOf(now, field)});
      }
    }
    for (const std::size_t j : left_to) {
      out.push_back({to[j]->what, name(to, j), "added", "", "", joined(to[j]->fields)});
    }
  }
};

// By which names the rows of the tables of `to` are told: a table whose version was changed in its file
// keeps the name it had.
TableNames shownAs(const TableNames& from, const TableNames& to) {
  const auto has = [](const TableNames& names, const std::string& version) {
    return std::any_of(names.begin(), names.end(),
                       [&](const auto& name) { return name.second == version; });
  };
  TableNames out = to;
  for (auto& [file, version] : out) {
    const auto before = from.find(file);
    if (before == from.end() || has(from, version) || has(to, before->second)) continue;
    version = before->second;
  }
  return out;
}

std::map<std::string, std::string> datesOf(const std::vector<Clock>& clocks) {
  std::map<std::string, std::string> out;
  for (const auto& clock : clocks) {
    out[clock.name] = clock.due_date ? formatDate(*clock.due_date) : "unknown";
  }
  return out;
}

}  // namespace

Result<std::vector<LawChange>> lawDiff(const std::string& from, const std::string& to) {
  const auto old_names = tableNames(from);
  if (!old_names) return old_names.status();
  const auto new_names = tableNames(to);
  if (!new_names) return new_names.status();
  const auto before = lawRows(from, *old_names);
  if (!before) return before.status();
  const auto after = lawRows(to, shownAs(*old_names, *new_names));
  if (!after) return after.status();
  std::vector<Namesakes> groups;  // in the order of the files
  std::map<std::pair<std::string, std::string>, std::size_t> places;
  const auto group = [&](const LawRow& row) -> Namesakes& {
    const auto [place, is_new] = places.try_emplace({row.what, row.which}, groups.size());
    if (is_new) groups.emplace_back();
    return groups[place->second];
  };
  for (const auto& row : *before) group(row).from.push_back(&row);
  for (const auto& row : *after) group(row).to.push_back(&row);
  std::vector<LawChange> out;
  for (const auto& namesakes : groups) namesakes.compare(out);
  return out;
}

std::optional<OpenClock> underNewRule(const LawBook& to, const OpenClock& clock) {
  const RuleTable* table = nullptr;
  for (const auto& one : to.data().tables) {
    if (one.version == clock.rule_version) table = &one;
  }
  if (table == nullptr) return std::nullopt;
  // Of the same act, the wording that the new data have in force on the day of the event.
  const auto start =
      toLocal(clock.start_at, clock.zone.empty() ? to.data().default_zone : clock.zone);
  if (!start) return std::nullopt;
  const RuleData* found = nullptr;
  const RuleTable* of = nullptr;
  for (const auto& one : to.data().tables) {
    if (one.law_code != table->law_code || !one.validity.covers(start->date)) continue;
    for (const auto& rule : one.rules) {
      if (rule.id == clock.rule_id) found = &rule, of = &one;
    }
  }
  if (found == nullptr) return std::nullopt;
  static const char* kKinds[] = {"working", "calendar", "months"};
  OpenClock out = clock;
  out.rule_version = of->version;
  out.length = found->length;
  out.day_kind = kKinds[static_cast<int>(found->day_kind)];
  out.first_day = found->first_day == FirstDay::kSameDay ? "same_day" : "next_day";
  return out;
}

Result<BatchCounts> movedClocks(const LawBook& from, const LawBook& to, const LineReader& in,
                                const std::function<void(const MovedClock&)>& moved,
                                const std::function<void(std::int64_t, const Error&)>& refused) {
  return eachDeadlineRow(in, [&](std::int64_t number, const DeadlineRow& row) -> Status {
    const auto before = clocksOf(from, row, false);
    const auto after = clocksOf(to, row, false);
    for (const auto* side : {&before, &after}) {
      if (*side) continue;
      refused(number, side->error());
      return side->status();
    }
    const auto old_dates = datesOf(*before);
    const auto new_dates = datesOf(*after);
    for (const auto& [clock, date] : old_dates) {
      const auto now = new_dates.find(clock);
      const std::string due = now == new_dates.end() ? "" : now->second;
      if (due != date) moved({number, row.id, row.kind, clock, date, due, {}});
    }
    for (const auto& [clock, date] : new_dates) {
      if (!old_dates.contains(clock)) moved({number, row.id, row.kind, clock, "", date, {}});
    }
    return {};
  });
}

}  // namespace hub::rules
