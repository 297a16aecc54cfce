// Lists of words of the procedure's tables, and what their checks find wrong.
// Threads: any; a checker belongs to one.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/status.h"
#include "hub/rules/law_data.h"

namespace hub::rules {

using Words = std::vector<std::string>;

inline bool has(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

inline std::string joined(const Words& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// Collects what is wrong, each with its line.
class TableChecker {
 public:
  explicit TableChecker(std::vector<Error>& errors) : errors_(errors) {}
  void fail(const char* code, const Origin& at, const std::string& text) {
    errors_.push_back(
        Error{code, at.file + ":" + std::to_string(at.line) + ": " + text, {}, at.line});
  }
  template <class Known>
  void words(const Origin& at, const Words& list, const Known& known, const char* what) {
    for (const auto& word : list) {
      if (known.contains(word)) continue;
      fail("rules.data_unknown_word", at, std::string(what) + " '" + word + "' is not in its list");
    }
  }

 private:
  std::vector<Error>& errors_;  // of the caller
};

}  // namespace hub::rules
