// What an agency said of an appeal as a canonical message of the register: given an envelope, validated,
// stored and journalled.
// Threads: any; everything runs inside one unit of work.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hub/base/limits.h"
#include "hub/base/status.h"
#include "hub/base/time.h"
#include "hub/exchange/inbound_item.h"
#include "hub/exchange/step_order.h"
#include "hub/model/types.h"
#include "hub/model/validate.h"
#include "hub/store/store.h"

namespace hub::exchange {

// A message of the register. Nothing, and a line in the log, if it cannot be read any more: a limit was lowered
// since.
std::optional<model::Message> readKept(const store::MessageRow& row, const Limits& limits);

struct NamedDecision {
  std::string id;         // "" if the appeal has none such
  bool in_force = false;  // no later one took its place
};

class AgencyMessages {
 public:
  // The limits must outlive the object.
  AgencyMessages(const Limits& limits, model::IdentityCheck identity)
      : limits_(limits), identity_(identity) {}

  // The message's envelope is made here. Refused if it is not a valid document; else the judgement names the
  // message. Keeps the agency's own number of the case, if the item tells it.
  Result<Judgement> keep(store::Tx& tx, const ItemSource& source, model::Message& message,
                         const store::AppealRow& appeal, const PreparedItem& item,
                         Instant now) const;
  // The id of the decision of the appeal that is meant: by its own id, by the body's number of it, or by the
  // message id that the agency got as its receipt.
  Result<NamedDecision> decisionNamed(store::Tx& tx, const store::AppealRow& appeal,
                                      const std::string& name) const;

  // The appeal as it was last sent to a body; nothing if it cannot be read any more.
  Result<std::optional<model::Appeal>> documentOf(store::Tx& tx,
                                                  const store::AppealRow& appeal) const;

  // The statuses that the agency told since the appeal was last routed, in the order in which they came.
  Result<std::vector<ToldStatus>> statusesTold(store::Tx& tx, const ItemSource& source,
                                               const store::AppealRow& appeal) const;

 private:
  const Limits& limits_;
  model::IdentityCheck identity_;
};

// The same news under another id, as a file that is written twice under two names.
Result<bool> toldBefore(store::Tx& tx, const ItemSource& source, const store::AppealRow& appeal,
                        const PreparedItem& item);

}  // namespace hub::exchange
