#include "hub/programs/hubctl_table.h"

#include <algorithm>

#include "hub/base/text.h"
#include "hub/programs/hubctl_texts.h"

namespace hub::ctl {
namespace {

// A cell is one line, whatever it holds: a break in it would break the table.
void flatten(std::string& cell) {
  for (char& c : cell) {
    if (c == '\n' || c == '\r' || c == '\t') c = ' ';
  }
}

std::size_t width(const std::string& cell) { return isUtf8(cell) ? utf8Length(cell) : cell.size(); }

}  // namespace

Table::Table(const std::vector<std::string>& heading) {
  std::vector<std::string> said;
  for (const auto& name : heading) said.push_back(say(name));
  rows_.push_back(std::move(said));
}

void Table::add(std::vector<std::string> row) {
  for (auto& cell : row) flatten(cell);
  rows_.push_back(std::move(row));
}

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
