// What the applicant filed again after it was returned to him (APPC 64(8)): a person joins it to the returned
// case, where the applicant finds it.
// Threads: any; reads the store.
#pragma once

#include "hub/base/limits.h"
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
  store::HintRow same_case;     // the person's verdict on the pair
};
// The file has its document. "exchange.bad_input" with field "/of": not a case the caller may see, the appeal
// itself, one in another state than the action asks for (not returned), one of another applicant, or one that a
// person found another matter. "exchange.input_needed" with field "/reason": no hint of likeness stands between them.
Result<JoinedRepeat> joinRepeat(store::Store& store, const Limits& limits, const CaseFile& file,
                                const Action& action, const Caller& caller);

}  // namespace hub::exchange
