#include "hub/exchange/early_items.h"

namespace hub::exchange {

bool EarlyItems::mayComeSoon(const ItemSource& source, const PreparedItem& item, Instant now) {
  constexpr std::size_t kItemsMax = 10'000;
  constexpr auto kPutOffMax = std::chrono::hours(1);
  if (!source.oldest_open) return false;
  auto oldest = source.oldest_open();
  // Bounded: a delivery that never gets through must not keep what is nobody's for ever.
  auto waits = [&](Instant since) {
    return oldest && *oldest <= since && now - since < kPutOffMax;
  };
  if (item.waits_since) return waits(*item.waits_since);
  std::lock_guard lock(mutex_);
  if (first_seen_.size() > kItemsMax) first_seen_.clear();
  auto seen = first_seen_.try_emplace(source.alias + " " + item.item.item_id, now).first;
  if (waits(seen->second)) return true;
  first_seen_.erase(seen);
  return false;
}

void EarlyItems::forget(const ItemSource& source, const PreparedItem& item) {
  std::lock_guard lock(mutex_);
  first_seen_.erase(source.alias + " " + item.item.item_id);
}

}  // namespace hub::exchange
