// A term whose last day the body names itself (`day` in the procedure). One that is not worked moves to the next
// worked day, APPC 76(5). Pure.
#pragma once

#include <string>

#include "hub/base/status.h"
#include "hub/base/time.h"
#include "hub/rules/law_book.h"
#include "hub/rules/local_text.h"
#include "hub/rules/procedure.h"
#include "hub/rules/recount.h"
#include "hub/store/store.h"

namespace hub::exchange {

using rules::NamedDay;
using rules::workedDay;

// What people are told of it; empty texts if the day did not move.
rules::LocalText whyMoved(const std::string& day_off);
// For the explanation of a clock, and back from it: "" if its day did not move.
std::string noteOfMove(const std::string& day_off);
std::string dayOffIn(const std::string& explanation);

// The clock `name`, which the row opens at `at`, until `day`.
store::ClockRow namedTerm(store::RowId appeal, const rules::ProcedureTable& procedure,
                          const rules::ProcedureRow& row, const std::string& name,
                          const NamedDay& day, Instant at);
// The beginning of the day where the body is, as of `today`.
Result<Instant> startOfDay(const rules::LawBook& law, const std::string& body_bin, Date today,
                           const std::string& iso);

}  // namespace hub::exchange
