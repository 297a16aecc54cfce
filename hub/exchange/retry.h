// An operator has a delivery tried again now, under the same message_id.
#pragma once

#include <string>

#include "hub/base/status.h"
#include "hub/base/time.h"
#include "hub/exchange/service.h"
#include "hub/store/store.h"

namespace hub::exchange {

// Dead, rejected, waiting or overdue. The destination, whose dispatcher is to be woken.
// "store.not_found", "exchange.not_retryable".
Result<std::string> retryDelivery(store::Store& store, store::RowId outbox, const Caller& caller,
                                  const Clock& clock);

}  // namespace hub::exchange
