// The reception desk: appeals without a known competent body, or refused by the one they were sent
// to, wait here until a person directs them (APPC arts. 64, 65(1)).
// Threads: any.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "hub/base/limits.h"
#include "hub/base/time.h"
#include "hub/exchange/kept_back.h"
#include "hub/exchange/service.h"
#include "hub/rules/current_law.h"
#include "hub/store/store.h"

namespace hub::exchange {

// Where a person directs an appeal.
struct DirectOrder {
  std::string body;    // BIN or alias
  std::string reason;  // one line
  // The body that it was sent to said that it has not got it.
  bool not_received = false;
};

// What the desk asks about the agencies.
struct AgencyDoors {
  // Does an agency of this alias run?
  std::function<bool(const std::string&)> connected;
  HoldBack hold_back = {};
};

class Reception {
 public:
  // Everything must outlive the desk.
  Reception(store::Store& store, const rules::CurrentLaw& law, const Limits& limits,
            const Clock& clock, std::string node_name, AgencyDoors doors)
      : store_(store),
        law_(law),
        limits_(limits),
        clock_(clock),
        node_name_(std::move(node_name)),
        doors_(std::move(doors)) {}

  // Directs a waiting appeal to the body with this BIN or alias and queues its delivery, in one unit of
  // work. A body that was sent the appeal before gets the same message_id, so that it knows the case.
  // An appeal that was sent to a body and did not reach it, as when the body's system is gone for good, is directed
  // in the same way, and what was queued for that body is cancelled. If the body may have received it all the same,
  // a second case could come of it: then only by an order that says that it has not, also of one that the body refused
  // after a try without an answer. Whose case number is known has it.
  // "exchange.not_routable", "exchange.maybe_received", "exchange.busy", "exchange.unknown_body",
  // "exchange.body_not_connected", "exchange.reason_needed", "store.…".
  Result<Routed> direct(const store::AppealRow& appeal, const DirectOrder& order,
                        const Caller& caller) const;

 private:
  struct Order;
  Result<Order> prepare(const rules::LawBook& law, const store::AppealRow& appeal,
                        const rules::Body& body) const;
  // The delivery that is to be cancelled of an appeal that is not at the desk.
  Result<store::OutboxRow> undelivered(const store::AppealRow& appeal) const;
  // "exchange.maybe_received" of an appeal at the desk whose body refused the last of several tries: an earlier one, of
  // which no answer came, may have opened a case there. The body itself gets the same message again.
  Status refusedAtLast(const store::AppealRow& appeal, const std::string& alias) const;
  Status cancel(store::Tx& tx, const store::AppealRow& appeal, const Order& order) const;
  Status queue(store::Tx& tx, const store::AppealRow& appeal, Order& order) const;

  store::Store& store_;
  const rules::CurrentLaw& law_;
  const Limits& limits_;
  const Clock& clock_;
  std::string node_name_;
  AgencyDoors doors_;
};

}  // namespace hub::exchange
