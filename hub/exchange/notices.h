// What the applicant was told, as the system that tells him reports it: the source system, which reads the
// events and tells the applicant by the channel he chose, or the hub's own SMS (hub/notify). That it has
// done so ends the term of the notice.
// Threads: any.
#pragma once

#include <string>

#include "hub/base/time.h"
#include "hub/exchange/service.h"
#include "hub/store/store.h"

namespace hub::exchange {

class Notices {
 public:
  // Everything must outlive the object.
  Notices(store::Store& store, const Clock& clock) : store_(store), clock_(clock) {}

  // The applicant was told of the extension at `at` (RFC 3339) by `channel` (answer_channel): event
  // "extension_notified", the running clock "extension_notice" (APPC 76(3)) is met or, told after
  // its due day, missed. "exchange.nothing_to_notify" if no such clock runs, "exchange.bad_notice"
  // (unknown channel; a time before the extension or in the future), "store.…".
  Result<Notified> extension(const store::AppealRow& appeal, const std::string& at,
                             const std::string& channel, const Caller& caller) const;

 private:
  Result<store::ClockRow> runningNotice(const store::AppealRow& appeal) const;

  store::Store& store_;
  const Clock& clock_;
};

}  // namespace hub::exchange
