// Deadlines and routes of many appeals at once: tab-separated lines in, tab-separated lines out. For
// the command line, the REST door and outside testers alike.
//
// In: UTF-8, LF or CRLF, the first line a heading of column names in any order; without a heading
// the mandatory columns in the order given here. Empty lines and lines that begin with # are passed over.
//   deadlines: kind, received_at, body (BIN or alias; may be empty); procedure, special_kind, level,
//              registered_at, zone, id, clock (one term; see clocksOf)
//   routes:    kind, topics ("tax;land/boundary"), kato ("710000000;…", two to nine digits each);
//              addressee (BIN or alias), date, id
// Times: see parseWhen; a time without offset is local to the body.
// Out: a heading, then one line per clock (deadlines) or per appeal (routes), in the order of the rows.
// A wrong row gives one line with `problem` = code and text, and stops nothing.
// Threads: a batch is one thread's; the book may be shared.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/status.h"
#include "hub/rules/deadlines.h"
#include "hub/rules/law_book.h"
#include "hub/rules/routing.h"

namespace hub::rules {

// One row of a deadline batch.
struct DeadlineRow {
  std::string id;  // as given: "" if the column is missing
  std::string kind, received_at, body, procedure, special_kind, level, registered_at, zone;
  std::string clock{};
};
// The clocks of a row: the body of the register gives level, zone and closing hour where the row
// does not. With `clock`, that one term alone: one that a later event opens ("extend", "objection",
// "complaint_window" …) runs from `received_at`, then the moment of that event; one that intake opens as
// without it. Its kind may be left out where the term is the same for every kind that has it.
// Failure: as computeClocks, computeEventClock, parseWhen, "rules.unknown_body", "rules.unknown_zone" and
// "rules.kind_needed"; each with its field.
Result<std::vector<Clock>> clocksOf(const LawBook& book, const DeadlineRow& row, bool explain);

struct RouteRow {
  std::string id;
  std::string kind, topics, kato, addressee, date;
};
// Failure: "rules.unknown_kind", "base.bad_date", "rules.bad_row" (unknown topic), "rules.bad_kato",
// "rules.unknown_body" (an addressee that is neither 12 digits nor an alias of that day), with the field. A BIN that
// nobody has is none: the topic decides, and the explanation says so.
// An empty date means `today`.
Result<Route> routeOf(const LawBook& book, const RouteRow& row, Date today);

struct BatchCounts {
  std::int64_t rows = 0;
  std::int64_t refused = 0;
};
using LineReader = std::function<bool(std::string& line)>;      // false at the end
using LineWriter = std::function<void(std::string_view line)>;  // the line with its LF

// Failure (nothing but the heading was written): "rules.bad_batch": no line at all, an unknown or
// repeated column, a mandatory one missing.
Result<BatchCounts> deadlineBatch(const LawBook& book, const LineReader& in, const LineWriter& out);
// The rows alone: `row` gets each with its number; what it refuses is counted.
Result<BatchCounts> eachDeadlineRow(
    const LineReader& in, const std::function<Status(std::int64_t, const DeadlineRow&)>& row);
Result<BatchCounts> routeBatch(const LawBook& book, Date today, std::string_view language,
                               const LineReader& in, const LineWriter& out);

}  // namespace hub::rules
