// What a new state of the law data changes: in the data, and for the terms of given appeals.
// Threads: pure.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "hub/base/status.h"
#include "hub/rules/batch.h"
#include "hub/rules/law_book.h"

namespace hub::rules {

struct LawChange {
  std::string what;   // "table", "rule", "calendar day", "calendar", "body", "place", "routing row"
  std::string which;  // "appc-2025-12-29/A7", "2026-04-03" …
  std::string change;  // "added", "removed", "changed"
  std::string before, after;
};
// In the order tables, rules, calendar, bodies, places, routing; empty if nothing differs.
std::vector<LawChange> lawDiff(const LawBook& from, const LawBook& to);

struct MovedClock {
  std::int64_t row = 0;
  std::string id, kind, clock;
  std::string before, after;  // due dates, "" for none
};
// Reads rows as deadlineBatch does and tells each clock whose due date differs. A row one of the two
// books refuses counts as refused. Failure: "rules.bad_batch".
Result<BatchCounts> movedClocks(const LawBook& from, const LawBook& to, const LineReader& in,
                                const std::function<void(const MovedClock&)>& moved);

}  // namespace hub::rules
