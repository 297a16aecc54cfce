// What hub-adapter-runner and the hub agree on about a failed start.
#pragma once

#include <string>

#include "contracts/adapter/verbs.h"
#include "hub/base/status.h"

namespace hub::hosting {

// Exit statuses of hub-adapter-runner; the hub turns them back into codes.
inline constexpr int kExitUsage = 100;
inline constexpr int kExitFileRefused = 101;   // "hosting.file_refused"
inline constexpr int kExitAbi = 102;           // "hosting.abi"
inline constexpr int kExitMissingEntry = 103;  // "hosting.missing_entry"
inline constexpr int kExitBadAbout = 104;      // "hosting.bad_about"
inline constexpr int kExitStartFailed = 105;   // "hosting.start_failed"

// Any answer of configure but DONE as an error: "hosting.misconfigured" or "hosting.start_failed". The field is
// "/settings/NAME" or "/settings/NAME.KEY" if the answer's text names what is wrong.
Status configureError(const otinish::Answer& answer);
// What an answer DONE of configure says to the operator; "" if nothing.
std::string remarkOf(const otinish::Answer& answer);

}  // namespace hub::hosting
