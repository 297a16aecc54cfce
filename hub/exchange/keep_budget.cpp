#include "hub/exchange/keep_budget.h"

#include <utility>

namespace hub::exchange {

using std::chrono::hours;

void KeepBudget::beginAnew(Kept& kept, Instant now, hours span) {
  // A span that has not begun yet was begun by a clock that was ahead.
  if (now - kept.since >= span || now < kept.since) kept = {now, 0, 0, false};
}

KeepBudget::Room KeepBudget::none(Kept& kept) {
  return std::exchange(kept.used_up, true) ? Room::kNone : Room::kJustUsedUp;
}

KeepBudget::Room KeepBudget::countKept(Kept& kept, Instant now) {
  constexpr int kKeptPerHourMax = 100;
  beginAnew(kept, now, hours(1));
  if (kept.count >= kKeptPerHourMax) return none(kept);
  ++kept.count;
  return Room::kEnough;
}

KeepBudget::Room KeepBudget::roomFor(const std::string& party, Instant now) {
  std::lock_guard lock(mutex_);
  return countKept(kept_[party], now);
}

bool KeepBudget::mayKeepNobodys(const std::string& party, Instant now) {
  std::lock_guard lock(mutex_);
  return countKept(nobodys_[party], now) == Room::kEnough;
}

bool KeepBudget::mayKeepWhole(const std::string& party, std::size_t bytes, Instant now) {
  constexpr std::size_t kBytesPerHourMax = 32 * 1024 * 1024;
  std::lock_guard lock(mutex_);
  auto& kept = kept_[party];
  beginAnew(kept, now, hours(1));
  if (bytes > kBytesPerHourMax - kept.bytes) return false;
  kept.bytes += bytes;
  return true;
}

KeepBudget::Room KeepBudget::roomForItem(const std::string& party, std::size_t bytes, Instant now) {
  std::lock_guard lock(mutex_);
  auto& kept = items_[party];
  beginAnew(kept, now, hours(24));
  if (kept.count >= kItemsPerDayMax || bytes > kItemBytesPerDayMax - kept.bytes) return none(kept);
  ++kept.count;
  kept.bytes += bytes;
  return Room::kEnough;
}

}  // namespace hub::exchange
