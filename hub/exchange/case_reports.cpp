#include "hub/exchange/case_reports.h"

#include <algorithm>
#include <array>
#include <map>

#include "hub/exchange/arrival.h"
#include "hub/exchange/ended_terms.h"
#include "hub/exchange/event_notes.h"
#include "hub/exchange/forwarder.h"
#include "hub/exchange/sub_order_reports.h"
#include "hub/exchange/transitions.h"

namespace hub::exchange {
namespace {

// What awaits its end has no day of decision.
Status fill(const store::CaseRow& row, const std::string& zone, rules::CaseFact& fact) {
  const auto received = toLocal(row.received_at, zone);
  if (!received) return received.status();
  fact.received = fact.registered = received->date;
  if (const auto day = parseDate(row.registration_date); day.ok()) fact.registered = *day;
  fact.due.reset();
  if (const auto day = parseDate(row.due_date); day.ok()) fact.due = *day;
  fact.decided.reset();
  // An act that waits for its delivery is made, APPC 83.
  if (isFinal(row.state) || row.state == "decision_signed") {
    if (const auto day = parseDate(row.decided_on); day.ok()) {
      fact.decided = *day;
    } else {
      const auto ended = toLocal(row.state_since, zone);
      if (!ended) return ended.status();
      fact.decided = ended->date;
    }
  }
  fact.outcome = row.decision_outcome;
  fact.extended = row.extended;
  fact.term_met = row.term_met;
  return {};
}

// What an adapter answers a delivery with if the body's system says that the appeal is not in its competence.
constexpr const char* kNotCompetent = "adapter.not_competent";

// The body says of an appeal that it is not its own: it refuses it, gives it back, or forwards it whole, 65(1). One that
// its system did not take for another reason may be its own. The events of refusedAppeals.
bool isReturn(const store::EventRow& event) {
  constexpr std::array<std::string_view, 3> kTold = {"status_refused", "status_not_registered",
                                                     "status_forwarded"};
  constexpr std::array<std::string_view, 2> kActs = {"decline_competence", "forward_whole"};
  return std::find(kTold.begin(), kTold.end(), event.type) != kTold.end() ||
         std::find(kActs.begin(), kActs.end(), event.reason) != kActs.end() ||
         (event.type == "decided" && event.reason == "forwarded") ||
         (event.type == "delivery_refused" && event.reason == kNotCompetent);
}

struct Refusals {
  std::int64_t times = 0;
  // Of the last one.
  Instant last_at;
  store::RowId appeal = 0;
  std::int64_t seq = 0;
  std::string number;
};

Result<std::string> noteOf(store::Store& store, const Refusals& refusals, const Limits& limits) {
  auto events = store.events(refusals.appeal);
  if (!events) return events.status();
  auto notes = eventNotes(store, refusals.appeal, *events, limits);
  if (!notes) return notes.status();
  for (std::size_t i = 0; i < events->size(); ++i) {
    if ((*events)[i].seq == refusals.seq) return shownNote((*notes)[i]);
  }
  return std::string();
}

// Who did not take the appeal: the body whose system says so or, where the hub tells of its answer or a person of it acts
// here under the name of a client, the body that had the appeal.
Result<std::string> refuserOf(store::Store& store, const store::AppealRow& row,
                              const store::EventRow& event) {
  const auto colon = event.actor.find(':');
  const std::string actor = colon == std::string::npos ? "-" : event.actor.substr(colon + 1);
  if (event.type != "acted" && event.type != "delivery_refused") return actor;
  auto had = hadBefore(store, row, event.at);
  if (!had) return had;
  return had->empty() ? actor : *had;
}

// The row that chose the body stands in the event that directed the appeal to it.
Status noteRefusals(store::Store& store, const store::AppealRow& row, const std::string& region,
                    const std::vector<store::EventRow>& events,
                    std::map<Misrouting, Refusals>& counts) {
  std::string rule;
  for (const auto& event : events) {
    if (directs(event)) rule = event.reason;
    if (!isReturn(event)) continue;
    auto by = refuserOf(store, row, event);
    if (!by) return by.status();
    const bool waits = row.state == "awaiting_routing" || row.destination == *by;
    auto& way = counts[{rule, row.topic, region, *by, waits ? "" : row.destination}];
    ++way.times;
    if (way.times > 1 && event.at < way.last_at) continue;
    way.last_at = event.at;
    way.appeal = row.id;
    way.seq = event.seq;
    way.number = row.reg_number;
  }
  return {};
}

// The day that a body planned for itself: no law is broken if it passes.
constexpr const char* kPlan = "plan";

// Of what is counted for breaches.
struct Breach {
  std::string had, kind, topic, kato, executor;  // had: alias
  Instant received_at;
};

// Nothing if another body than `only` (alias; "": all) had it.
Result<std::optional<std::string>> groupOf(const Breach& breach, const rules::LawBook& law,
                                           std::string_view by, const std::string& only) {
  if (!only.empty() && breach.had != only) return std::optional<std::string>();
  const auto received = toLocal(breach.received_at, law.data().default_zone);
  if (!received) return received.status();
  store::CaseRow row;
  row.kind = breach.kind;
  row.topic = breach.topic;
  row.kato = breach.kato;
  row.executor = breach.executor;
  row.destination = breach.had;
  return std::optional(disciplineGroupOf(row, law, by, received->date));
}

Status countBreach(const Breach& breach, const rules::LawBook& law, std::string_view by,
                   const std::string& only, rules::Discipline& counted) {
  auto group = groupOf(breach, law, by, only);
  if (!group) return group.status();
  if (group->has_value()) counted.addBreach(**group);
  return {};
}

// Whatever became of the case: decided late, or gone up to a body that still considers it.
Status countDeemedRefusals(store::Store& store, const rules::LawBook& law,
                           const store::AppealFilter& filter, std::string_view by,
                           const std::string& only, rules::Discipline& counted) {
  constexpr int kPage = 1000;
  std::int64_t after = 0;
  for (;;) {
    auto page = store.deemedRefusals(filter.received_from, filter.received_to, after, kPage);
    if (!page) return page.status();
    for (const auto& term : *page) {
      after = term.key;
      auto group =
          groupOf({term.had, term.kind, term.topic, term.kato, term.executor, term.received_at},
                  law, by, only);
      if (!group) return group.status();
      if (group->has_value()) counted.addDeemedRefusal(**group);
    }
    if (page->size() < static_cast<std::size_t>(kPage)) return {};
  }
}

// Terms that ended late.
Status countMissed(store::Store& store, const rules::LawBook& law,
                   const store::AppealFilter& filter, std::string_view by, const std::string& only,
                   rules::Discipline& counted) {
  constexpr int kPage = 1000;
  std::int64_t after = 0;
  for (;;) {
    auto page = store.missedTerms(filter.received_from, filter.received_to, after, kPage);
    if (!page) return page.status();
    for (const auto& term : *page) {
      after = term.key;
      if (isApplicantsTerm(term.clock) || term.clock == kPlan) continue;
      const Breach breach{term.had,  term.kind,     term.topic,
                          term.kato, term.executor, term.received_at};
      if (auto s = countBreach(breach, law, by, only, counted); !s) return s;
    }
    if (page->size() < static_cast<std::size_t>(kPage)) return {};
  }
}

// Whom a term that runs past its last day is charged to, as it will be once it has ended: alias.
Result<std::string> debtorOf(store::Store& store, const rules::LawBook& law, Date today,
                             const store::ClockRow& clock, const store::AppealRow& appeal) {
  if (clock.name != kForwardNotice) return store.hadOn(clock.appeal, clock.due_date);
  auto owed = asOwed(store, law, today, clock, appeal);
  if (!owed) return owed.status();
  return owed->destination;
}

// When the appeal was withdrawn, whose withdrawal waits for its answer.
Result<bool> wasBreach(store::Store& store, const rules::ProcedureTable& procedure,
                       const store::ClockRow& clock, const store::AppealRow& appeal) {
  if (!isWithdrawing(appeal.state)) return false;
  auto events = store.events(appeal.id);
  if (!events) return events.status();
  return isBreach(procedure, standingOf(appeal.state, *events), clock);
}

// Terms that run past their last day: the body that had the appeal on it is late with them.
Status countOverdue(store::Store& store, const rules::LawBook& law,
                    const store::AppealFilter& filter, std::string_view by, Date today,
                    const std::string& only, rules::Discipline& counted) {
  constexpr int kPage = 500;
  const auto* procedure = law.data().procedure.get();
  const auto yesterday = formatDate(std::chrono::sys_days(today) - std::chrono::days(1));
  for (const auto& [word, label] : law.data().vocabulary.clocks) {
    if (isApplicantsTerm(word) || word == kPlan) continue;
    const auto name = storedName(word);
    const bool outlives = procedure && procedure->outlivesCase(name);
    std::vector<store::ClockRow> page;
    store::ClockRow last;
    do {
      auto next = store.openClocksDue(name, yesterday, last.appeal == 0 ? nullptr : &last, kPage);
      if (!next) return next.status();
      page = std::move(*next);
      for (const auto& clock : page) {
        if (clock.due_date.empty()) continue;
        auto row = store.appeal(clock.appeal);
        if (!row) return row.status();
        const bool considers = name == "consider" || name == "consider_extended";
        if (isFinal(row->state) ? !outlives : considers && row->state == "decision_signed") {
          continue;
        }
        if (row->received_at < filter.received_from.value_or(Instant::min()) ||
            row->received_at > filter.received_to.value_or(Instant::max())) {
          continue;
        }
        if (procedure && !procedure->isBreach(word, row->state)) {
          auto before = wasBreach(store, *procedure, clock, *row);
          if (!before) return before.status();
          if (!*before) continue;
        }
        auto had = debtorOf(store, law, today, clock, *row);
        if (!had) return had.status();
        const bool has_it = *had == row->destination;
        const Breach breach{
            *had, row->kind, row->topic, row->kato, has_it ? row->executor : "", row->received_at};
        if (auto s = countBreach(breach, law, by, only, counted); !s) return s;
      }
      if (!page.empty()) last = std::move(page.back());
    } while (page.size() == static_cast<std::size_t>(kPage));
  }
  return {};
}

}  // namespace

std::string disciplineGroupOf(const store::CaseRow& row, const rules::LawBook& law,
                              std::string_view by, Date received) {
  std::string group = by == "region"     ? law.regionOf(row.kato, received)
                      : by == "executor" ? row.executor
                      : by == "kind"     ? row.kind
                      : by == "topic"    ? row.topic
                                      : (row.destination.empty() ? row.body_bin : row.destination);
  return group.empty() ? "-" : group;
}

bool isApplicantsTerm(std::string_view clock) {
  constexpr std::array<std::string_view, 7> kTerms = {
      "complaint_window",    "complaint_window_long", "cure", "objection", "minutes_remarks",
      "petition_supporters", "petition_signing"};
  return std::find(kTerms.begin(), kTerms.end(), clock) != kTerms.end();
}

bool isDisciplineGroup(std::string_view by) {
  constexpr std::array<std::string_view, 5> kGroups = {"body", "region", "kind", "topic",
                                                       "executor"};
  return std::find(kGroups.begin(), kGroups.end(), by) != kGroups.end();
}

Result<std::vector<rules::DisciplineRow>> disciplineReport(store::Store& store,
                                                           const rules::LawBook& law,
                                                           const store::AppealFilter& filter,
                                                           std::string_view by, Date today) {
  rules::Discipline counted(today, law.calendar());
  rules::CaseFact fact;
  const std::string& zone = law.data().default_zone;
  auto status = store.eachCase(filter, [&](const store::CaseRow& row) -> Status {
    if (auto s = fill(row, zone, fact); !s) return s;
    counted.add(disciplineGroupOf(row, law, by, fact.received), fact);
    return {};
  });
  if (!status) return status;
  std::string only;
  if (!filter.body_bin.empty()) {
    const auto* body = law.bodyByBin(filter.body_bin, today);
    only = body && !body->alias.empty() ? body->alias : filter.body_bin;
  }
  if (auto s = countMissed(store, law, filter, by, only, counted); !s) return s;
  if (auto s = countOverdue(store, law, filter, by, today, only, counted); !s) return s;
  if (auto s = countDeemedRefusals(store, law, filter, by, only, counted); !s) return s;
  if (auto s = countLateSubOrders(store, law, filter, by, today, counted); !s) return s;
  return counted.rows();
}

Result<std::vector<MisroutingCount>> misroutedReport(store::Store& store, const rules::LawBook& law,
                                                     std::optional<Instant> received_from,
                                                     std::optional<Instant> received_to,
                                                     const Limits& limits) {
  constexpr int kPage = 500;
  std::map<Misrouting, Refusals> counts;
  store::RowId after = 0;
  for (;;) {
    auto page = store.refusedAppeals(received_from, received_to, after, kPage);
    if (!page) return page.status();
    for (const auto& row : *page) {
      after = row.id;
      auto events = store.events(row.id);
      if (!events) return events.status();
      const auto received = toLocal(row.received_at, law.data().default_zone);
      if (!received) return received.status();
      auto noted =
          noteRefusals(store, row, law.regionOf(row.kato, received->date), *events, counts);
      if (!noted) return noted;
    }
    if (page->size() < static_cast<std::size_t>(kPage)) break;
  }
  std::vector<MisroutingCount> rows;
  for (const auto& [way, refusals] : counts) {
    auto note = noteOf(store, refusals, limits);
    if (!note) return note.status();
    rows.push_back({way, refusals.times, refusals.number, std::move(*note)});
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.times > b.times; });
  return rows;
}

Result<std::vector<JudgedPair>> repeatsReport(store::Store& store,
                                              std::optional<Instant> received_from,
                                              std::optional<Instant> received_to) {
  constexpr int kPage = 500;
  std::vector<JudgedPair> pairs;
  store::RowId appeal = 0, other = 0;
  for (;;) {
    auto page = store.judgedHints(appeal, other, kPage);
    if (!page) return page.status();
    for (const auto& hint : *page) {
      appeal = hint.appeal;
      other = hint.other;
      auto later = store.appeal(hint.appeal);
      if (!later) return later.status();
      if (later->received_at < received_from.value_or(Instant::min()) ||
          later->received_at > received_to.value_or(Instant::max())) {
        continue;
      }
      auto first = store.appeal(hint.other);
      if (!first) return first.status();
      pairs.push_back({later->reg_number, first->reg_number, later->destination, later->state,
                       hint.nature, hint.verdict, hint.judged_by, hint.percent, hint.judged_at});
    }
    if (page->size() < static_cast<std::size_t>(kPage)) return pairs;
  }
}

}  // namespace hub::exchange
