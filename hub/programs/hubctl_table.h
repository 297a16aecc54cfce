// Tables for people: columns as wide as their widest cell, counted in letters, not bytes.
#pragma once

#include <string>
#include <vector>

namespace hub::ctl {

class Table {
 public:
  explicit Table(const std::vector<std::string>& heading);  // in English: it is said
  void add(std::vector<std::string> row);                   // line breaks in cells become spaces
  bool empty() const { return rows_.size() == 1; }
  // Lines with two spaces between columns; columns that are empty in every row are left out.
  std::string render() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace hub::ctl
