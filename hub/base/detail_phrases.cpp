#include "hub/base/detail_phrases.h"

#include <algorithm>
#include <optional>

namespace hub {
namespace {

using Values = std::vector<std::string_view>;
constexpr int kDepthMax = 4;  // a phrase in a phrase in a phrase
constexpr std::string_view kGap = "{}";

// What the gaps of the pattern hold, if the text is such a phrase. Texts between two gaps are looked
// for from the left.
std::optional<Values> valuesOf(std::string_view pattern, std::string_view text) {
  Values values;
  auto gap = pattern.find(kGap);
  if (gap == pattern.npos) return pattern == text ? std::optional(values) : std::nullopt;
  if (text.substr(0, gap) != pattern.substr(0, gap)) return std::nullopt;
  text.remove_prefix(gap);
  for (;;) {
    pattern.remove_prefix(gap + kGap.size());
    gap = pattern.find(kGap);
    const auto literal = pattern.substr(0, gap);
    const auto at = gap == pattern.npos
                        ? (text.ends_with(literal) ? text.size() - literal.size() : text.npos)
                        : text.find(literal);
    if (at == text.npos || at == 0) return std::nullopt;
    values.push_back(text.substr(0, at));
    if (gap == pattern.npos) return values;
    text.remove_prefix(at + literal.size());
  }
}

std::size_t literalBytes(std::string_view pattern) {
  std::size_t bytes = pattern.size();
  for (auto at = pattern.find(kGap); at != pattern.npos; at = pattern.find(kGap, at + 1))
    bytes -= kGap.size();
  return bytes;
}

// The phrase that says most comes first.
const std::vector<DetailPhrase>& mostExactFirst() {
  static const auto phrases = [] {
    auto sorted = detailPhrases();
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto& one, const auto& other) {
      return literalBytes(one.en) > literalBytes(other.en);
    });
    return sorted;
  }();
  return phrases;
}

std::string told(std::string_view detail, std::string_view language, int depth);

std::string filled(std::string_view pattern, const Values& values, std::string_view language,
                   int depth) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const auto close = pattern[i] == '{' ? pattern.find('}', i) : pattern.npos;
    if (close == pattern.npos) {
      out += pattern[i];
      continue;
    }
    const auto number = static_cast<std::size_t>(pattern[i + 1] - '1');
    if (number < values.size()) {
      const bool phrase = pattern[close - 1] == '>';
      out += phrase ? told(values[number], language, depth + 1) : std::string(values[number]);
    }
    i = close;
  }
  return out;
}

std::string told(std::string_view detail, std::string_view language, int depth) {
  if (depth > kDepthMax) return std::string(detail);
  for (const auto& phrase : mostExactFirst()) {
    if (const auto values = valuesOf(phrase.en, detail)) {
      return filled(language == "kk" ? phrase.kk : phrase.ru, *values, language, depth);
    }
  }
  return std::string(detail);
}

}  // namespace

const std::vector<DetailPhrase>& detailPhrases() {
  static const std::vector<DetailPhrase> phrases = {
#define OTINISH_DETAIL(en, ru, kk) {en, ru, kk},
#include "hub/base/detail_phrases.inc"
#undef OTINISH_DETAIL
  };
  return phrases;
}

std::string detailIn(std::string_view detail, std::string_view language) {
  const bool translated = language == "kk" || language == "ru";
  if (!translated || detail.empty()) return std::string(detail);
  return told(detail, language, 0);
}

}  // namespace hub
