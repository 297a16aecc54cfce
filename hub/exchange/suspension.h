// A complaint stops the execution of the act it is against while it is considered (`complaint_suspends` in the
// procedure: APPC 96). What it stops, and that it goes on when the complaint changed nothing, stands in the
// history of the case complained of.
// Threads: any; everything runs inside one unit of work.
#pragma once

#include <string>

#include "hub/base/status.h"
#include "hub/base/time.h"
#include "hub/exchange/agency_messages.h"
#include "hub/rules/law_book.h"
#include "hub/store/store.h"

namespace hub::exchange {

// A complaint of that number against the act of the case `earlier` was registered. Nothing happens if there is
// nothing to execute any more; a term whose last day is over stays missed.
Status suspendExecution(store::Tx& tx, const rules::LawBook& law, const store::AppealRow& earlier,
                        const std::string& complaint_number, Instant now);

// The complaint, as it is now, may have ended: where it changed nothing, what it alone had stopped runs anew from
// `at`; where it changed the act, that act is not executed any more, whatever else is said of it. May be asked more
// than once. `law`: nullptr does nothing.
Status resumeExecution(store::Tx& tx, const AgencyMessages& messages, const rules::LawBook* law,
                       const store::AppealRow& complaint, Instant at);

}  // namespace hub::exchange
