// What the doors may ask of the SMS notices; lists are read from the store.
// Threads: any.
#pragma once

#include <string>
#include <string_view>

#include "hub/base/status.h"
#include "hub/exchange/service.h"
#include "hub/store/store.h"

namespace hub::notify {

// A gateway's word on an SMS. Kinds by Kannel: 1 delivered, 2 not delivered, 4 buffered, 8 with the
// network, 16 refused by the network.
struct SmsReport {
  store::RowId notice = 0;
  int kind = 0;
  std::string provider_id;  // of the message at the network, "" if not told
  std::string token;
};

class SmsDesk {
 public:
  virtual ~SmsDesk() = default;
  // "notify.bad_report" for a wrong token or an unknown notice, whichever it is; "store.…".
  virtual Status report(const SmsReport& report) = 0;
  // A failed notice is tried again. "store.not_found", "notify.not_retryable".
  virtual Result<store::NoticeRow> retry(store::RowId notice, const exchange::Caller& caller) = 0;
};

}  // namespace hub::notify
