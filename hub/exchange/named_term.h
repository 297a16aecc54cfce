// A term whose last day the body names itself (`day` in the procedure). Pure.
#pragma once

#include <string>

#include "hub/base/status.h"
#include "hub/base/time.h"
#include "hub/rules/law_book.h"
#include "hub/rules/procedure.h"
#include "hub/store/store.h"

namespace hub::exchange {

// The clock `name`, which the row opens at `at`, until `day`.
store::ClockRow namedTerm(store::RowId appeal, const rules::ProcedureTable& procedure,
                          const rules::ProcedureRow& row, const std::string& name,
                          const std::string& day, Instant at);
// The beginning of the day where the body is, as of `today`.
Result<Instant> startOfDay(const rules::LawBook& law, const std::string& body_bin, Date today,
                           const std::string& iso);

}  // namespace hub::exchange
