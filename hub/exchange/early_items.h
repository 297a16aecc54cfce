// Items about an appeal nobody knows, while deliveries to the agency are open: it may have what was delivered
// all the same (the answer got lost, the hub was killed), and the item may be its answer.
//
// Such an item is put off until all deliveries older than its first sight are through, since what is settled
// as refused would be lost, but for an hour at most. What was collected waits in the store; what was
// pushed, or found no room there, is to be given again, and is known by its first sight here. The hour is one that
// passes while the hub runs, whatever happens to the clock; only of what waited before the hub was started it is
// counted by the clock.
// Threads: any.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "hub/base/time.h"
#include "hub/exchange/inbound_item.h"

namespace hub::exchange {

class EarlyItems {
 public:
  // A clock that only goes on; tests set one by hand.
  using Steady = std::function<std::chrono::steady_clock::time_point()>;
  explicit EarlyItems(Steady steady = std::chrono::steady_clock::now)
      : steady_(std::move(steady)) {}

  // Whether the appeal may become known soon: then the item is not judged yet.
  bool mayComeSoon(const ItemSource& source, const PreparedItem& item, Instant now);

  // It was judged.
  void forget(const ItemSource& source, const PreparedItem& item);

 private:
  struct Sight {
    Instant wait_for;  // deliveries that were queued until then
    std::chrono::steady_clock::time_point first;
    std::chrono::steady_clock::duration waited_before;  // by the clock, before this process saw it
  };

  const Steady steady_;
  std::mutex mutex_;
  std::map<std::string, Sight> seen_;  // items put off
};

}  // namespace hub::exchange
