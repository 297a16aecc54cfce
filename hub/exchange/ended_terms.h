// The terms of a case that end with a step of it by the procedure, whoever makes the step: a person by an action
// here, or a body's system, which tells of it.
// Threads: pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/time.h"
#include "hub/rules/procedure.h"
#include "hub/store/store.h"

namespace hub::exchange {

struct EndedTerm {
  std::string clock, status;
  std::int64_t number =
      0;  // of a term that may stand several times at once (ClockRow::number); 0: the newest of the name
};
// The time to complain of an act, and that of one that does not say where, APPC 92(1), 92(1-1). Where the
// procedure's table names the first it means whichever of them there is.
inline constexpr const char* kComplaintWindow = "complaint_window";
inline constexpr const char* kComplaintWindowLong = "complaint_window_long";

// Where a case stands for its terms. A withdrawal that waits for its answer hides no breach that was there before.
struct CaseStanding {
  std::string state;
  std::string before{};  // the withdrawal; "": none waits for its answer
  Instant withdrawn_at{};
};
// `events`: of the case.
CaseStanding standingOf(const std::string& state, const std::vector<store::EventRow>& events);
// Whether the term, past its last day, is a breach there (ProcedureTable::isBreach), or was when the appeal was withdrawn.
bool isBreach(const rules::ProcedureTable& procedure, const CaseStanding& where,
              const store::ClockRow& clock);

// What agencies tell of as "consider_extended" is the law's clock "extend".
std::string storedName(const std::string& clock);
// A term ends with the step that it is for, in time or late by the day of the step, `at`; or it lost its meaning; or the step opens another
// in its place. One that ends late where it is not known to be a duty (isBreach) is cancelled; `where`: the case before the
// step. `met`: those that the step meets of terms that stand several at a time; none: all of them.
std::vector<EndedTerm> endedBy(const rules::ProcedureTable& procedure,
                               const rules::ProcedureRow& row, const CaseStanding& where,
                               const std::vector<store::ClockRow>& clocks, Instant at,
                               const std::vector<store::ClockRow>& met = {});
// The terms whose earlier end the step takes back, to be added: they run to the day they had, or end by the step. One
// that was missed stays so.
std::vector<store::ClockRow> revivedBy(const rules::ProcedureRow& row,
                                       const std::vector<store::ClockRow>& clocks, Instant at);

// All that the ways to such a decision on such a case end, but the consideration itself: a body that decided
// works on it no more, and it is not known by which of the ways it came to that; nor does it tell of the minutes of a hearing. A decision that the procedure
// does not know for the kind ends what any decision ends. Only `closes`, `cancels` and `revives` of the row are set.
rules::ProcedureRow endOfWork(const rules::ProcedureTable& procedure,
                              const store::AppealRow& appeal, std::string_view outcome);
// The same where the way is known: the row of its act.
rules::ProcedureRow endOfWork(const rules::ProcedureTable& procedure,
                              const rules::ProcedureRow& act);

}  // namespace hub::exchange
