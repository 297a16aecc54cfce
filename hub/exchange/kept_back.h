// What the dispatcher says of a delivery that somebody is about to cancel.
#pragma once

#include <functional>
#include <string>

#include "hub/store/store.h"

namespace hub::exchange {

enum class KeptBack {
  kFree,       // nobody sent it but as its attempts tell; it is kept back for some seconds
  kMaybeSent,  // kept back, too; but it may have been sent, and what came of it could not be noted
  kUnderWay    // not kept back
};
// Keeps the delivery back; empty: nobody sends anything.
using HoldBack = std::function<KeptBack(const std::string& alias, store::RowId outbox)>;

}  // namespace hub::exchange
