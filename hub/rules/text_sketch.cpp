#include "hub/rules/text_sketch.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <bit>
#include <vector>

namespace hub::rules {
namespace {

constexpr std::size_t kPieceLetters = 5;
constexpr std::uint16_t kPiecesMin = 25;

// How a letter or digit counts: in lower case, ё as е; 0 for anything else.
char32_t countedAs(UChar32 c) {
  if (c < 0 || !u_isalnum(c)) return 0;
  c = u_tolower(c);
  return static_cast<char32_t>(c == 0x451 ? 0x435 : c);
}

// The same for Latin and Cyrillic, asked once.
constexpr std::size_t kCommon = 0x530;
const std::array<char16_t, kCommon>& commonLetters() {
  static const auto letters = [] {
    std::array<char16_t, kCommon> out{};
    for (std::size_t c = 0; c < kCommon; ++c) {
      const char32_t counted = countedAs(static_cast<UChar32>(c));
      out[c] = counted < 0x10000 ? static_cast<char16_t>(counted) : u'\0';
    }
    return out;
  }();
  return letters;
}

// Lower-case letters and digits as code points; runs of anything else as one space.
std::vector<char32_t> lettersOf(std::string_view text) {
  std::vector<char32_t> out;
  out.reserve(text.size());
  const auto& common = commonLetters();
  const auto length = static_cast<std::int32_t>(std::min<std::size_t>(text.size(), 1 << 24));
  for (std::int32_t i = 0; i < length;) {
    UChar32 c = 0;
    U8_NEXT(reinterpret_cast<const std::uint8_t*>(text.data()), i, length, c);
    const bool is_common = c >= 0 && c < static_cast<UChar32>(kCommon);
    const char32_t letter = is_common ? common[static_cast<std::size_t>(c)] : countedAs(c);
    if (letter != 0) {
      out.push_back(letter);
    } else if (!out.empty() && out.back() != U' ') {
      out.push_back(U' ');
    }
  }
  if (!out.empty() && out.back() == U' ') out.pop_back();
  return out;
}

// An empty minimum takes its neighbour's, moved by the distance, so that two texts agree there just
// as often as elsewhere (densification).
void fillGaps(TextSketch& sketch, const std::array<bool, TextSketch::kMinima>& filled) {
  constexpr std::size_t n = TextSketch::kMinima;
  const auto given = sketch.minima;
  for (std::size_t i = 0; i < n; ++i) {
    if (filled[i]) continue;
    for (std::size_t step = 1; step < n; ++step) {
      if (!filled[(i + step) % n]) continue;
      sketch.minima[i] = static_cast<std::uint16_t>(mixBits(given[(i + step) % n] * 131U + step));
      break;
    }
  }
}

}  // namespace

std::string normaliseText(std::string_view text) {
  std::string out;
  for (const char32_t letter : lettersOf(text)) {
    std::uint8_t bytes[4];
    std::int32_t length = 0;
    U8_APPEND_UNSAFE(bytes, length, static_cast<UChar32>(letter));
    out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length));
  }
  return out;
}

TextSketch sketchOf(std::string_view text) {
  const auto letters = lettersOf(text);
  TextSketch sketch;
  for (const char32_t letter : letters) sketch.exact = mixBits(sketch.exact ^ letter);
  sketch.minima.fill(0xFFFF);
  if (letters.size() < kPieceLetters) return sketch;
  std::array<std::uint32_t, TextSketch::kMinima> least;
  least.fill(0xFFFFFFFF);
  std::array<bool, TextSketch::kMinima> filled{};
  for (std::size_t i = 0; i + kPieceLetters <= letters.size(); ++i) {
    std::uint64_t piece = 0;
    for (std::size_t k = 0; k < kPieceLetters; ++k) piece = piece * 0x110003ULL + letters[i + k];
    const std::uint64_t h = mixBits(piece);
    const auto at = static_cast<std::size_t>(h >> 58);
    least[at] = std::min(least[at], static_cast<std::uint32_t>(h));
    filled[at] = true;
  }
  sketch.pieces =
      static_cast<std::uint16_t>(std::min<std::size_t>(letters.size() - kPieceLetters + 1, 0xFFFF));
  for (std::size_t i = 0; i < least.size(); ++i) {
    if (filled[i]) sketch.minima[i] = static_cast<std::uint16_t>(mixBits(least[i]));
  }
  fillGaps(sketch, filled);
  return sketch;
}

bool tooShort(const TextSketch& sketch) { return sketch.pieces < kPiecesMin; }

double similarity(const TextSketch& a, const TextSketch& b) {
  if (tooShort(a) || tooShort(b)) return 0;
  int equal = 0;
  for (std::size_t i = 0; i < TextSketch::kMinima; ++i) equal += a.minima[i] == b.minima[i];
  return static_cast<double>(equal) / static_cast<double>(TextSketch::kMinima);
}

SmallSketch smallSketchOf(const TextSketch& sketch) {
  SmallSketch small{};
  for (std::size_t i = 0; i < TextSketch::kMinima; ++i) {
    for (std::size_t bit = 0; bit < kSmallBits; ++bit) {
      small[bit] |= std::uint64_t{(sketch.minima[i] >> bit) & 1U} << i;
    }
  }
  return small;
}

double similarity(const SmallSketch& a, const SmallSketch& b) {
  constexpr double kByChance = 1.0 / (1U << kSmallBits);
  const double equal =
      1.0 - std::popcount(differing(a, b)) / static_cast<double>(TextSketch::kMinima);
  return std::max(0.0, (equal - kByChance) / (1 - kByChance));
}

}  // namespace hub::rules
