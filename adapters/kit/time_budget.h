// How far a verb that repeats calls (acknowledgements, files) may go. The hub ends a call that is past its
// time, and with it everything the call had done but not told: so what repeats stops in time, answers with
// what it has, and goes on in the next call. One step a call is always made, or nothing would ever end.
#pragma once

#include <cstddef>
#include <cstdint>

#include "adapters/kit/adapter.h"
#include "adapters/kit/outcome.h"

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

// The files that the items of one call name.
struct FileBudget {
  explicit FileBudget(Host& host) : time(host) {}
  // A store of files that is down is not asked for every item of a page.
  bool mayGoOn() { return failed < 3 && time.mayGoOn(TimeBudget::kForFiles); }
  // Where no file comes the store is down, which is no fault of each item that waits: the first of them counts the rounds.
  // Nor is it one that the hub's own store takes nothing.
  bool countsRound(std::size_t waiting_before) const {
    return !ours && (waiting_before == 0 || got > 0);
  }
  // A file that may come later.
  void cameNot(const ExchangeResponse& response) {
    ++failed;
    ours = ours || isOurStores(response);
  }
  // It would go on at once: nothing but time was missing.
  bool isWell() const { return failed == 0; }

  TimeBudget time;
  int got = 0;        // files
  int failed = 0;     // calls for one that may come later
  bool ours = false;  // the hub's own store took no file
};

}  // namespace otinish::kit
