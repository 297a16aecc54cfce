#include "hub/exchange/early_items.h"

#include <algorithm>

namespace hub::exchange {
namespace {

constexpr std::chrono::steady_clock::duration kPutOffMax = std::chrono::hours(1);

std::string keyOf(const ItemSource& source, const PreparedItem& item) {
  return source.alias + " " + item.item.item_id;
}

}  // namespace

bool EarlyItems::mayComeSoon(const ItemSource& source, const PreparedItem& item, Instant now) {
  constexpr std::size_t kItemsMax = 20'000;
  if (!source.oldest_open) return false;
  const auto oldest = source.oldest_open();
  const auto steady = steady_();
  const auto key = keyOf(source, item);
  std::lock_guard lock(mutex_);
  if (!oldest) {
    seen_.erase(key);
    return false;
  }
  auto seen = seen_.find(key);
  if (seen == seen_.end()) {
    if (seen_.size() > kItemsMax) seen_.clear();
    Sight sight{now, steady, {}};
    if (item.waits_since) {
      sight.wait_for = *item.waits_since;
      sight.waited_before = std::clamp<std::chrono::steady_clock::duration>(
          now - *item.waits_since, std::chrono::steady_clock::duration::zero(), kPutOffMax);
    } else {
      // What is open now is older than the item, whatever the clock said when it was queued.
      sight.wait_for = std::max(now, *oldest);
    }
    seen = seen_.emplace(key, sight).first;
  }
  const Sight& sight = seen->second;
  // Bounded: a delivery that never gets through must not keep what is nobody's for ever.
  if (*oldest <= sight.wait_for && sight.waited_before + (steady - sight.first) < kPutOffMax) {
    return true;
  }
  seen_.erase(seen);
  return false;
}

void EarlyItems::forget(const ItemSource& source, const PreparedItem& item) {
  std::lock_guard lock(mutex_);
  if (!seen_.empty()) seen_.erase(keyOf(source, item));
}

}  // namespace hub::exchange
