// An operator has a delivery tried again now, under the same message_id.
#pragma once

#include <functional>
#include <string>

#include "hub/base/status.h"
#include "hub/base/time.h"
#include "hub/exchange/service.h"
#include "hub/store/store.h"

namespace hub::exchange {

// Dead, rejected, waiting or overdue. The destination, whose dispatcher is to be woken.
// `connected`: does an agency of this alias run? Without one nobody would try it. "store.not_found",
// "exchange.not_retryable", "exchange.body_not_connected".
Result<std::string> retryDelivery(store::Store& store, store::RowId outbox, const Caller& caller,
                                  const Clock& clock,
                                  const std::function<bool(const std::string&)>& connected);

}  // namespace hub::exchange
