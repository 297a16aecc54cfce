#include "hub/exchange/agency_counts.h"

#include <algorithm>
#include <string>

#include "hub/exchange/transitions.h"

namespace hub::exchange {
namespace {

using store::OutboxState;
using Count = std::optional<std::int64_t> AgencyStatus::*;
constexpr std::string_view kAtDesk = "awaiting_routing";

// Of the alias, which may be one that is not configured.
AgencyStatus& statusOf(const std::string& alias, std::vector<AgencyStatus>* list) {
  auto found = std::find_if(list->begin(), list->end(),
                            [&](const auto& status) { return status.alias == alias; });
  if (found != list->end()) return *found;
  AgencyStatus status;
  status.alias = alias;
  status.configured = false;
  status.instance.state = hosting::InstanceState::kOff;
  list->push_back(std::move(status));
  return list->back();
}

void add(AgencyStatus* status, Count count, std::int64_t more) {
  status->*count = (status->*count).value_or(0) + more;
}

void addQueue(const store::OutboxCounts& row, AgencyStatus* status) {
  bool retry = row.state == store::toString(OutboxState::kRetryWait);
  if (retry || row.state == store::toString(OutboxState::kPending) ||
      row.state == store::toString(OutboxState::kInFlight)) {
    add(status, retry ? &AgencyStatus::retrying : &AgencyStatus::waiting, row.count);
    // What is tried again has not reached the agency either: it is the very thing to look at.
    if (row.oldest && (!status->oldest_waiting || *row.oldest < *status->oldest_waiting)) {
      status->oldest_waiting = row.oldest;
    }
  } else if (row.state == store::toString(OutboxState::kAwaiting)) {
    add(status, &AgencyStatus::awaiting, row.count);
  } else if (row.state == store::toString(OutboxState::kDead)) {
    add(status, &AgencyStatus::dead, row.count);
  }
}

}  // namespace

void addCounts(store::Store& store, OutageLog& outages, std::vector<AgencyStatus>* list) {
  struct Missing {
    std::vector<Count> counts;
    std::string code;
  };
  std::vector<Missing> missing;
  const auto counted = [&](const char* what, const auto& rows, std::vector<Count> counts,
                           const auto& take) {
    outages.report(what, rows.status());
    if (!rows.ok()) {
      missing.push_back({std::move(counts), rows.error().code});
      return;
    }
    for (const auto& row : *rows) take(row);
  };
  counted("outbox", store.outboxCounts(),
          {&AgencyStatus::waiting, &AgencyStatus::retrying, &AgencyStatus::awaiting,
           &AgencyStatus::dead},
          [&](const auto& row) { addQueue(row, &statusOf(row.destination, list)); });
  counted("overdue", store.overdueCounts(), {&AgencyStatus::overdue}, [&](const auto& row) {
    add(&statusOf(row.destination, list), &AgencyStatus::overdue, row.count);
  });
  counted("rejected", store.rejectedCounts(kAtDesk), {&AgencyStatus::rejected},
          [&](const auto& row) {
            if (isFinal(row.appeal_state)) return;
            add(&statusOf(row.destination, list), &AgencyStatus::rejected, row.count);
          });
  counted("quarantine", store.quarantineCounts(),
          {&AgencyStatus::quarantined, &AgencyStatus::nobodys}, [&](const auto& row) {
            add(&statusOf(row.party, list),
                row.nobodys ? &AgencyStatus::nobodys : &AgencyStatus::quarantined, row.open);
          });
  // Of all that are listed by now: 0 would say that nothing waits.
  for (const auto& one : missing) {
    for (auto& status : *list) {
      for (const auto count : one.counts) status.*count = std::nullopt;
      if (status.not_counted.empty()) status.not_counted = one.code;
    }
  }
}

}  // namespace hub::exchange
