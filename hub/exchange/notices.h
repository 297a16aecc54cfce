// What the applicant was told, as the system that tells him reports it: the source system, which reads the
// events and tells the applicant by the channel he chose, or the hub's own SMS (hub/notify). That it has
// done so ends the term of the notice.
// Threads: any.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hub/base/time.h"
#include "hub/exchange/service.h"
#include "hub/rules/current_law.h"
#include "hub/store/store.h"

namespace hub::exchange {

// What the applicant is told of.
inline constexpr const char* kOfExtension = "extension";
inline constexpr const char* kOfForwarding = "forwarding";

class Notices {
 public:
  // Everything must outlive the object.
  // Without a law a report that names no clock meets the newest.
  Notices(store::Store& store, const Clock& clock, const rules::CurrentLaw* law = nullptr)
      : store_(store), law_(law), clock_(clock) {}

  struct Report {
    std::string of;           // kOfExtension, the default, or kOfForwarding
    std::string at;           // RFC 3339
    std::string channel;      // answer_channel
    std::string occasion{};   // of a forwarding: which; see termsMet
    std::int64_t number = 0;  // the very clock (ClockRow::number); 0: by its occasion
  };
  // The applicant was told of it: event "extension_notified" or "forwarding_notified", the running clock
  // "extension_notice" (APPC 76(3)) or "forward_notice" (65(1)) is met or, told after its due day, missed.
  // "exchange.nothing_to_notify" if no such clock runs, "exchange.bad_notice" (unknown channel or matter; a
  // time before it or in the future), those of termsMet, "store.…".
  Result<Notified> told(const store::AppealRow& appeal, const Report& report,
                        const Caller& caller) const;
  // Whether it is for the caller to report: for the source system, and in a role of the actions that end the same term.
  // "exchange.role_not_allowed".
  static Status mayReport(const rules::LawBook& law, const store::AppealRow& appeal,
                          const Report& report, const Caller& caller);

 private:
  Result<std::vector<store::ClockRow>> openNotices(const store::AppealRow& appeal,
                                                   const Report& report, const char* clock,
                                                   const Caller& caller, Instant now) const;

  store::Store& store_;
  const rules::CurrentLaw* law_;
  const Clock& clock_;
};

}  // namespace hub::exchange
