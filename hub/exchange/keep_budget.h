// How much of what could not be accepted is kept per party and hour: what strangers can send is bounded.
// Threads: any.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>

#include "hub/base/time.h"

namespace hub::exchange {

class KeepBudget {
 public:
  bool mayKeep(const std::string& party, Instant now);
  // What is refused for want of any signature has a budget of its own, so that a stranger cannot use up the
  // agency's.
  bool mayKeepNobodys(const std::string& party, Instant now);
  // May so many bytes be kept whole, with their request?
  bool mayKeepWhole(const std::string& party, std::size_t bytes, Instant now);

 private:
  struct Kept {
    Instant since{};
    int count = 0;
    std::size_t bytes = 0;
  };
  static bool countKept(Kept& kept, Instant now);

  std::mutex mutex_;
  std::map<std::string, Kept> kept_;
  std::map<std::string, Kept> nobodys_;
};

}  // namespace hub::exchange
