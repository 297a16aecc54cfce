#include "hub/rules/duplicate_segment.h"

#include <algorithm>
#include <limits>

namespace hub::rules {

std::uint16_t WordNumbers::find(std::string_view word) const {
  const auto found = numbers_.find(word);
  return found == numbers_.end() ? kOther : found->second;
}

std::uint16_t WordNumbers::take(std::string_view word) {
  const auto known = find(word);
  const std::size_t next = numbers_.size() + 1;
  if (known != kOther || next >= kOther) return known;
  numbers_.emplace(word, static_cast<std::uint16_t>(next));
  return static_cast<std::uint16_t>(next);
}

bool IdSet::insert(std::int64_t id) {
  auto& page = pages_[id >> 12];
  if (!page) page = std::make_unique<Page>();
  const auto at = static_cast<std::size_t>(id) % kIds;
  auto& word = page->bits[at / 64];
  const std::uint64_t bit = std::uint64_t{1} << (at % 64);
  if ((word & bit) != 0) return false;
  word |= bit;
  ++page->count;
  return true;
}

void IdSet::erase(std::int64_t id) {
  const auto found = pages_.find(id >> 12);
  if (found == pages_.end()) return;
  Page& page = *found->second;
  const auto at = static_cast<std::size_t>(id) % kIds;
  const std::uint64_t bit = std::uint64_t{1} << (at % 64);
  if ((page.bits[at / 64] & bit) == 0) return;
  page.bits[at / 64] &= ~bit;
  if (--page.count == 0) pages_.erase(found);
}

std::size_t IdSet::bytes() const {
  constexpr std::size_t kNode = 4 * sizeof(void*);  // of the map, about
  return pages_.size() * (sizeof(Page) + kNode);
}

bool DuplicateSegment::takes(std::int64_t id) const {
  std::int64_t distance = 0;
  return !__builtin_sub_overflow(id, first_id_, &distance) &&
         distance >= std::numeric_limits<std::int32_t>::min() &&
         distance <= std::numeric_limits<std::int32_t>::max();
}

void DuplicateSegment::add(std::int64_t id, const KeptAppeal& appeal, const Slots& slots) {
  auto& chunk = chunks_[size_ / kChunk];
  if (!chunk) chunk = std::make_unique<KeptAppeal[]>(kChunk);
  KeptAppeal& kept = chunk[size_ % kChunk];
  kept = appeal;
  kept.id = static_cast<std::int32_t>(id - first_id_);
  for (std::size_t chain = 0; chain < slots.size(); ++chain) {
    kept.next[chain] = kEnd;
    if (slots[chain] == kEnd) continue;
    auto& head = heads_[chain][slots[chain]];
    kept.next[chain] = head;
    head = static_cast<std::uint16_t>(size_);
  }
  newest_day_ = std::max(newest_day_, kept.day);
  ++size_;
}

std::size_t DuplicateSegment::bytes() const {
  return sizeof(*this) + (size_ + kChunk - 1) / kChunk * kChunk * sizeof(KeptAppeal);
}

}  // namespace hub::rules
