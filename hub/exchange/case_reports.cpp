#include "hub/exchange/case_reports.h"

#include <algorithm>
#include <array>
#include <map>

#include "hub/exchange/transitions.h"

namespace hub::exchange {
namespace {

std::string groupOf(const store::CaseRow& row, const rules::LawBook& law, std::string_view by,
                    Date received) {
  std::string group = by == "region"     ? law.regionOf(row.kato, received)
                      : by == "executor" ? row.executor
                      : by == "kind"     ? row.kind
                      : by == "topic"    ? row.topic
                                      : (row.destination.empty() ? row.body_bin : row.destination);
  return group.empty() ? "-" : group;
}

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
    const auto ended = toLocal(row.state_since, zone);
    if (!ended) return ended.status();
    fact.decided = ended->date;
  }
  fact.outcome = row.state == "deemed_refused" ? row.state : row.decision_outcome;
  fact.extended = row.extended;
  fact.term_met = row.term_met;
  return {};
}

// The row that chose the body stands in the event "routed"; who did not take the appeal is the actor of
// its refusal.
void noteRefusals(const store::AppealRow& row, const std::string& region,
                  const std::vector<store::EventRow>& events,
                  std::map<Misrouting, std::int64_t>& counts) {
  std::string rule;
  for (const auto& event : events) {
    if (event.type == "routed") rule = event.reason;
    const bool refused = event.type == "status_refused" || event.type == "status_not_registered" ||
                         event.reason == "decline_competence";
    if (!refused) continue;
    const auto colon = event.actor.find(':');
    const std::string by = colon == std::string::npos ? "-" : event.actor.substr(colon + 1);
    const bool waits = row.state == "awaiting_routing" || row.destination == by;
    ++counts[{rule, row.topic, region, by, waits ? "" : row.destination}];
  }
}

}  // namespace

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
    return counted.add(groupOf(row, law, by, fact.received), fact);
  });
  if (!status) return status;
  return counted.rows();
}

Result<std::vector<std::pair<Misrouting, std::int64_t>>> misroutedReport(
    store::Store& store, const rules::LawBook& law, std::optional<Instant> received_from,
    std::optional<Instant> received_to) {
  constexpr int kPage = 500;
  std::map<Misrouting, std::int64_t> counts;
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
      noteRefusals(row, law.regionOf(row.kato, received->date), *events, counts);
    }
    if (page->size() < static_cast<std::size_t>(kPage)) break;
  }
  std::vector<std::pair<Misrouting, std::int64_t>> rows(counts.begin(), counts.end());
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return rows;
}

}  // namespace hub::exchange
