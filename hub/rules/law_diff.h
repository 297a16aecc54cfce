// What a new state of the law data changes: in the data, and for the terms of given appeals.
// Threads: pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "hub/base/status.h"
#include "hub/rules/batch.h"
#include "hub/rules/law_book.h"
#include "hub/rules/recount.h"

namespace hub::rules {

struct LawChange {
  std::string what;  // "table", "rule", "calendar day", "body", "procedure row", "clock", "topic" …
  std::string which;   // "appc-2025-12-29/A7", "2026-04-03", "object"; "object #2" of several rows
  std::string change;  // "added", "removed", "changed"
  std::string
      field;  // "length", "until", "names.kk"; "" for a whole row or a row that is one value
  std::string before, after;  // as written in the files; "" where nothing stood
};
// Every row and field of the two folders' files that differs, in the order of the files: tables with their
// rules, calendar, bodies, places, routing, procedure, vocabulary, topics, staff. Values are compared as
// written: a default that was spelt out is a change. Empty if nothing differs. Failure: "rules.data_unreadable",
// "rules.data_syntax".
Result<std::vector<LawChange>> lawDiff(const std::string& from_folder,
                                       const std::string& to_folder);

struct MovedClock {
  std::int64_t row = 0;
  std::string id, kind, clock;
  std::string before, after;  // due dates, "" for none
  // Of an open clock: the due date it would have, were it opened under the new data; "" if not asked.
  std::string under_new_rule{};
};
// The open clock with the length that its rule (the same id of the same act, in the wording in force on the day
// of its event) has in `to`. Absent if `to` has no such rule.
std::optional<OpenClock> underNewRule(const LawBook& to, const OpenClock& clock);
// Reads rows as deadlineBatch does and tells each clock whose due date differs. A row one of the two
// books refuses counts as refused and is told with its number. Failure: "rules.bad_batch".
Result<BatchCounts> movedClocks(const LawBook& from, const LawBook& to, const LineReader& in,
                                const std::function<void(const MovedClock&)>& moved,
                                const std::function<void(std::int64_t, const Error&)>& refused);

}  // namespace hub::rules
