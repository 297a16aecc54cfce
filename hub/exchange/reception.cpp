#include "hub/exchange/reception.h"

#include <algorithm>

#include "hub/base/ids.h"
#include "hub/base/log.h"
#include "hub/base/metrics.h"
#include "hub/exchange/answer_words.h"
#include "hub/exchange/answered_deliveries.h"
#include "hub/exchange/arrival.h"
#include "hub/exchange/clock_rows.h"
#include "hub/exchange/dropped_notice.h"
#include "hub/exchange/event_texts.h"
#include "hub/exchange/readdress.h"
#include "hub/exchange/sending_on.h"
#include "hub/exchange/sub_order_events.h"

namespace hub::exchange {

// What directing one appeal writes.
struct Reception::Order {
  Instant now;
  store::MessageRow message;  // message_id empty: `again` is delivered once more
  store::OutboxRow again;     // the body's earlier delivery
  store::OutboxRow
      undelivered{};  // to another body, to be cancelled; id 0: the appeal is at the desk
  std::vector<store::AttemptRow> tries{};  // of it
  bool not_received = false;
  std::string alias, body_bin;
  DirectionTerms terms;
  std::optional<store::ClockRow> notice_dropped{};  // of defects
  store::EventRow event;
};

namespace {

Status notRoutable(const store::AppealRow& appeal) {
  return Status::failure("exchange.not_routable",
                         "APPC article 65(1): only an appeal that waits for its competent body can "
                         "be directed; this one is in state " +
                             appeal.state);
}

constexpr std::string_view kAtDesk = "awaiting_routing";
constexpr std::string_view kSent = "routed";  // and not there yet

// What the procedure has mean nothing any more with the routing, from where the appeal stands.
// Returned: the notice of defects that is dropped so.
std::optional<store::ClockRow> endByRouting(const rules::LawBook& law,
                                            const store::AppealRow& appeal,
                                            const std::vector<store::ClockRow>& clocks,
                                            DirectionTerms& terms) {
  std::optional<store::ClockRow> dropped;
  const auto* procedure = law.data().procedure.get();
  if (!procedure) return dropped;
  for (const auto& row : procedure->data().rows) {
    const bool routes = row.action == "route" &&
                        std::find(row.from.begin(), row.from.end(), appeal.state) != row.from.end();
    if (!routes) continue;
    if (auto notice = droppedNotice(row, clocks)) dropped = std::move(notice);
    for (const auto& name : row.cancels) {
      const auto newest = std::find_if(clocks.rbegin(), clocks.rend(),
                                       [&](const auto& clock) { return clock.name == name; });
      if (newest == clocks.rend() || !isOpen(*newest)) continue;
      terms.closed.emplace_back(name, "cancelled");
    }
  }
  return dropped;
}

// At the desk, or further without a body, where the procedure lets it get one.
bool waitsForBody(const rules::LawBook& law, const store::AppealRow& appeal) {
  if (appeal.state == kAtDesk) return true;
  const auto* procedure = law.data().procedure.get();
  if (!procedure || !appeal.body_bin.empty()) return false;
  const auto& rows = procedure->data().rows;
  return std::any_of(rows.begin(), rows.end(), [&](const auto& row) {
    return row.action == "route" && row.while_no_body &&
           std::find(row.from.begin(), row.from.end(), appeal.state) != row.from.end();
  });
}

// Where a case is open, only files may be missing, which a person hands over.
bool mayCancel(const store::OutboxRow& row) {
  if (!caseIdIn(row.external_id).empty()) return false;
  return row.state == store::OutboxState::kPending || row.state == store::OutboxState::kRetryWait ||
         row.state == store::OutboxState::kHeld || row.state == store::OutboxState::kDead;
}

// As an appeal that no body has had: a body that never got it begins no term and ends none.
store::AppealRow withoutBody(store::AppealRow appeal) {
  appeal.body_bin.clear();
  return appeal;
}

bool wasInVain(const store::AttemptRow& one) {
  return broughtNothing(static_cast<otinish::Outcome>(one.outcome), one.code);
}

// Whether the body may have got it, for the clerk to ask it; not if its case number is known.
Status maybeReceived(const store::OutboxRow& row, const std::vector<store::AttemptRow>& tries,
                     KeptBack kept) {
  const bool reached_nobody = std::all_of(tries.begin(), tries.end(), wasInVain);
  if (reached_nobody && kept == KeptBack::kFree && row.external_id.empty()) return {};
  return Status::failure("exchange.maybe_received",
                         tries.empty() ? "it may have been sent, and nothing could be noted of that"
                                       : "tries: " + std::to_string(tries.size()) +
                                             ", the last one: " + tries.back().code);
}

// What began with sending a complaint to a body that never got it.
void endFirstBodyTerms(const std::vector<store::ClockRow>& clocks, DirectionTerms& terms) {
  for (const char* name : {"send_up", "plan", "hearing_notice", "objection"}) {
    const auto newest = std::find_if(clocks.rbegin(), clocks.rend(),
                                     [&](const auto& clock) { return clock.name == name; });
    if (newest != clocks.rend() && isOpen(*newest)) terms.closed.emplace_back(name, "cancelled");
  }
}

}  // namespace

Result<Reception::Order> Reception::prepare(const rules::LawBook& law,
                                            const store::AppealRow& appeal,
                                            const rules::Body& body) const {
  Order order;
  order.now = clock_.now();
  order.alias = body.alias;
  order.body_bin = body.bin;
  auto document = documentOf(store_, appeal.id, limits_);
  if (!document) return document.status();
  auto events = store_.events(appeal.id);
  if (!events) return events.status();
  const auto today = toLocal(order.now, law.data().default_zone);
  if (!today) return today.status();
  auto back = wentUpFrom(store_, law, appeal, *events, *document, body, today->date);
  if (!back) return back.status();
  if (*back) return backToWhereItWentUpFrom();
  auto clocks = store_.clocks(appeal.id);
  if (!clocks) return clocks.status();
  auto rows = store_.outboxOf(appeal.id);
  if (!rows) return rows.status();
  const bool at_desk = waitsForBody(law, appeal);
  const bool first = !at_desk && !hadAnotherBody(*rows, appeal);
  const auto seen = first ? withoutBody(appeal) : appeal;
  const Arrival arrival{law, *document, seen.body_bin, body.bin, order.now};
  auto terms = termsOfDirecting(store_, seen, *clocks, arrival, body);
  if (!terms) return terms.status();
  order.terms = std::move(*terms);
  if (first) endFirstBodyTerms(*clocks, order.terms);
  if (at_desk) order.notice_dropped = endByRouting(law, appeal, *clocks, order.terms);
  if (!at_desk && !first) {  // what it never got it kept no term of
    for (auto& [name, status] : order.terms.closed) status = "cancelled";
  }
  for (const auto& row : *rows) {
    // A case that it opened and gave back is not opened by the same message: it knows that one.
    const bool had_case = !row.external_id.empty() || knowsRefused(row) ||
                          (!at_desk && (row.state == store::OutboxState::kDelivered ||
                                        row.state == store::OutboxState::kAwaiting));
    if (row.destination == body.alias && row.type == "appeal/1" && !had_case) order.again = row;
  }
  if (order.again.id == 0) {
    NewAddress to{body, "routed", order.terms.opened, order.now, node_name_};
    if (order.notice_dropped) {
      to.notice_dropped = noticeForBody(*order.notice_dropped, *events, appeal.language);
    }
    auto message = readdress(store_, appeal, to, limits_);
    if (!message) return message.status();
    order.message = std::move(*message);
  }
  return order;
}

Result<store::OutboxRow> Reception::undelivered(const store::AppealRow& appeal) const {
  auto rows = store_.outboxOf(appeal.id);
  if (!rows) return rows.status();
  const auto row = std::find_if(rows->rbegin(), rows->rend(), [&](const store::OutboxRow& one) {
    return one.type == "appeal/1" && one.destination == appeal.destination;
  });
  if (row == rows->rend() || !mayCancel(*row)) return notRoutable(appeal);
  return std::move(*row);
}

Status Reception::refusedAtLast(const store::AppealRow& appeal, const std::string& alias) const {
  if (appeal.destination == alias) return {};
  auto rows = store_.outboxOf(appeal.id);
  if (!rows) return rows.status();
  const auto row = std::find_if(rows->rbegin(), rows->rend(), [&](const store::OutboxRow& one) {
    return one.type == "appeal/1" && one.destination == appeal.destination;
  });
  if (row == rows->rend() || row->state != store::OutboxState::kRejected) return {};
  auto tries = store_.attempts(row->id);
  if (!tries) return tries.status();
  // What the body gave back by a status it had, and has no more.
  const bool by_answer =
      !tries->empty() && tries->back().outcome == static_cast<int>(otinish::Outcome::kRejected);
  if (!by_answer) return {};
  const auto doubtful = std::find_if_not(tries->rbegin(), tries->rend(), wasInVain);
  if (doubtful == tries->rend()) return {};
  return Status::failure(
      "exchange.maybe_received",
      "the last of its tries was refused, an earlier one may have arrived: " + doubtful->code);
}

Status Reception::cancel(store::Tx& tx, const store::AppealRow& appeal, const Order& order) const {
  auto rows = tx.outboxOf(appeal.id);
  if (!rows) return rows.status();
  const auto& read = order.undelivered;
  for (auto& row : *rows) {
    // What followed the appeal was to follow it there.
    if (row.destination != read.destination || !mayCancel(row)) {
      if (row.id == read.id) return notRoutable(appeal);
      continue;
    }
    if (row.id == read.id) {
      const auto kept =
          doors_.hold_back ? doors_.hold_back(row.destination, row.id) : KeptBack::kFree;
      if (row.attempts != read.attempts || kept == KeptBack::kUnderWay) {
        return Status::failure("exchange.busy", "a delivery to the body is under way");
      }
      const auto maybe = maybeReceived(row, order.tries, kept);
      if (!maybe && !order.not_received) return maybe;
    }
    row.state = store::OutboxState::kRejected;
    row.last_code = kElsewhere;
    row.last_text = "cancelled: the appeal was directed to " + order.alias;
    if (auto s = tx.updateOutbox(row); !s) return s;
  }
  return {};
}

Status Reception::queue(store::Tx& tx, const store::AppealRow& appeal, Order& order) const {
  auto current = tx.appeal(appeal.id);
  if (!current) return current.status();
  const bool at_desk = order.undelivered.id == 0;
  if (current->state != appeal.state || current->body_bin != appeal.body_bin) {
    return notRoutable(*current);
  }
  if (!at_desk) {
    if (auto s = cancel(tx, *current, order); !s) return s;
  }
  if (order.again.id == 0) {
    if (auto s = tx.addMessage(order.message); !s) return s;
    store::OutboxRow row;
    row.message_id = order.message.message_id;
    row.destination = order.alias;
    row.appeal = appeal.id;
    row.type = "appeal/1";
    row.created_at = row.next_at = order.now;
    auto added = tx.addOutbox(row);
    if (!added) return added.status();
    order.again = row;
    order.again.id = *added;
  } else {
    // A delivery's result may have been stored since the row was read.
    auto row = tx.findOutbox(order.again.id);
    if (!row) return row.status();
    if (!row->has_value()) return Status::failure("store.not_found", "no such outbox row");
    order.again = **row;
    order.again.state = store::OutboxState::kPending;
    order.again.next_at = order.now;
    order.again.escalated = false;
    if (auto s = tx.updateOutbox(order.again); !s) return s;
  }
  for (const auto& [clock, status] : order.terms.closed) {
    if (auto s = tx.setClockStatus(appeal.id, clock, status); !s) return s;
  }
  for (const auto& clock : order.terms.opened) {
    if (auto s = tx.addClock(clock); !s) return s;
  }
  if (auto s = tx.addEvent(order.event); !s) return s;
  if (order.notice_dropped) {
    const auto told = noticeDropped(*order.notice_dropped, order.now, order.event.actor, "routed");
    if (auto s = tx.addEvent(told); !s) return s;
  }
  current->state = "routed";
  current->state_since = current->updated_at = order.now;
  const bool moved = current->body_bin != order.body_bin;
  if (moved) current->executor.clear();
  current->body_bin = order.body_bin;
  current->destination = order.alias;
  current->due_date = order.terms.due_date;
  if (moved) decidedNothing(*current);
  if (auto s = tx.updateAppeal(*current); !s || !moved) return s;
  return endSubOrders(tx, law_.get().get(), *current, order.now, moved);
}

Result<Routed> Reception::direct(const store::AppealRow& appeal, const DirectOrder& where,
                                 const Caller& caller) const {
  auto words = operatorWords(where.reason, "/reason");
  if (!words) return words.status();
  const auto law = law_.get();
  const bool at_desk = waitsForBody(*law, appeal);
  if (!at_desk && appeal.state != kSent) return notRoutable(appeal);
  auto today = toLocal(clock_.now(), law->data().default_zone);
  if (!today) return today.status();
  auto body = connectedBody(*law, where.body, today->date, doors_.connected);
  if (!body) return body.status();
  // It is on its way there.
  if (!at_desk && (*body)->alias == appeal.destination) return notRoutable(appeal);
  auto order = prepare(*law, appeal, **body);
  if (!order) return order.status();
  if (at_desk && !where.not_received) {
    if (auto asked = refusedAtLast(appeal, (*body)->alias); !asked) return asked;
  }
  if (!at_desk) {
    auto row = undelivered(appeal);
    if (!row) return row.status();
    auto tries = store_.attempts(row->id);
    if (!tries) return tries.status();
    order->undelivered = std::move(*row);
    order->tries = std::move(*tries);
    order->not_received = where.not_received;
  }
  order->event = makeEvent(appeal.id, "routed", order->now, "operator:" + caller.client,
                           appeal.state, "routed", "operator");
  fillTexts(order->event, (*body)->names);
  addSentence(order->event,
              {"Негіздемесі: " + *words, "Основание: " + *words, "Reason: " + *words});
  auto status = store_.write([&](store::Tx& tx) {
    // Counted by the law before a reload, it would come after the review that follows one.
    if (law_.get() != law) {
      return Status::failure("exchange.busy", "the law data were read anew just now");
    }
    return queue(tx, appeal, *order);
  });
  if (!status && law_.get() != law) return direct(appeal, where, caller);
  if (!status) return status;
  metrics::count("hub_appeals_routed_by_operator_total",
                 "Appeals that a person directed to a body.", {{"agency", order->alias}});
  logInfo("audit.appeal_routed", {{"client", caller.client},
                                  {"correlation_id", appeal.hub_id},
                                  {"agency", order->alias},
                                  {"instead_of", order->undelivered.destination}});
  auto row = store_.appeal(appeal.id);
  if (!row) return row.status();
  const auto& names = (*body)->names;
  return Routed{std::move(*row), order->again.id, order->again.message_id,
                names.kk,        names.ru,        names.en};
}

}  // namespace hub::exchange
