// Sub-orders of a case to other bodies (config/law/procedure.yaml, `sub_orders`): made, agreed, signed, answered and
// checked while the case goes its own way. No step of them moves the case or stops its term; what is open when the
// case is decided, ends or goes to another body is cancelled, and each step is an event of the case. The hub keeps
// them; to the body asked they are delivered by people, unless that body has a client here (role and `body`).
// Threads: any.
#pragma once

#include <string>
#include <vector>

#include "hub/base/time.h"
#include "hub/exchange/service.h"
#include "hub/rules/current_law.h"
#include "hub/store/store.h"

namespace hub::exchange {

inline constexpr std::int64_t kSubOrdersMax = 50;         // of a case
inline constexpr std::size_t kSubOrderCharsMax = 4'000;   // of a text, of an answer
inline constexpr std::size_t kSubOrderKeyCharsMax = 200;  // as the source_id of an appeal

class SubOrders {
 public:
  // Everything must outlive the object.
  SubOrders(store::Store& store, const rules::CurrentLaw& law, const Clock& clock)
      : store_(store), law_(law), clock_(clock) {}

  // Failures of these three: see Service.
  Result<SubOrderList> of(const store::AppealRow& appeal, const Caller& caller) const;
  Result<SubOrderList> act(const store::AppealRow& appeal, std::int64_t number,
                           const SubOrderOrder& order, const Caller& caller) const;
  Result<SubOrderPage> open(const store::SubOrderFilter& filter, const std::string& after,
                            int limit) const;

 private:
  store::Store& store_;
  const rules::CurrentLaw& law_;
  const Clock& clock_;
};

}  // namespace hub::exchange
