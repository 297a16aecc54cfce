// Finds the few bytes that a text format must treat apart, eight bytes at a step: texts are long and
// such bytes are rare. Threads: any.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace hub {

// Index of the first byte at or after `from` that is below 0x20 or one of `Marks`; size() if none.
template <unsigned char... Marks>
std::size_t findControlOr(std::string_view text, std::size_t from) {
  constexpr std::uint64_t kOnes = 0x0101010101010101U;
  constexpr std::uint64_t kHighs = 0x8080808080808080U;
  // The lowest byte that is below `limit` (at most 0x80) has its high bit set in the result; bytes above
  // it may have theirs set wrongly.
  const auto below = [](std::uint64_t word, std::uint64_t limit) {
    return (word - kOnes * limit) & ~word & kHighs;
  };
  if constexpr (std::endian::native == std::endian::little) {
    for (; text.size() - from >= sizeof(std::uint64_t); from += sizeof(std::uint64_t)) {
      std::uint64_t word = 0;
      std::memcpy(&word, text.data() + from, sizeof word);
      const std::uint64_t found = (below(word, 0x20) | ... | below(word ^ (kOnes * Marks), 1));
      if (found != 0) return from + static_cast<std::size_t>(std::countr_zero(found)) / 8;
    }
  }
  for (; from < text.size(); ++from) {
    const auto b = static_cast<unsigned char>(text[from]);
    if (b < 0x20 || (... || (b == Marks))) break;
  }
  return from;
}

}  // namespace hub
