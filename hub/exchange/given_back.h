// Whether the body that had an appeal gave it back, or did not take it (APPC 65(1)), and did not get it again.
// Threads: pure.
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

#include "hub/exchange/arrival.h"
#include "hub/store/store.h"

namespace hub::exchange {

inline constexpr std::string_view kAwaitingRouting = "awaiting_routing";

// `events`: of the appeal. Whatever state it came to since: a refusal that the law presumed, or a withdrawal.
inline bool wasGivenBack(const std::vector<store::EventRow>& events) {
  const auto last = std::find_if(events.rbegin(), events.rend(), [](const auto& event) {
    return directs(event) || event.to_state == kAwaitingRouting;
  });
  return last != events.rend() && !directs(*last);
}

}  // namespace hub::exchange
