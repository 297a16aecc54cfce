#include "hub/rules/recount.h"

#include <algorithm>

#include "hub/rules/deadlines.h"
#include "hub/rules/procedure.h"

namespace hub::rules {
namespace {

const Rule* ruleOf(const LawBook& book, std::string_view version, std::string_view id) {
  for (const Rule& rule : book.rules()) {
    if (rule.data->id == id && rule.table->version == version) return &rule;
  }
  return nullptr;
}

DayKind dayKindOf(const std::string& name) {
  if (name == "calendar") return DayKind::kCalendar;
  return name == "months" ? DayKind::kMonths : DayKind::kWorking;
}

// After hours the next day counts as that of the event.
Date countedFrom(const OpenTerm& term) {
  if (term.cut_off_minute == 0 || term.start_minute < term.cut_off_minute) return term.start_date;
  return Date(std::chrono::sys_days(term.start_date) + std::chrono::days(1));
}

Result<OpenTerm> termOf(const LawBook& book, const OpenClock& clock) {
  const auto start =
      toLocal(clock.start_at, clock.zone.empty() ? book.data().default_zone : clock.zone);
  if (!start) return start.status();
  OpenTerm term{dayKindOf(clock.day_kind),
                clock.length,
                clock.first_day == "same_day" ? FirstDay::kSameDay : FirstDay::kNextDay,
                start->date,
                start->minute_of_day,
                clock.cut_off_minute};
  // Only a term that is counted back ends before its event. What the kept term does not tell, its rule does.
  const auto due = parseDate(clock.due_date);
  if (due.ok() && !clock.zone.empty()) {
    term.back = *due < start->date;
    return term;
  }
  if (const Rule* rule = ruleOf(book, clock.rule_version, clock.rule_id)) {
    term.back = due.ok() ? *due < start->date : rule->data->back;
    if (clock.zone.empty() && rule->data->cut_off && term.cut_off_minute == 0) {
      term.cut_off_minute = book.data().default_closes_minute;
    }
  }
  return term;
}

Clock clockOf(const Calendar& calendar, const Rule* rule, const OpenClock& kept,
              const OpenTerm& term, const std::string& law, const std::string& article) {
  Clock clock;
  // The store keeps the law's "extend" under the name that agencies tell it by.
  clock.name = kept.name == "consider_extended" ? "extend" : kept.name;
  clock.rule_id = kept.rule_id;
  clock.rule_version = kept.rule_version;
  clock.law = law;
  clock.article = article;
  clock.day_kind = term.day_kind;
  clock.length = term.length;
  clock.first_day = term.first_day;
  clock.start_event = kept.start_event;
  clock.start_at = kept.start_at;
  clock.start_date = term.start_date;
  if (const auto due = parseDate(kept.due_date); due.ok()) clock.due_date = *due;
  clock.low_confidence =
      (rule != nullptr && rule->data->low_confidence) ||
      (clock.due_date && calendar.lowConfidence(clock.start_date, *clock.due_date));
  return clock;
}

// The end of an open term whose day a person named, by the calendar.
struct NamedEnd {
  std::string clock;
  Date day;
};
std::vector<NamedEnd> namedEnds(const LawBook& book, const std::vector<OpenClock>& clocks) {
  std::vector<NamedEnd> ends;
  for (const auto& clock : clocks) {
    if (!clock.named_day || clock.closed) continue;
    const auto day = parseDate(workedDay(book, clock.due_date).day);
    if (day) ends.push_back({clock.name, *day});
  }
  return ends;
}

// The return runs from the end of the time to cure, the notice of a hearing back from the planned day (APPC 64(7),
// 73(1)): wherever that day is now.
void followNamedEnd(const LawBook& book, const std::vector<NamedEnd>& ends, const OpenClock& clock,
                    OpenTerm& term) {
  const auto* procedure = book.data().procedure.get();
  if (procedure == nullptr) return;
  for (const auto& end : ends) {
    if (procedure->runsFromEndOf(clock.name, end.clock)) term.start_date = end.day;
  }
}

}  // namespace

Result<Recount> recount(const LawBook& book, const OpenTerm& term) {
  return recount(book.calendar(), term);
}

Result<Recount> recount(const Calendar& calendar, const OpenTerm& term) {
  const Counting counting{term.day_kind, term.length, term.first_day, term.back};
  const Date from = countedFrom(term);
  const auto due = countTerm(calendar, counting, from);
  if (!due && due.error().code != "rules.calendar_missing") return due.status();
  Recount out;
  out.start_date = term.start_date;
  if (due) out.due_date = *due;
  out.calendar_version = calendar.version(term.start_date, due ? *due : from);
  return out;
}

std::vector<std::optional<Recount>> recountAppeal(
    const LawBook& book, const std::vector<OpenClock>& clocks,
    const std::function<void(const OpenClock&, const Error&)>& failed) {
  std::vector<std::optional<Recount>> out(clocks.size());
  std::optional<Date> registered;
  std::string registered_before;
  const auto ends = namedEnds(book, clocks);
  for (std::size_t i = 0; i < clocks.size(); ++i) {
    const OpenClock& clock = clocks[i];
    if (clock.named_day) continue;
    auto term = termOf(book, clock);
    if (!term) {
      failed(clock, term.error());
      continue;
    }
    // What began later did so with the arrival at another body.
    if (registered && clock.start_event == "registration" &&
        (registered_before.empty() || formatDate(term->start_date) == registered_before)) {
      term->start_date = *registered;
    }
    followNamedEnd(book, ends, clock, *term);
    auto counted = recount(book, *term);
    if (!counted) {
      failed(clock, counted.error());
      continue;
    }
    const bool moved =
        clock.due_date != (counted->due_date ? formatDate(*counted->due_date) : std::string());
    if (clock.name == "register" && moved && counted->due_date) {
      registered = *counted->due_date;
      registered_before = clock.due_date;
    }
    out[i] = std::move(*counted);
  }
  return out;
}

NamedDay workedDay(const LawBook& book, const std::string& iso) {
  const auto day = parseDate(iso);
  if (!day) return {iso, {}};
  const auto worked = book.calendar().workingDayOnOrAfter(*day);
  if (!worked || *worked == *day) return {iso, {}};
  return {formatDate(*worked), iso};
}

std::vector<TermMove> movesOf(const LawBook& book, const std::vector<OpenClock>& clocks,
                              const std::function<void(const OpenClock&, const Error&)>& failed) {
  std::vector<TermMove> moves;
  auto counted = recountAppeal(book, clocks, failed);
  for (std::size_t i = 0; i < clocks.size(); ++i) {
    const OpenClock& clock = clocks[i];
    if (clock.named_day) {
      auto named = workedDay(book, clock.due_date);
      if (!named.day_off.empty()) moves.push_back({i, std::move(named.day), std::nullopt});
      continue;
    }
    if (!counted[i]) continue;
    std::string due = counted[i]->due_date ? formatDate(*counted[i]->due_date) : "";
    if (due != clock.due_date) moves.push_back({i, std::move(due), std::move(counted[i])});
  }
  return moves;
}

bool needsRegistration(const LawBook& book, const std::vector<OpenClock>& clocks) {
  const bool open = std::any_of(clocks.begin(), clocks.end(),
                                [](const auto& clock) { return clock.name == "register"; });
  // Who came in time is registered at that time; after hours the day begins anew.
  return !open && std::any_of(clocks.begin(), clocks.end(), [&](const OpenClock& clock) {
    if (clock.start_event != "registration") return false;
    const auto start =
        toLocal(clock.start_at, clock.zone.empty() ? book.data().default_zone : clock.zone);
    return start.ok() && start->minute_of_day == 0;
  });
}

bool runsOn(const LawBook& book, std::string_view clock, bool appeal_is_over) {
  const auto* procedure = book.data().procedure.get();
  return !appeal_is_over || (procedure != nullptr && procedure->outlivesCase(clock));
}

std::optional<LocalText> explainKept(const LawBook& book, const Calendar& calendar,
                                     const OpenClock& kept, const std::string& law,
                                     const std::string& article) {
  const auto term = termOf(book, kept);
  if (!term) return std::nullopt;
  const Rule* rule = ruleOf(book, kept.rule_version, kept.rule_id);
  const Clock clock = clockOf(calendar, rule, kept, *term, law, article);
  const Date from = countedFrom(*term);
  if (!kept.named_day) {
    const auto counted = recount(calendar, *term);
    if (!counted || counted->due_date != clock.due_date) return std::nullopt;
  }
  return explainClock(book, calendar, rule, clock, from, kept.named_day);
}

std::optional<int> yearMissing(const LawBook& book, const OpenClock& kept) {
  const auto term = termOf(book, kept);
  if (!term) return std::nullopt;
  const Rule* rule = ruleOf(book, kept.rule_version, kept.rule_id);
  const Clock clock = clockOf(book.calendar(), rule, kept, *term, {}, {});
  return yearMissing(book.calendar(), rule, clock, countedFrom(*term));
}

LocalText explainUndayed(const LawBook& book, const OpenClock& kept, const std::string& law,
                         const std::string& article) {
  auto term = termOf(book, kept);
  if (!term) term = OpenTerm{};
  const Rule* rule = ruleOf(book, kept.rule_version, kept.rule_id);
  Clock clock = clockOf(book.calendar(), rule, kept, *term, law, article);
  clock.due_date.reset();
  LocalText text = explainClock(book, book.calendar(), rule, clock, term->start_date, false);
  const auto& due = kept.due_date;
  const std::string day =
      due.size() < 10 ? "?" : due.substr(8, 2) + "." + due.substr(5, 2) + "." + due.substr(0, 4);
  // The first line, which names the law, stays.
  const auto end = [&](std::string& one, const std::string& why) {
    one = one.substr(0, one.find('\n') + 1) + why + day + ".";
  };
  end(text.kk, "Бұл мерзім есептелген күнтізбе сақталмаған. Мерзімі: ");
  end(text.ru, "Календарь, по которому считали этот срок, не сохранился. Срок: ");
  end(text.en, "The calendar by which this term was counted was not kept. Due: ");
  return text;
}

}  // namespace hub::rules
