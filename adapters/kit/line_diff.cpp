#include "adapters/kit/line_diff.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace otinish::kit {
namespace {

using Lines = std::vector<std::string_view>;

constexpr std::size_t kContext = 3;
constexpr std::size_t kCellsMax =
    16'000'000;  // of the table below; beyond it nothing is looked for

Lines linesOf(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

struct Step {
  char mark;  // ' ', '-', '+'
  std::string_view line;
};

// The middle, where the texts differ, by their longest common subsequence.
void addMiddle(const Lines& a, const Lines& b, std::size_t from, std::size_t a_end,
               std::size_t b_end, std::vector<Step>& steps) {
  const std::size_t rows = a_end - from;
  const std::size_t columns = b_end - from;
  std::size_t i = from;
  std::size_t j = from;
  if (rows != 0 && columns != 0 && rows <= kCellsMax / columns) {
    std::vector<unsigned> longest((rows + 1) * (columns + 1), 0);
    const auto at = [&](std::size_t row, std::size_t column) -> unsigned& {
      return longest[row * (columns + 1) + column];
    };
    for (std::size_t row = rows; row-- > 0;) {
      for (std::size_t column = columns; column-- > 0;) {
        at(row, column) = a[from + row] == b[from + column]
                              ? at(row + 1, column + 1) + 1
                              : std::max(at(row + 1, column), at(row, column + 1));
      }
    }
    while (i < a_end && j < b_end) {
      if (a[i] == b[j]) {
        steps.push_back({' ', a[i]});
        ++i;
        ++j;
      } else if (at(i + 1 - from, j - from) >= at(i - from, j + 1 - from)) {
        steps.push_back({'-', a[i++]});
      } else {
        steps.push_back({'+', b[j++]});
      }
    }
  }
  for (; i < a_end; ++i) steps.push_back({'-', a[i]});
  for (; j < b_end; ++j) steps.push_back({'+', b[j]});
}

std::vector<Step> stepsOf(const Lines& a, const Lines& b) {
  std::size_t from = 0;
  while (from < a.size() && from < b.size() && a[from] == b[from]) ++from;
  std::size_t a_end = a.size();
  std::size_t b_end = b.size();
  while (a_end > from && b_end > from && a[a_end - 1] == b[b_end - 1]) {
    --a_end;
    --b_end;
  }
  std::vector<Step> steps;
  for (std::size_t i = 0; i < from; ++i) steps.push_back({' ', a[i]});
  addMiddle(a, b, from, a_end, b_end, steps);
  for (std::size_t i = a_end; i < a.size(); ++i) steps.push_back({' ', a[i]});
  return steps;
}

}  // namespace

std::string lineDiff(std::string_view expected, std::string_view made, int lines_max) {
  if (expected == made) return {};
  const Lines a = linesOf(expected);
  const Lines b = linesOf(made);
  const std::vector<Step> steps = stepsOf(a, b);
  const auto differs = [](const Step& step) { return step.mark != ' '; };
  if (std::none_of(steps.begin(), steps.end(), differs)) {
    return std::string("the texts differ in their last line break alone\n");
  }
  std::string out;
  int lines = 0;
  int more = 0;
  const auto put = [&](const std::string& line) {
    if (lines++ < lines_max) {
      out += line + "\n";
    } else {
      ++more;
    }
  };
  std::size_t a_line = 1;
  std::size_t b_line = 1;
  const auto pass = [&](const Step& step) {
    if (step.mark != '+') ++a_line;
    if (step.mark != '-') ++b_line;
  };
  for (std::size_t at = 0; at < steps.size();) {
    // The next difference, and all that are near enough to share their context.
    std::size_t first = at;
    while (first < steps.size() && !differs(steps[first])) ++first;
    if (first == steps.size()) break;
    std::size_t last = first;
    for (std::size_t i = first; i < steps.size() && i <= last + 2 * kContext; ++i) {
      if (differs(steps[i])) last = i;
    }
    const std::size_t begin = std::max(at, first - std::min(first, kContext));
    const std::size_t end = std::min(steps.size(), last + kContext + 1);
    for (; at < begin; ++at) pass(steps[at]);
    const auto count = [&](char other) {
      return std::to_string(
          std::count_if(steps.begin() + static_cast<std::ptrdiff_t>(begin),
                        steps.begin() + static_cast<std::ptrdiff_t>(end),
                        [other](const Step& step) { return step.mark != other; }));
    };
    put("@@ -" + std::to_string(a_line) + "," + count('+') + " +" + std::to_string(b_line) + "," +
        count('-') + " @@");
    for (; at < end; ++at) {
      put(steps[at].mark + std::string(steps[at].line));
      pass(steps[at]);
    }
  }
  if (more > 0) out += "… and " + std::to_string(more) + " lines more\n";
  return out;
}

}  // namespace otinish::kit
