// Who may be told by SMS, and where. APPC 66(4): a notice to the contacts that the participant confirmed is
// proper; so nobody else's telephone is written to.
// Threads: pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "hub/base/status.h"
#include "hub/model/types.h"

namespace hub::notify {

// The mobile number as networks write it, "+77011234567", of any spelling a person may use; nothing for
// another country's or a fixed line (7 71x, 7 72x), which no SMS reaches.
std::optional<std::string> mobileNumber(std::string_view phone);

// The first mobile number of the applicants, else of the representative. Failure: "notify.confidential",
// "notify.contacts_not_confirmed", "notify.no_phone".
Result<std::string> mobileOf(const model::Appeal& appeal);

}  // namespace hub::notify
