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

// What the applicant is told of.
inline constexpr const char* kOfExtension = "extension";
inline constexpr const char* kOfForwarding = "forwarding";

class Notices {
 public:
  // Everything must outlive the object.
  Notices(store::Store& store, const Clock& clock) : store_(store), clock_(clock) {}

  // The applicant was told of it (kOfExtension, the default, or kOfForwarding) at `at` (RFC 3339) by `channel`
  // (answer_channel): event "extension_notified" or "forwarding_notified", the running clock "extension_notice"
  // (APPC 76(3)) or "forward_notice" (65(1)) is met or, told after its due day, missed.
  // "exchange.nothing_to_notify" if no such clock runs, "exchange.bad_notice" (unknown channel or matter; a
  // time before it or in the future), "store.…".
  Result<Notified> told(const store::AppealRow& appeal, const std::string& of,
                        const std::string& at, const std::string& channel,
                        const Caller& caller) const;

 private:
  store::Store& store_;
  const Clock& clock_;
};

}  // namespace hub::exchange
