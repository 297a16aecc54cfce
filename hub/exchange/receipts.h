// What the sender of an accepted appeal gets as proof: the receipt and the talon, as they were when the
// appeal was taken in.
// Threads: any.
#pragma once

#include "hub/base/limits.h"
#include "hub/exchange/service.h"
#include "hub/model/types.h"
#include "hub/rules/current_law.h"
#include "hub/store/store.h"

namespace hub::exchange {

class Receipts {
 public:
  // Everything must outlive the object.
  Receipts(store::Store& store, const rules::CurrentLaw& law, const Limits& limits)
      : store_(store), law_(law), limits_(limits) {}

  // "store.not_found" if the journal or the events lack what it is made of.
  Result<Receipt> receiptOf(const store::AppealRow& appeal) const;
  // Failures: as receiptOf, as talonOf, "store.corrupt".
  Result<Talon> talon(const store::AppealRow& appeal) const;

 private:
  // The canonical appeal as it was taken in: what was so then is read from it.
  Result<model::Message> acceptedMessage(const std::string& message_id) const;

  store::Store& store_;
  const rules::CurrentLaw& law_;
  const Limits& limits_;
};

}  // namespace hub::exchange
