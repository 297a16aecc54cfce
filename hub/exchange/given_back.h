// Whether the body that had an appeal gave it back, or did not take it (APPC 65(1)), and did not get it again.
// Threads: pure.
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

#include "hub/exchange/arrival.h"
#include "hub/exchange/transitions.h"
#include "hub/store/store.h"

namespace hub::exchange {

inline constexpr std::string_view kAwaitingRouting = "awaiting_routing";

// A retry from the reception desk sends the appeal to the body again, as a direction does.
inline bool gaveItAgain(const store::EventRow& event) {
  return directs(event) || (event.type == "retry_requested" &&
                            event.from_state == kAwaitingRouting && event.to_state == "routed");
}

// The body's system did not take the appeal, though the state does not tell so, since the applicant had withdrawn it or its
// refusal was presumed: it was only on its way to the body before.
inline bool wasNotTaken(const std::vector<store::EventRow>& events,
                        std::vector<store::EventRow>::const_reverse_iterator refusal) {
  if (refusal->type != "delivery_refused") return false;
  const auto hides = [](const std::string& state) {
    return isWithdrawing(state) || state == "deemed_refused";
  };
  const auto before = std::find_if(refusal, events.rend(),
                                   [&](const auto& event) { return !hides(event.from_state); });
  return before != refusal && before != events.rend() &&
         (before->from_state == "routed" || before->from_state == "assigned");
}

// `events`: of the appeal. Whatever state it came to since: a refusal that the law presumed, or a withdrawal.
inline bool wasGivenBack(const std::vector<store::EventRow>& events) {
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    if (gaveItAgain(*event) || event->type == "delivered") return false;
    if (event->to_state == kAwaitingRouting || wasNotTaken(events, event)) return true;
  }
  return false;
}

}  // namespace hub::exchange
