#include "hub/exchange/reception.h"

#include <algorithm>

#include "hub/base/ids.h"
#include "hub/base/log.h"
#include "hub/base/metrics.h"
#include "hub/exchange/answered_deliveries.h"
#include "hub/exchange/arrival.h"
#include "hub/exchange/event_texts.h"
#include "hub/exchange/readdress.h"
#include "hub/exchange/sub_order_events.h"

namespace hub::exchange {

// What directing one appeal writes.
struct Reception::Order {
  Instant now;
  store::MessageRow message;  // message_id empty: `again` is delivered once more
  store::OutboxRow again;     // the body's earlier delivery
  std::string alias, body_bin;
  DirectionTerms terms;
  store::EventRow event;
};

namespace {

Status notRoutable(const store::AppealRow& appeal) {
  return Status::failure("exchange.not_routable",
                         "APPC article 65(1): only an appeal that waits for its competent body can "
                         "be directed; this one is in state " +
                             appeal.state);
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
  auto clocks = store_.clocks(appeal.id);
  if (!clocks) return clocks.status();
  const Arrival arrival{law, *document, appeal.body_bin, body.bin, order.now};
  auto terms = termsOfDirecting(store_, appeal, *clocks, arrival, body);
  if (!terms) return terms.status();
  order.terms = std::move(*terms);
  auto rows = store_.outboxOf(appeal.id);
  if (!rows) return rows.status();
  for (const auto& row : *rows) {
    // A case that it opened and gave back is not opened by the same message: it knows that one.
    const bool had_case = !row.external_id.empty() || knowsRefused(row);
    if (row.destination == body.alias && row.type == "appeal/1" && !had_case) order.again = row;
  }
  if (order.again.id == 0) {
    NewAddress to{body, "routed", order.terms.opened, order.now, node_name_};
    auto message = readdress(store_, appeal, to, limits_);
    if (!message) return message.status();
    order.message = std::move(*message);
  }
  return order;
}

Status Reception::queue(store::Tx& tx, const store::AppealRow& appeal, Order& order) const {
  auto current = tx.appeal(appeal.id);
  if (!current) return current.status();
  if (current->state != "awaiting_routing") return notRoutable(*current);
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
  current->state = "routed";
  current->state_since = current->updated_at = order.now;
  const bool moved = current->body_bin != order.body_bin;
  if (moved) current->executor.clear();
  current->body_bin = order.body_bin;
  current->destination = order.alias;
  current->due_date = order.terms.due_date;
  if (auto s = tx.updateAppeal(*current); !s || !moved) return s;
  return endSubOrders(tx, law_.get().get(), *current, order.now, moved);
}

Result<Routed> Reception::direct(const store::AppealRow& appeal, const std::string& body_name,
                                 const std::string& reason, const Caller& caller) const {
  auto words = operatorWords(reason, "/reason");
  if (!words) return words.status();
  if (appeal.state != "awaiting_routing") return notRoutable(appeal);
  const auto law = law_.get();
  auto today = toLocal(clock_.now(), law->data().default_zone);
  if (!today) return today.status();
  auto body = connectedBody(*law, body_name, today->date, connected_);
  if (!body) return body.status();
  auto order = prepare(*law, appeal, **body);
  if (!order) return order.status();
  order->event = makeEvent(appeal.id, "routed", order->now, "operator:" + caller.client,
                           "awaiting_routing", "routed", "operator");
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
  if (!status && law_.get() != law) return direct(appeal, body_name, reason, caller);
  if (!status) return status;
  metrics::count("hub_appeals_routed_by_operator_total",
                 "Appeals that a person directed to a body.", {{"agency", order->alias}});
  logInfo("audit.appeal_routed",
          {{"client", caller.client}, {"correlation_id", appeal.hub_id}, {"agency", order->alias}});
  auto row = store_.appeal(appeal.id);
  if (!row) return row.status();
  const auto& names = (*body)->names;
  return Routed{std::move(*row), order->again.id, order->again.message_id,
                names.kk,        names.ru,        names.en};
}

}  // namespace hub::exchange
