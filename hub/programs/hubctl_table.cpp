#include "hub/programs/hubctl_table.h"

#include <algorithm>

#include "hub/base/text.h"

namespace hub::ctl {
namespace {

std::size_t width(const std::string& cell) { return isUtf8(cell) ? utf8Length(cell) : cell.size(); }

}  // namespace

std::string Table::render() const {
  std::vector<std::size_t> widths(rows_.front().size(), 0);
  for (std::size_t r = 1; r < rows_.size(); ++r) {
    for (std::size_t c = 0; c < widths.size() && c < rows_[r].size(); ++c) {
      widths[c] = std::max(widths[c], width(rows_[r][c]));
    }
  }
  std::vector<bool> shown;
  for (std::size_t c = 0; c < widths.size(); ++c) {
    shown.push_back(widths[c] > 0);
    widths[c] = std::max(widths[c], width(rows_.front()[c]));
  }
  std::string out;
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t c = 0; c < widths.size(); ++c) {
      if (!shown[c]) continue;
      const std::string cell = c < row.size() ? row[c] : "";
      line += cell + std::string(widths[c] - width(cell) + 2, ' ');
    }
    while (!line.empty() && line.back() == ' ') line.pop_back();
    out += line + "\n";
  }
  return out;
}

}  // namespace hub::ctl
