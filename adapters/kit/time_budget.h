// How far a verb that repeats calls (acknowledgements, files) may go. The hub ends a call that is past its
// time, and with it everything the call had done but not told: so what repeats stops in time, answers with
// what it has, and goes on in the next call. One step a call is always made, or nothing would ever end.
#pragma once

#include <cstdint>

#include "adapters/kit/adapter.h"

namespace otinish::kit {

class TimeBudget {
 public:
  // What every file needs: one that began with less would hardly come to its end.
  static constexpr int kForFiles = 3;

  // Of the whole call: made at its beginning.
  explicit TimeBudget(Host& host) : host_(host), whole_ms_(host.timeLeftMs()) {}
  // True before the first step, and while more than 1/`part` of the call's time is left.
  bool mayGoOn(int part) {
    const bool first = !stepped_;
    stepped_ = true;
    return first || host_.timeLeftMs() > whole_ms_ / part;
  }

 private:
  Host& host_;
  const std::int64_t whole_ms_;
  bool stepped_ = false;
};

}  // namespace otinish::kit
