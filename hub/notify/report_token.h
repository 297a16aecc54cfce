// What proves that a delivery report is of an SMS that the hub sent: HMAC-SHA256 of the notice's id.
// Threads: pure.
#pragma once

#include <string>
#include <string_view>

#include "hub/store/store.h"

namespace hub::notify {

// Lower-case hex.
std::string reportToken(std::string_view secret, store::RowId notice);

}  // namespace hub::notify
