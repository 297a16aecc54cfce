#include "hub/rules/official.h"

#include <algorithm>
#include <string>
#include <vector>

#include "hub/base/text.h"
#include "hub/rules/text_sketch.h"

namespace hub::rules {
namespace {

std::vector<std::string> wordsOf(std::string_view name) {
  std::vector<std::string> words;
  for (const auto& word : split(normaliseText(name), ' ')) {
    if (!word.empty()) words.emplace_back(word);
  }
  return words;
}

bool isInitial(const std::string& word) { return utf8Length(word) == 1; }

bool meets(const std::string& a, const std::string& b) {
  return (isInitial(a) && b.starts_with(a)) || (isInitial(b) && a.starts_with(b));
}

}  // namespace

bool sameOfficial(std::string_view one, std::string_view other) {
  auto fewer = wordsOf(one), more = wordsOf(other);
  if (fewer.size() > more.size()) fewer.swap(more);
  // Whole words first, so that an initial does not take the place of one.
  const auto whole = std::erase_if(fewer, [&](const std::string& word) {
    const auto found = std::find(more.begin(), more.end(), word);
    if (isInitial(word) || found == more.end()) return false;
    more.erase(found);
    return true;
  });
  if (whole == 0) return false;
  return std::all_of(fewer.begin(), fewer.end(), [&](const std::string& word) {
    const auto found = std::find_if(more.begin(), more.end(), [&](const auto& each) {
      return each == word || meets(word, each);
    });
    if (found == more.end()) return false;
    more.erase(found);
    return true;
  });
}

}  // namespace hub::rules
