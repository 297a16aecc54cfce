#include "hub/exchange/arrival.h"

#include <algorithm>

#include "hub/exchange/clock_rows.h"
#include "hub/exchange/ended_terms.h"
#include "hub/exchange/event_texts.h"
#include "hub/exchange/transitions.h"
#include "hub/rules/deadlines.h"
#include "hub/rules/procedure.h"
#include "hub/rules/routing.h"

namespace hub::exchange {
namespace {

constexpr const char *kForward = "forward", *kSendUp = "send_up", *kConsider = "consider";

const store::ClockRow* newestOf(const std::vector<store::ClockRow>& clocks, std::string_view name) {
  auto found = std::find_if(clocks.rbegin(), clocks.rend(),
                            [&](const store::ClockRow& clock) { return clock.name == name; });
  return found == clocks.rend() ? nullptr : &*found;
}

std::string statusOf(const rules::Clock& clock) { return clock.due_date ? "running" : "unknown"; }

// BIN; "" if the complaint does not tell.
template <typename Reader>
Result<std::string> bodyComplainedOf(Reader& store, const model::Appeal& document) {
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

// `named`: BIN.
bool isItOrItsPredecessor(const rules::LawBook& law, const std::string& named,
                          const std::string& body_bin, Date day) {
  if (named == body_bin) return true;
  const auto* body = law.bodyByBin(body_bin, day);
  if (!body) return false;
  const auto& before = body->predecessors;
  return std::find(before.begin(), before.end(), named) != before.end();
}

template <typename Reader>
Result<bool> isFirstBody(Reader& store, const Arrival& arrival, Date day) {
  auto accused = bodyComplainedOf(store, arrival.document);
  if (!accused) return accused.status();
  if (accused->empty()) return arrival.from_body.empty();
  return isItOrItsPredecessor(arrival.law, *accused, arrival.to_body, day);
}

template <typename Reader>
Result<bool> namesBody(Reader& store, const rules::LawBook& law, const model::Appeal& document,
                       const std::string& body, Date day) {
  if (document.kind != "complaint" || body.empty()) return false;
  auto accused = bodyComplainedOf(store, document);
  if (!accused) return accused.status();
  return !accused->empty() && isItOrItsPredecessor(law, *accused, body, day);
}

// For the terms of an appeal that a body considers.
rules::ClockRequest requestOf(const std::string& kind, const std::string& procedure,
                              const std::string& special_kind, const rules::Body& body,
                              Instant received_at) {
  rules::ClockRequest request;
  request.kind = kind;
  request.procedure = procedure;
  request.special_kind = special_kind;
  request.level = body.level;
  request.zone = body.zone;
  request.cut_off_minute = body.closes_minute;
  request.received_at = received_at;
  request.is_new = false;
  return request;
}

}  // namespace

Result<bool> isComplaintOf(store::Store& store, const rules::LawBook& law,
                           const model::Appeal& document, const std::string& body, Date day) {
  return namesBody(store, law, document, body, day);
}

Result<bool> isComplaintOf(store::Tx& tx, const rules::LawBook& law, const model::Appeal& document,
                           const std::string& body, Date day) {
  return namesBody(tx, law, document, body, day);
}

namespace {

template <typename Reader>
Result<std::vector<store::ClockRow>> termsOfFirstBody(Reader& store, const Arrival& arrival) {
  std::vector<store::ClockRow> rows;
  const auto* procedure = arrival.law.data().procedure.get();
  if (!procedure) return rows;
  auto today = toLocal(arrival.at, arrival.law.data().default_zone);
  if (!today) return today.status();
  const auto* body = arrival.law.bodyByBin(arrival.to_body, today->date);
  rules::EventClockRequest request;
  request.kind = arrival.document.kind;
  request.procedure = arrival.document.procedure;
  request.special_kind = arrival.document.kind_special.value_or("");
  request.event_at = arrival.at;
  if (body) {
    request.level = body->level;
    request.zone = body->zone;
  }
  for (const auto& row : procedure->data().rows) {
    if (row.action != "route" ||
        !procedure->isFor(row, arrival.document.kind, arrival.document.procedure)) {
      continue;
    }
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

template <typename Reader>
Result<ArrivalTerms> termsFromArrival(Reader& store, const Arrival& arrival,
                                      const rules::Body& body) {
  const auto& document = arrival.document;
  auto request = requestOf(document.kind, document.procedure, document.kind_special.value_or(""),
                           body, arrival.at);
  request.registered_at = arrival.at;
  auto clocks = rules::computeClocks(arrival.law, request);
  if (!clocks) return clocks.status();
  ArrivalTerms terms;
  for (const auto& clock : *clocks) {
    if (clock.name == "register") continue;
    terms.opened.push_back(clockRow(0, clock, statusOf(clock)));
    alarmIfUnknown(terms.opened.back(), document.hub_id);
    if (clock.name == "consider") terms.due_date = terms.opened.back().due_date;
  }
  auto first = termsOfFirstBody(store, arrival);
  if (!first) return first.status();
  terms.opened.insert(terms.opened.end(), first->begin(), first->end());
  return terms;
}

}  // namespace

Result<std::vector<store::ClockRow>> firstBodyTerms(store::Store& store, const Arrival& arrival) {
  return termsOfFirstBody(store, arrival);
}

Result<ArrivalTerms> termsOfArrival(store::Store& store, const Arrival& arrival,
                                    const rules::Body& body) {
  return termsFromArrival(store, arrival, body);
}

Result<ArrivalTerms> termsOfArrival(store::Tx& tx, const Arrival& arrival,
                                    const rules::Body& body) {
  return termsFromArrival(tx, arrival, body);
}

bool directs(const store::EventRow& event) {
  return event.type == "routed" || event.reason == "route";
}

void decidedNothing(store::AppealRow& appeal) {
  appeal.decision_outcome.clear();
  appeal.decision_character.clear();
  appeal.decided_on.clear();
}

bool hadAnotherBody(const std::vector<store::OutboxRow>& rows, const store::AppealRow& appeal) {
  return std::any_of(rows.begin(), rows.end(), [&](const store::OutboxRow& row) {
    return row.type == "appeal/1" && row.destination != appeal.destination &&
           row.last_code != kElsewhere;
  });
}

namespace {

// A term of the body that has the appeal, from its arrival there; absent if the law has none, or the body is not known.
Result<std::optional<store::ClockRow>> termFrom(const rules::LawBook& law,
                                                const store::AppealRow& appeal, const char* name,
                                                Instant at) {
  std::optional<store::ClockRow> term;
  const auto day = toLocal(at, law.data().default_zone);
  if (!day) return day.status();
  const auto* body = law.bodyByBin(appeal.body_bin, day->date);
  if (!body) return term;
  auto request = requestOf(appeal.kind, appeal.procedure, appeal.kind_special, *body, at);
  // Another body registered it; here its days count from the arrival at any hour.
  if (name == std::string_view(kConsider)) request.registered_at = at;
  auto counted = rules::computeClocks(law, request);
  if (!counted) return counted.status();
  for (const auto& clock : *counted) {
    if (clock.name == name) term = clockRow(appeal.id, clock, statusOf(clock));
  }
  return term;
}

Result<std::optional<store::ClockRow>> sendUpFrom(const rules::LawBook& law,
                                                  const store::AppealRow& appeal, Instant at) {
  const auto day = toLocal(at, law.data().default_zone);
  if (!day) return day.status();
  rules::EventClockRequest request;
  request.clock = kSendUp;
  request.kind = appeal.kind;
  request.procedure = appeal.procedure;
  request.special_kind = appeal.kind_special;
  request.event_at = at;
  if (const auto* body = law.bodyByBin(appeal.body_bin, day->date)) {
    request.level = body->level;
    request.zone = body->zone;
  }
  auto clock = rules::computeEventClock(law, request);
  if (!clock && clock.error().code == "rules.no_such_term") {
    return std::optional<store::ClockRow>();
  }
  if (!clock) return clock.status();
  return std::optional(clockRow(appeal.id, *clock, statusOf(*clock)));
}

// A term that began before the day of the arrival.
bool beganBefore(const store::ClockRow* clock, Instant now) {
  return clock && isOpen(*clock) && clockDay(*clock, clock->start_at) < clockDay(*clock, now);
}

// What followDelivery looks at.
struct Delivery {
  const rules::LawBook& law;
  const std::vector<store::ClockRow>& clocks;
  const std::vector<store::EventRow>& events;
  Instant now;
};

Status followTermOf(store::Tx& tx, const Delivery& delivery, const store::AppealRow& appeal,
                    const char* name) {
  const auto* clock = newestOf(delivery.clocks, name);
  if (!beganBefore(clock, delivery.now)) return {};
  const auto& events = delivery.events;
  const auto routed = std::find_if(events.rbegin(), events.rend(), directs);
  auto how = ending(*clock, clockDay(*clock, delivery.now));
  const bool to_addressee = routed != events.rend() && rules::isToAddressee(routed->reason);
  if (to_addressee && how != "missed") return {};
  const bool up = name == std::string_view(kSendUp);
  if (up && how == "met") how = "cancelled";  // nobody satisfied it, nor sent it up
  if (auto s = tx.setClockStatus(appeal.id, name, how); !s) return s;
  auto own = up ? sendUpFrom(delivery.law, appeal, delivery.now)
                : termFrom(delivery.law, appeal, name, delivery.now);
  if (!own || !own->has_value()) return own.status();
  alarmIfUnknown(**own, appeal.hub_id);
  return tx.addClock(**own);
}

// The terms of the consideration were opened as it was sent on: another body had the appeal, or the whole of this part.
Result<bool> cameFromAnother(store::Tx& tx, const Delivery& delivery,
                             const store::AppealRow& appeal, const store::ClockRow& consider) {
  const auto& events = delivery.events;
  const auto sent = std::find_if(events.rbegin(), events.rend(), directs);
  if (sent == events.rend() ||
      clockDay(consider, consider.start_at) < clockDay(consider, sent->at)) {
    return false;
  }
  if (appeal.reg_number.find('/') != std::string::npos) return true;
  auto rows = tx.outboxOf(appeal.id);
  if (!rows) return rows.status();
  return hadAnotherBody(*rows, appeal);
}

Status followConsideration(store::Tx& tx, const Delivery& delivery, store::AppealRow& appeal) {
  const auto* consider = newestOf(delivery.clocks, kConsider);
  if (!beganBefore(consider, delivery.now)) return {};
  auto moved = cameFromAnother(tx, delivery, appeal, *consider);
  if (!moved || !*moved) return moved.status();
  auto own = termFrom(delivery.law, appeal, kConsider, delivery.now);
  if (!own || !own->has_value()) return own.status();
  auto superseded = tx.supersedeClock(*consider, **own);
  if (!superseded || !*superseded) return superseded.status();
  alarmIfUnknown(**own, appeal.hub_id);
  appeal.due_date = (*own)->due_date;
  appeal.updated_at = std::max(appeal.updated_at, delivery.now);
  if (auto s = tx.setAppealDue(appeal.id, appeal.due_date, appeal.updated_at); !s) return s;
  auto event = makeEvent(appeal.id, kTermRestarted, delivery.now, "hub", appeal.state, appeal.state,
                         "arrival", appeal.due_date.empty() ? "" : spokenDate(appeal.due_date));
  return tx.addEvent(event);
}

}  // namespace

Status followDelivery(store::Tx& tx, const rules::LawBook& law, store::AppealRow& appeal,
                      Instant now) {
  const auto received = toLocal(appeal.received_at, law.data().default_zone);
  const auto today = toLocal(now, law.data().default_zone);
  if (!received || !today) return received ? today.status() : received.status();
  if (received->date == today->date) return {};
  auto clocks = tx.clocks(appeal.id);
  if (!clocks) return clocks.status();
  auto events = tx.events(appeal.id);
  if (!events) return events.status();
  const Delivery delivery{law, *clocks, *events, now};
  // The consideration first: what stands behind it is the term of the body whose consideration it is.
  if (auto s = followConsideration(tx, delivery, appeal); !s) return s;
  for (const char* name : {kForward, kSendUp}) {
    if (auto s = followTermOf(tx, delivery, appeal, name); !s) return s;
  }
  return {};
}

Status followWord(store::Tx& tx, const rules::LawBook& law, store::AppealRow& appeal, Instant at) {
  auto stood = appeal.state;
  if (isWithdrawing(stood)) {
    auto events = tx.events(appeal.id);
    if (!events) return events.status();
    stood = standingOf(appeal.state, *events).before;
  }
  if (stood != "routed") return {};
  auto rows = tx.outboxOf(appeal.id);
  if (!rows) return rows.status();
  const auto sent = std::find_if(rows->rbegin(), rows->rend(), [&](const auto& row) {
    return row.type == "appeal/1" && row.destination == appeal.destination;
  });
  if (sent == rows->rend() || sent->state == store::OutboxState::kDelivered ||
      sent->state == store::OutboxState::kAwaiting) {
    return {};
  }
  return followDelivery(tx, law, appeal, std::max(at, sent->created_at));
}

Result<std::vector<store::ClockRow>> asItsOwn(const rules::LawBook& law,
                                              const store::AppealRow& appeal,
                                              std::vector<store::ClockRow> clocks,
                                              const std::vector<store::EventRow>& events) {
  const auto forward = std::find_if(clocks.rbegin(), clocks.rend(),
                                    [](const auto& clock) { return clock.name == kForward; });
  if (forward == clocks.rend() || isOpen(*forward)) return clocks;
  const auto sent = std::find_if(events.rbegin(), events.rend(), directs);
  if (sent == events.rend() || rules::isToAddressee(sent->reason)) return clocks;
  if (clockDay(*forward, forward->start_at) >= clockDay(*forward, sent->at)) return clocks;
  const auto arrived = std::find_if(sent.base(), events.end(), [](const auto& event) {
    return event.type == "delivered" || event.actor.starts_with("agency:");
  });
  auto own = termFrom(law, appeal, kForward, arrived == events.end() ? sent->at : arrived->at);
  if (!own) return own.status();
  if (own->has_value()) {
    *forward = std::move(**own);
    forward->status = "cancelled";
  }
  return clocks;
}

namespace {

// A term may depend on the level of the body (of a petition: APPC 90-5), which was a guess until now.
Status adjustToLevel(const Arrival& arrival, const rules::Body& body,
                     const store::AppealRow& appeal, const store::ClockRow& consider,
                     DirectionTerms& terms) {
  const auto& document = arrival.document;  // of older rows it alone has them
  const auto request = requestOf(
      appeal.kind, appeal.procedure.empty() ? document.procedure : appeal.procedure,
      appeal.kind_special.empty() ? document.kind_special.value_or("") : appeal.kind_special, body,
      appeal.received_at);
  auto clocks = rules::computeClocks(arrival.law, request);
  if (!clocks) return clocks.status();
  for (const auto& clock : *clocks) {
    if (clock.name != "consider" || clock.rule_id == consider.rule_id) continue;
    terms.closed.emplace_back("consider", "cancelled");
    terms.opened.push_back(clockRow(0, clock, statusOf(clock)));
    alarmIfUnknown(terms.opened.back(), appeal.hub_id);
    terms.due_date = terms.opened.back().due_date;
  }
  return {};
}

}  // namespace

Result<DirectionTerms> termsOfDirecting(store::Store& store, const store::AppealRow& appeal,
                                        const std::vector<store::ClockRow>& clocks,
                                        const Arrival& arrival, const rules::Body& body) {
  DirectionTerms terms;
  terms.due_date = appeal.due_date;
  auto today = toLocal(arrival.at, arrival.law.data().default_zone);
  if (!today) return today.status();
  const bool elsewhere = !appeal.body_bin.empty() && appeal.body_bin != body.bin;
  // What was given back runs on with the term that it had. Where that ended, as it did before bodies had one of their
  // own, it runs anew from the receipt of what is to be forwarded: here, from the return to this desk.
  const auto* forward = newestOf(clocks, kForward);
  if (forward && !isOpen(*forward)) {
    Arrival to_desk = arrival;
    to_desk.at = appeal.state_since;
    auto counted = termsOfArrival(store, to_desk, body);
    if (!counted) return counted.status();
    for (auto& clock : counted->opened) {
      if (clock.name == kForward) terms.opened.push_back(std::move(clock));
    }
  }
  const auto* consider = newestOf(clocks, "consider");
  if (elsewhere) {
    for (const char* name : {"consider", "consider_extended", "send_up", "plan"}) {
      const auto* clock = newestOf(clocks, name);
      if (clock && isOpen(*clock))
        terms.closed.emplace_back(name, ending(*clock, formatDate(today->date)));
    }
    for (const char* name : {"hearing_notice", "objection"}) {
      const auto* clock = newestOf(clocks, name);
      if (clock && isOpen(*clock)) terms.closed.emplace_back(name, "cancelled");
    }
    auto fresh = termsOfArrival(store, arrival, body);
    if (!fresh) return fresh.status();
    for (auto& clock : fresh->opened) {
      if (clock.name != kForward) terms.opened.push_back(std::move(clock));
    }
    terms.due_date = fresh->due_date;
  } else if (appeal.body_bin.empty()) {
    if (consider && isOpen(*consider)) {
      if (auto s = adjustToLevel(arrival, body, appeal, *consider, terms); !s) return s;
    }
    auto first = firstBodyTerms(store, arrival);
    if (!first) return first.status();
    terms.opened.insert(terms.opened.end(), first->begin(), first->end());
  }
  for (auto& clock : terms.opened) clock.appeal = appeal.id;
  return terms;
}

}  // namespace hub::exchange
