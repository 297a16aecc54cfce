// What an action does to the legal terms of its case by the procedure: those it ends, and those it opens.
// Threads: pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hub/base/status.h"
#include "hub/exchange/action_order.h"
#include "hub/exchange/case_file.h"
#include "hub/exchange/ended_terms.h"
#include "hub/store/store.h"

namespace hub::exchange {

struct ActionTerms {
  std::vector<EndedTerm> ended;
  std::vector<store::ClockRow> opened;
  // Terms that are counted back from a day to come and would have been over today (APPC 73(1)): not opened, since
  // nobody could keep them.
  std::vector<store::ClockRow> over_at_birth;
  std::optional<std::string> due_date;  // of the consideration, if the action moves it
};
// `says_where`: the decision names where to complain; else the time for that is the long one, APPC 92(1-1).
// "exchange.bad_input" with field "/day"; those of the law.
Result<ActionTerms> termsOfAction(const CaseFile& file, const Action& action,
                                  bool says_where = true);

// Where and how long the body's decision can be complained of, APPC 80(5), 92(1): for its text. Nothing if the
// register knows no body above it, or the law no such term.
Result<std::optional<model::AppealRoute>> complaintRoute(const CaseFile& file,
                                                         const std::string& language);

}  // namespace hub::exchange
