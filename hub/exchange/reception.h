// The reception desk: appeals without a known competent body, or refused by the one they were sent
// to, wait here until a person directs them (APPC arts. 64, 65(1)).
// Threads: any.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "hub/base/limits.h"
#include "hub/base/time.h"
#include "hub/exchange/service.h"
#include "hub/rules/current_law.h"
#include "hub/store/store.h"

namespace hub::exchange {

class Reception {
 public:
  // Everything must outlive the desk. `connected`: does an agency of this alias run?
  Reception(store::Store& store, const rules::CurrentLaw& law, const Limits& limits,
            const Clock& clock, std::string node_name,
            std::function<bool(const std::string&)> connected)
      : store_(store),
        law_(law),
        limits_(limits),
        clock_(clock),
        node_name_(std::move(node_name)),
        connected_(std::move(connected)) {}

  // Directs a waiting appeal to the body with this BIN or alias and queues its delivery, in one unit of
  // work. A body that was sent the appeal before gets the same message_id, so that it knows the case.
  // "exchange.not_routable", "exchange.unknown_body", "exchange.body_not_connected",
  // "exchange.reason_needed", "store.…".
  Result<Routed> direct(const store::AppealRow& appeal, const std::string& body,
                        const std::string& reason, const Caller& caller) const;

 private:
  struct Order;
  Result<Order> prepare(const rules::LawBook& law, const store::AppealRow& appeal,
                        const rules::Body& body) const;
  Status queue(store::Tx& tx, const store::AppealRow& appeal, Order& order) const;

  store::Store& store_;
  const rules::CurrentLaw& law_;
  const Limits& limits_;
  const Clock& clock_;
  std::string node_name_;
  std::function<bool(const std::string&)> connected_;
};

}  // namespace hub::exchange
