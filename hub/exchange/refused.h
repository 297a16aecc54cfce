// Bytes that could not be accepted (a refused push, an answer nobody understands), kept in the quarantine as
// evidence; and the end of what was kept, once the same succeeds.
// Threads: pure but for the unit of work.
#pragma once

#include <optional>
#include <string>

#include "hub/base/status.h"
#include "hub/base/time.h"
#include "hub/store/store.h"

namespace hub::exchange {

// The agency told a second case number of an appeal: which of its cases goes on it alone knows.
inline constexpr const char* kSecondCase = "exchange.second_case_number";

struct Refused {
  std::string kind, raw, correlation, subject;
  std::optional<store::QuarantinedRequest> request = {};
};
// Once per reason and content as long as its subject has an open row. Ask KeepBudget first. Without a request,
// the first 64 KiB are kept; of a push that is nobody's, 4 KiB.
Status keepRefused(store::Tx& tx, const std::string& party, const Error& reason,
                   const Refused& refused, Instant now);
// Is a push refused for want of any signature? Anybody can send such, and it can never be judged again.
bool isNobodys(const Error& reason);

// What was kept of this subject succeeded after all: its open rows are closed.
Status closeKept(store::Tx& tx, const std::string& party, const std::string& subject, Instant now);
// The item was taken when it came again: its open rows are closed.
Status closeKeptItem(store::Tx& tx, const std::string& party, const std::string& item_id,
                     Instant now);

}  // namespace hub::exchange
