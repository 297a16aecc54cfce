// How far a verb that repeats calls (acknowledgements, files) may go. The hub ends a call that is past its
// time, and with it everything the call had done but not told: so what repeats stops in time, answers with
// what it has, and goes on in the next call. One step a call is always made, or nothing would ever end.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

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
  // `in_vain`: item → how often its files were asked for in vain. Of these items one has its turn, the one asked for
  // least often, so that some stuck ones keep no other from its files; once a file came, all may be asked for.
  void lineUp(const std::map<std::string, int>& in_vain) {
    in_vain_ = in_vain;
    const auto next =
        std::min_element(in_vain.begin(), in_vain.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    if (next != in_vain.end()) next_ = next->first;
  }
  // The files that are asked for now are of this item.
  void begin(const std::string& item) { turn_ = item == next_ || !in_vain_.contains(item); }
  // A store of files that is down is not asked for every item of a page.
  bool mayGoOn() {
    return (turn_ ? in_a_row_ < 3 : got_ > 0 && in_a_row_ < 2) &&
           time.mayGoOn(TimeBudget::kForFiles);
  }
  void came() {
    ++got_;
    in_a_row_ = 0;
  }
  // Where no file comes the store is down, which is no fault of each item that waits: the first of them counts the rounds.
  // Nor is it one that the hub's own store takes nothing.
  bool countsRound(std::size_t waiting_before) const {
    return !ours && (waiting_before == 0 || got_ > 0);
  }
  // A file that may come later.
  void cameNot() {
    ++failed_;
    ++in_a_row_;
  }
  void cameNot(const ExchangeResponse& response) {
    cameNot();
    ours = ours || isOurStores(response);
  }
  // It would go on at once: nothing but time was missing.
  bool isWell() const { return failed_ == 0; }

  int got() const { return got_; }  // files

  TimeBudget time;
  bool ours = false;  // the hub's own store took no file

 private:
  std::map<std::string, int> in_vain_;
  std::string next_;
  bool turn_ = true;
  int got_ = 0;
  int failed_ = 0;    // calls for a file that may come later
  int in_a_row_ = 0;  // of them, since one came
};

}  // namespace otinish::kit
