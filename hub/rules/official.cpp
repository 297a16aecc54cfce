#include "hub/rules/official.h"

#include <algorithm>
#include <iterator>
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

// Of Kazakh and Russian names; family names may end so, too.
bool isPatronymic(const std::string& word) {
  constexpr std::string_view kEnds[] = {"ұлы",  "улы",  "қызы", "кызы", "ович",
                                        "евич", "овна", "евна", "ична"};
  return std::any_of(std::begin(kEnds), std::end(kEnds),
                     [&](auto end) { return word.size() > end.size() && word.ends_with(end); });
}

// Which words may be the family name: it stands first or last, and a patronymic never first.
std::vector<std::string> familyOf(const std::vector<std::string>& words) {
  std::vector<std::string> whole;
  std::copy_if(words.begin(), words.end(), std::back_inserter(whole),
               [](const auto& word) { return !isInitial(word); });
  if (whole.size() < 2) return whole;
  const auto &first = whole.front(), &last = whole.back();
  if (isPatronymic(first)) return {first};
  if (std::any_of(whole.begin() + 1, whole.end() - 1, isPatronymic)) return {last};
  if (!isPatronymic(last)) return {first, last};
  if (whole.size() == 2) return {};
  return {first};
}

bool isPost(const std::string& word, const std::vector<std::string>& post_words) {
  return std::any_of(post_words.begin(), post_words.end(), [&](const std::string& post) {
    if (!post.ends_with('*')) return word == post;
    return word.starts_with(std::string_view(post).substr(0, post.size() - 1));
  });
}

bool meets(const std::string& a, const std::string& b) {
  return (isInitial(a) && b.starts_with(a)) || (isInitial(b) && a.starts_with(b));
}

bool same(std::vector<std::string> fewer, std::vector<std::string> more) {
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

}  // namespace

bool sameOfficial(std::string_view one, std::string_view other) {
  return same(wordsOf(one), wordsOf(other));
}

bool surelySameOfficial(std::string_view one, std::string_view other,
                        const std::vector<std::string>& post_words) {
  auto his = wordsOf(one), named = wordsOf(other);
  for (auto* words : {&his, &named}) {
    std::erase_if(*words, [&](const auto& word) { return isPost(word, post_words); });
    if (words->size() < 2) return false;
  }
  const auto family = familyOf(his), other_family = familyOf(named);
  return same(his, named) && std::any_of(family.begin(), family.end(), [&](const auto& word) {
           return std::find(other_family.begin(), other_family.end(), word) != other_family.end();
         });
}

}  // namespace hub::rules
