// How much of what could not be accepted is kept per party and time: what others can fill the store with is
// bounded.
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
  static constexpr int kItemsPerDayMax = 10'000;
  static constexpr std::size_t kItemBytesPerDayMax = std::size_t{1} << 30;
  // kJustUsedUp: there is none, and this is the first that finds it so.
  enum class Room { kEnough, kJustUsedUp, kNone };

  Room roomFor(const std::string& party, Instant now);
  bool mayKeep(const std::string& party, Instant now) {
    return roomFor(party, now) == Room::kEnough;
  }
  // What is refused for want of any signature has a budget of its own, so that a stranger cannot use up the
  // agency's.
  bool mayKeepNobodys(const std::string& party, Instant now);
  // May so many bytes be kept whole, with their request?
  bool mayKeepWhole(const std::string& party, std::size_t bytes, Instant now);
  // For an item of the agency's own that is refused or waits. By the day, and much: one code that a table of
  // ours lacks may refuse all that an agency says in a day.
  Room roomForItem(const std::string& party, std::size_t bytes, Instant now);

 private:
  struct Kept {
    Instant since{};
    int count = 0;
    std::size_t bytes = 0;
    bool used_up = false;
  };
  static void beginAnew(Kept& kept, Instant now, std::chrono::hours span);
  static Room countKept(Kept& kept, Instant now);
  static Room none(Kept& kept);

  std::mutex mutex_;
  std::map<std::string, Kept> kept_;
  std::map<std::string, Kept> nobodys_;
  std::map<std::string, Kept> items_;
};

}  // namespace hub::exchange
