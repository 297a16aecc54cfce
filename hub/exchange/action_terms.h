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
  std::optional<std::string> due_date;  // of the consideration, if the action moves it
};
// "exchange.bad_input" with field "/day"; those of the law.
Result<ActionTerms> termsOfAction(const CaseFile& file, const Action& action);

}  // namespace hub::exchange
