// How DuplicateIndex keeps its appeals: 64 bytes for each, a line of the cache, in segments that fill up in order of arrival
// and are dropped whole, so that nothing is ever copied, rebuilt or taken out singly. Inside a segment
// appeals are numbered by 16 bits and chained by them, the newest first: a chain for each band of
// minima and one for the person.
//
// Memory: 69 bytes an appeal in a full segment (with 4.5 for the heads of its chains), 0.28 MiB for an
// empty one; it grows by 64 KiB.
// Threads: one writer or many readers; the owner locks.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "hub/rules/text_sketch.h"

namespace hub::rules {

// Numbers for words that come again and again. They are never forgotten; there is room for 65,533.
class WordNumbers {
 public:
  static constexpr std::uint16_t kNone = 0;        // no word has it
  static constexpr std::uint16_t kOther = 0xFFFF;  // a new word, or one that found no room
  std::uint16_t take(std::string_view word);       // gives a new word a number
  std::uint16_t find(std::string_view word) const;

 private:
  std::map<std::string, std::uint16_t, std::less<>> numbers_;
};

// Row ids that lie close together, a bit for each: 0.14 bytes while there are no gaps.
class IdSet {
 public:
  bool insert(std::int64_t id);  // false: was there
  void erase(std::int64_t id);
  std::size_t bytes() const;

 private:
  static constexpr std::size_t kIds = 4096;
  struct Page {
    std::array<std::uint64_t, kIds / 64> bits{};
    std::size_t count = 0;
  };
  std::unordered_map<std::int64_t, std::unique_ptr<Page>> pages_;
};

struct alignas(64) KeptAppeal {
  static constexpr std::size_t kBands = 8, kChains = kBands + 1, kPersonChain = kBands;
  SmallSketch sketch{};
  std::uint64_t applicant = 0;  // keyed hash; 0: unknown
  std::uint32_t exact = 0;      // half of the normalised text's hash
  std::int32_t id = 0;          // less the segment's first
  std::uint16_t topic = 0;      // kNone: the text is too short to be compared
  std::uint16_t place = 0;      // of the district; kNone: unknown
  std::uint16_t day = 0;        // of receipt, from 1970-01-01
  std::array<std::uint16_t, kChains> next{};
};
static_assert(sizeof(KeptAppeal) == 64);

class DuplicateSegment {
 public:
  static constexpr std::size_t kAppealsMax = 0xFFFF;
  static constexpr std::uint16_t kEnd = 0xFFFF;  // of a chain
  static constexpr std::size_t kSlots = std::size_t{1} << 14;
  // Of each chain, less than kSlots; kEnd: not in this chain.
  using Slots = std::array<std::uint16_t, KeptAppeal::kChains>;

  explicit DuplicateSegment(std::int64_t first_id) : first_id_(first_id) {
    for (auto& heads : heads_) heads.fill(kEnd);
  }
  // The ids of a segment are not further than 2^31 from its first.
  bool takes(std::int64_t id) const;
  // Precondition: takes(id), size() < kAppealsMax.
  void add(std::int64_t id, const KeptAppeal& appeal, const Slots& slots);
  std::size_t size() const { return size_; }
  std::uint16_t newestDay() const { return newest_day_; }
  std::uint16_t head(std::size_t chain, std::size_t slot) const { return heads_[chain][slot]; }
  const KeptAppeal& at(std::size_t i) const { return chunks_[i / kChunk][i % kChunk]; }
  std::int64_t idOf(const KeptAppeal& appeal) const { return first_id_ + appeal.id; }
  std::size_t bytes() const;

 private:
  static constexpr std::size_t kChunk = (std::size_t{1} << 16) / sizeof(KeptAppeal);
  std::array<std::array<std::uint16_t, kSlots>, KeptAppeal::kChains> heads_;
  std::array<std::unique_ptr<KeptAppeal[]>, kAppealsMax / kChunk + 1> chunks_;
  std::size_t size_ = 0;
  std::int64_t first_id_;
  std::uint16_t newest_day_ = 0;
};

}  // namespace hub::rules
