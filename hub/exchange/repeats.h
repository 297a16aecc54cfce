// A repeat that a person joins to the earlier case (APPC 64(8)), most often one that was returned for
// repetition; the applicant finds it there.
// Threads: any; reads the store.
#pragma once

#include "hub/base/status.h"
#include "hub/exchange/action_order.h"
#include "hub/exchange/case_file.h"
#include "hub/exchange/service.h"
#include "hub/rules/local_text.h"
#include "hub/store/store.h"

namespace hub::exchange {

struct JoinedRepeat {
  rules::LocalText names_case;  // for the repeat's event
  store::EventRow at_earlier;   // an event of the earlier case
};
// "exchange.bad_input" with field "/of": not a case the caller may see, the appeal itself, one that left, or
// one a person found another matter.
Result<JoinedRepeat> joinRepeat(store::Store& store, const CaseFile& file, const Action& action,
                                const Caller& caller);

}  // namespace hub::exchange
