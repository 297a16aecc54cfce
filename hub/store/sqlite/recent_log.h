// The newest part of the journal's tree in memory: a receipt proves a record just committed, and need
// not read its heads and nodes back. A cache only: what it does not hold is read from the database.
// Threads: any; the writer adds, after the commit.
#pragma once

#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "hub/base/ids.h"
#include "hub/store/store.h"

namespace hub::store::sqlite {

class RecentLog {
 public:
  // `first`: the number of the first of `nodes` (trust::merkleNodeNumber).
  void add(std::uint64_t first, const std::vector<Sha256>& nodes, const TreeHead& head) {
    const std::lock_guard lock(mutex_);
    for (const Sha256& node : nodes) keepUnlocked(first++, node);
    heads_.push_back(head);
    if (heads_.size() > kHeadsMax) heads_.pop_front();
  }
  void keep(std::uint64_t number, const Sha256& node) {
    const std::lock_guard lock(mutex_);
    keepUnlocked(number, node);
  }
  std::optional<Sha256> node(std::uint64_t number) const {
    const std::lock_guard lock(mutex_);
    const Slot& slot = slots_[number % kSlots];
    return slot.used && slot.number == number ? std::optional(slot.hash) : std::nullopt;
  }
  // The first head that holds the record, if the heads from the one before it on are here.
  std::optional<TreeHead> headAfter(std::int64_t position) const {
    const std::lock_guard lock(mutex_);
    if (heads_.empty() || heads_.front().size > position) return std::nullopt;
    for (auto head = heads_.rbegin(); head != heads_.rend(); ++head) {
      if (head->size > position) continue;
      return head == heads_.rbegin() ? std::nullopt : std::optional(*std::prev(head));
    }
    return std::nullopt;
  }

 private:
  static constexpr std::size_t kHeadsMax = 1'024;
  static constexpr std::size_t kSlots = 16'384;
  struct Slot {
    std::uint64_t number = 0;
    Sha256 hash{};
    bool used = false;
  };
  void keepUnlocked(std::uint64_t number, const Sha256& hash) {
    slots_[number % kSlots] = {number, hash, true};
  }

  mutable std::mutex mutex_;
  std::deque<TreeHead> heads_;  // ascending, without gaps
  std::vector<Slot> slots_ = std::vector<Slot>(kSlots);
};

}  // namespace hub::store::sqlite
