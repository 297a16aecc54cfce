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

// A retry from the reception desk sends the appeal to the body again, as a direction does.
inline bool gaveItAgain(const store::EventRow& event) {
  return directs(event) || (event.type == "retry_requested" &&
                            event.from_state == kAwaitingRouting && event.to_state == "routed");
}

// `events`: of the appeal. Whatever state it came to since: a refusal that the law presumed, or a withdrawal.
inline bool wasGivenBack(const std::vector<store::EventRow>& events) {
  const auto last = std::find_if(events.rbegin(), events.rend(), [](const auto& event) {
    return gaveItAgain(event) || event.to_state == kAwaitingRouting;
  });
  return last != events.rend() && !gaveItAgain(*last);
}

}  // namespace hub::exchange
