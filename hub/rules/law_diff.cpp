#include "hub/rules/law_diff.h"

#include <map>

#include "hub/base/text.h"

namespace hub::rules {
namespace {

using Items = std::map<std::string, std::string>;  // which → what it says

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ",") + word;
  return out.empty() ? "*" : out;
}

std::string spanOf(const Validity& validity) {
  return formatDate(validity.from) + ".." + (validity.until ? formatDate(*validity.until) : "");
}

std::string termOf(const RuleData& rule) {
  static const char* kKinds[] = {"working", "calendar", "months"};
  std::string out = rule.clock + " art. " + rule.article + ": " + std::to_string(rule.length) +
                    " " + kKinds[static_cast<int>(rule.day_kind)];
  if (rule.back) out += " back";
  out += rule.first_day == FirstDay::kSameDay ? ", same day" : ", next day";
  out += ", from " + rule.start + (rule.opens_at_intake ? " (intake)" : "");
  if (rule.cut_off) out += ", closing hour";
  return out + "; kinds " + joined(rule.kinds) + "; procedures " + joined(rule.procedures) +
         "; special " + joined(rule.special) + "; levels " + joined(rule.levels);
}

void compare(const std::string& what, const Items& from, const Items& to,
             std::vector<LawChange>& out) {
  for (const auto& [which, before] : from) {
    const auto now = to.find(which);
    if (now == to.end()) {
      out.push_back({what, which, "removed", before, ""});
    } else if (now->second != before) {
      out.push_back({what, which, "changed", before, now->second});
    }
  }
  for (const auto& [which, after] : to) {
    if (!from.contains(which)) out.push_back({what, which, "added", "", after});
  }
}

Items tablesOf(const LawBook& book) {
  Items out;
  for (const auto& table : book.data().tables) {
    out[table.version] = table.law_code + " " + spanOf(table.validity) +
                         (table.low_confidence ? ", confidence low" : "");
  }
  return out;
}

Items rulesOf(const LawBook& book) {
  Items out;
  for (const auto& table : book.data().tables) {
    for (const auto& rule : table.rules) out[table.version + "/" + rule.id] = termOf(rule);
  }
  return out;
}

Items daysOf(const LawBook& book) {
  Items out;
  for (const auto& year : book.data().years) {
    for (const auto& day : year.days_off) out[formatDate(day.date)] = "off: " + day.reason;
    for (const auto day : year.working_days) out[formatDate(day)] = "worked";
  }
  return out;
}

Items yearsOf(const LawBook& book) {
  Items out;
  for (const auto& year : book.data().years) {
    out[std::to_string(year.year)] =
        "version " + year.version + (year.low_confidence ? ", confidence low" : "");
  }
  return out;
}

Items bodiesOf(const LawBook& book) {
  Items out;
  for (const auto& body : book.data().bodies) {
    out[body.bin + " " + formatDate(body.validity.from)] =
        body.alias + ", " + body.level + ", " + spanOf(body.validity) + ", kato " +
        joined(body.kato) + ", topics " + joined(body.topics) + ", higher " +
        (body.higher_body.empty() ? "-" : body.higher_body) + ", " + body.zone + ", closes " +
        std::to_string(body.closes_minute / 60) + ":" + (body.closes_minute % 60 < 10 ? "0" : "") +
        std::to_string(body.closes_minute % 60);
  }
  return out;
}

Items routingOf(const LawBook& book) {
  Items out;
  for (const auto& row : book.data().routing) {
    out[row.id] = joined(row.topics) + ", kato " + joined(row.kato) + ", kinds " +
                  joined(row.kinds) + " -> " + row.body + ", " + spanOf(row.validity);
  }
  return out;
}

Items placesOf(const LawBook& book) {
  Items out;
  for (const auto& region : book.data().regions) {
    out[region.code + " " + formatDate(region.validity.from)] =
        region.label.en + ", " + spanOf(region.validity) + ", from " + joined(region.predecessors);
  }
  for (const auto& district : book.data().districts) {
    out[district.code + " " + formatDate(district.validity.from)] =
        district.label.en + ", " + spanOf(district.validity) + ", in region " + district.region +
        (district.low_confidence ? ", confidence low" : "");
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

std::vector<LawChange> lawDiff(const LawBook& from, const LawBook& to) {
  std::vector<LawChange> out;
  compare("table", tablesOf(from), tablesOf(to), out);
  compare("rule", rulesOf(from), rulesOf(to), out);
  compare("calendar", yearsOf(from), yearsOf(to), out);
  compare("calendar day", daysOf(from), daysOf(to), out);
  compare("body", bodiesOf(from), bodiesOf(to), out);
  compare("place", placesOf(from), placesOf(to), out);
  compare("routing row", routingOf(from), routingOf(to), out);
  return out;
}

Result<BatchCounts> movedClocks(const LawBook& from, const LawBook& to, const LineReader& in,
                                const std::function<void(const MovedClock&)>& moved) {
  return eachDeadlineRow(in, [&](std::int64_t number, const DeadlineRow& row) -> Status {
    const auto before = clocksOf(from, row, false);
    if (!before) return before.status();
    const auto after = clocksOf(to, row, false);
    if (!after) return after.status();
    const auto old_dates = datesOf(*before);
    const auto new_dates = datesOf(*after);
    for (const auto& [clock, date] : old_dates) {
      const auto now = new_dates.find(clock);
      const std::string due = now == new_dates.end() ? "" : now->second;
      if (due != date) moved({number, row.id, row.kind, clock, date, due});
    }
    for (const auto& [clock, date] : new_dates) {
      if (!old_dates.contains(clock)) moved({number, row.id, row.kind, clock, "", date});
    }
    return {};
  });
}

}  // namespace hub::rules
