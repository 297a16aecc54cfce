// What each event of an appeal's life says to people, in Kazakh, Russian and English. No personal data.
#pragma once

#include <string>
#include <string_view>

#include "hub/base/time.h"
#include "hub/store/store.h"

namespace hub::exchange {

// An event row with its texts. `detail` replaces {} in the texts (a date, a body's alias); it is shown
// to applicants.
store::EventRow makeEvent(store::RowId appeal, std::string_view type, Instant at,
                          std::string_view actor, std::string_view from_state,
                          std::string_view to_state, std::string_view reason = {},
                          std::string_view detail = {}, std::string_view payload_sha256 = {});

}  // namespace hub::exchange
