// How far a verb that repeats calls (acknowledgements, files) may go. The hub ends a call that is past its
// time, and with it everything the call had done but not told: so what repeats stops in time, answers with
// what it has, and goes on in the next call. One step a call is always made, or nothing would ever end.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

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

// The files that the items of one call name, and who of those that were asked for in vain has the turn: the one asked for
// least lately, so that some stuck ones keep no other from its files. One that could not be reached (its page, or the
// item before it, is stuck) lets the others pass. Once a file came, all may be asked for.
class FileBudget {
 public:
  // Items asked for in vain, each with its place in the line.
  using Line = std::map<std::string, int>;

  explicit FileBudget(Host& host) : time(host) {}
  // `may`: who can be reached in this call; of the others none has the turn.
  template <class May>
  void lineUp(const Line& line, const May& may) {
    std::vector<std::pair<int, std::string>> order;
    for (const auto& [item, place] : line) order.emplace_back(place, item);
    std::sort(order.begin(), order.end());
    for (const auto& [place, item] : order) {
      line_[item] = ++last_;
      if (next_.empty() && may(item)) next_ = item;
    }
  }
  void lineUp(const Line& line) {
    lineUp(line, [](const std::string&) { return true; });
  }
  // After the call.
  Line line() const {
    Line after = line_;
    if (const auto passed = after.find(next_); passed != after.end()) passed->second = last_ + 1;
    return after;
  }
  // The files that are asked for now are of this item.
  void begin(const std::string& item) { turn_ = item == next_ || !line_.contains(item); }
  // They may come later.
  void inVain(const std::string& item) {
    line_[item] = ++last_;
    if (item == next_) next_.clear();
  }
  // They came, or are asked for no more.
  void leave(const std::string& item) { line_.erase(item); }
  template <class Stays>
  void keepOnly(const Stays& stays) {
    std::erase_if(line_, [&](const auto& one) { return !stays(one.first); });
  }

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
  Line line_;
  std::string next_;  // of them, who has the turn and had it not yet
  int last_ = 0;      // the last place
  bool turn_ = true;
  int got_ = 0;
  int failed_ = 0;    // calls for a file that may come later
  int in_a_row_ = 0;  // of them, since one came
};

}  // namespace otinish::kit
