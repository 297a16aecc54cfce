#include "hub/exchange/keep_budget.h"

namespace hub::exchange {

bool KeepBudget::countKept(Kept& kept, Instant now) {
  constexpr int kKeptPerHourMax = 100;
  if (now - kept.since >= std::chrono::hours(1)) kept = {now, 0, 0};
  return ++kept.count <= kKeptPerHourMax;
}

bool KeepBudget::mayKeep(const std::string& party, Instant now) {
  std::lock_guard lock(mutex_);
  return countKept(kept_[party], now);
}

bool KeepBudget::mayKeepNobodys(const std::string& party, Instant now) {
  std::lock_guard lock(mutex_);
  return countKept(nobodys_[party], now);
}

bool KeepBudget::mayKeepWhole(const std::string& party, std::size_t bytes, Instant now) {
  constexpr std::size_t kBytesPerHourMax = 32 * 1024 * 1024;
  std::lock_guard lock(mutex_);
  auto& kept = kept_[party];
  if (now - kept.since >= std::chrono::hours(1)) kept = {now, 0, 0};
  if (bytes > kBytesPerHourMax - kept.bytes) return false;
  kept.bytes += bytes;
  return true;
}

}  // namespace hub::exchange
