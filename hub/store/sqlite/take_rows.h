// Takes what a statement gives: at most one row, or all of them.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "hub/base/status.h"
#include "hub/store/sqlite/database.h"

namespace hub::store::sqlite {

template <class Take>
auto takeOne(Statement& s, Take take) -> Result<std::optional<decltype(take(s))>> {
  using Row = std::optional<decltype(take(s))>;
  Result<bool> row = s.step();
  if (!row) return row.status();
  if (!*row) return Row();
  return Row(take(s));
}

template <class Take>
auto takeAll(Statement& s, Take take) -> Result<std::vector<decltype(take(s))>> {
  std::vector<decltype(take(s))> rows;
  for (;;) {
    Result<bool> row = s.step();
    if (!row) return row.status();
    if (!*row) return rows;
    rows.push_back(take(s));
  }
}

}  // namespace hub::store::sqlite
