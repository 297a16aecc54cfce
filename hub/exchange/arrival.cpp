#include "hub/exchange/arrival.h"

#include <algorithm>

#include "hub/exchange/clock_rows.h"
#include "hub/rules/deadlines.h"
#include "hub/rules/procedure.h"

namespace hub::exchange {
namespace {

std::string statusOf(const rules::Clock& clock) { return clock.due_date ? "running" : "unknown"; }

// BIN; "" if the complaint does not tell.
Result<std::string> bodyComplainedOf(store::Store& store, const model::Appeal& document) {
  if (document.contested && document.contested->body && !document.contested->body->bin.empty()) {
    return document.contested->body->bin;
  }
  for (const auto& ref : document.previous_appeal) {
    auto earlier = ref.hub_id.value_or("").empty() ? store.findByNumber(ref.reg_number.value_or(""))
                                                   : store.findByHubId(*ref.hub_id);
    if (!earlier) return earlier.status();
    if (earlier->has_value() && !(*earlier)->body_bin.empty()) return (*earlier)->body_bin;
  }
  return std::string();
}

Result<bool> isFirstBody(store::Store& store, const Arrival& arrival, Date day) {
  auto accused = bodyComplainedOf(store, arrival.document);
  if (!accused) return accused.status();
  if (accused->empty()) return arrival.from_body.empty();
  if (*accused == arrival.to_body) return true;
  const auto* body = arrival.law.bodyByBin(arrival.to_body, day);
  if (!body) return false;
  const auto& before = body->predecessors;
  return std::find(before.begin(), before.end(), *accused) != before.end();
}

}  // namespace

Result<std::vector<store::ClockRow>> firstBodyTerms(store::Store& store, const Arrival& arrival) {
  std::vector<store::ClockRow> rows;
  const auto* procedure = arrival.law.data().procedure.get();
  if (!procedure) return rows;
  auto today = toLocal(arrival.at, arrival.law.data().default_zone);
  if (!today) return today.status();
  const auto* body = arrival.law.bodyByBin(arrival.to_body, today->date);
  rules::EventClockRequest request;
  request.kind = arrival.document.kind;
  request.special_kind = arrival.document.kind_special.value_or("");
  request.event_at = arrival.at;
  if (body) {
    request.level = body->level;
    request.zone = body->zone;
  }
  for (const auto& row : procedure->data().rows) {
    if (row.action != "route" || !procedure->isFor(row, arrival.document.kind)) continue;
    for (const auto& name : row.first_body) {
      request.clock = name;
      auto clock = rules::computeEventClock(arrival.law, request);
      if (!clock && clock.error().code == "rules.no_such_term") continue;
      if (!clock) return clock.status();
      auto first = isFirstBody(store, arrival, today->date);
      if (!first) return first.status();
      if (*first) rows.push_back(clockRow(0, *clock, statusOf(*clock)));
    }
  }
  return rows;
}

Result<ArrivalTerms> termsOfArrival(store::Store& store, const Arrival& arrival,
                                    const rules::Body& body) {
  rules::ClockRequest request;
  request.kind = arrival.document.kind;
  request.procedure = arrival.document.procedure;
  request.special_kind = arrival.document.kind_special.value_or("");
  request.level = body.level;
  request.zone = body.zone;
  request.cut_off_minute = body.closes_minute;
  request.received_at = arrival.at;
  request.registered_at = arrival.at;
  auto clocks = rules::computeClocks(arrival.law, request);
  if (!clocks) return clocks.status();
  ArrivalTerms terms;
  for (const auto& clock : *clocks) {
    if (clock.name == "register") continue;
    terms.opened.push_back(clockRow(0, clock, statusOf(clock)));
    if (clock.name == "consider") terms.due_date = terms.opened.back().due_date;
  }
  auto first = firstBodyTerms(store, arrival);
  if (!first) return first.status();
  terms.opened.insert(terms.opened.end(), first->begin(), first->end());
  return terms;
}

}  // namespace hub::exchange
