// A complaint stops the execution of the act it is against while it is considered (`complaint_suspends` in the
// procedure: APPC 96). What it stops, and that it goes on when the complaint changed nothing, stands in the
// history of the case complained of.
// Threads: any; everything runs inside one unit of work.
#pragma once

#include <string>
#include <vector>

#include "hub/base/status.h"
#include "hub/base/time.h"
#include "hub/exchange/agency_messages.h"
#include "hub/rules/law_book.h"
#include "hub/rules/procedure.h"
#include "hub/store/store.h"

namespace hub::exchange {

// In the place of the number of a complaint that was filed elsewhere; what follows tells two of them apart.
inline constexpr const char* kOutside = "outside";

// A complaint against the act of a case: its number, or kOutside, and when it was filed, whenever it was entered.
struct Filed {
  std::string number;
  Instant at;
  std::string elsewhere{};  // its number in the system that it came from; "" if it has none
};

// Such a complaint against the act of the case `earlier` was registered. Of an act that is signed and not
// delivered yet, the execution will not begin. Nothing happens if there is nothing to execute (any more), or if it
// stops the act already; a term whose last day was over when it was filed stays missed. One that was noted before by its
// number elsewhere is the same, and joined.
Status suspendExecution(store::Tx& tx, const rules::LawBook& law, const store::AppealRow& earlier,
                        const Filed& complaint, Instant now);

// The complaint came while the register knows of no act: a body with a system of its own may have made one, and told of
// it later. Remembered; nothing happens if none can come.
Status noteEarlyComplaint(store::Tx& tx, const rules::LawBook& law, const store::AppealRow& earlier,
                          const Filed& complaint, Instant now);

// The act of the case was delivered, and its terms are open: those that a complaint stops end at once while one stands,
// or after one that changed the act. Early ones (noteEarlyComplaint) count that were filed no earlier than the act was
// made, as they stand by now. `law`: nullptr does nothing.
struct Delivered {
  Instant decided, told;
  bool to_the_day = false;  // a body told of `decided`: many systems know the day only
};
Status holdExecution(store::Tx& tx, const rules::LawBook* law, const store::AppealRow& appeal,
                     const Delivered& act);

// A complaint stops the execution of the act, by the case's history.
bool isStopped(const std::vector<store::EventRow>& events);

// What stops the execution of an act, by the case's history.
struct Standing {
  Instant since;  // without a break
  std::vector<Filed>
      by;  // complaints, and since when each stops it; the earliest first. None: the act is not stopped
  std::vector<std::string> ended;  // complaints that ended meanwhile and left it stopped by another
};
Standing whatStops(const std::vector<store::EventRow>& events);

// Somebody tells of a complaint against the act that is not considered here: that it was filed, how it ended, or that it
// is another one of those that stop the act (kJoined: nothing ends but the second count). `role`: his. One that is filed and not named is taken for what stops the act already; one of several that the applicant tells
// of waits until somebody confirms it (`once_by` in the procedure).
// `named`: its number, "" if it has none here, and when it was filed; where several stand, one must be named. The end of one that is still
// considered here nobody tells: "rules.action_not_allowed". Else "exchange.input_needed" or "exchange.bad_input" with field "/of".
Status followComplaint(store::Tx& tx, const rules::LawBook& law, const store::AppealRow& appeal,
                       rules::Complaint what, const Filed& named, const std::string& role,
                       Instant now);

// The complaint, as it is now, may have ended: where it changed nothing, what it alone had stopped runs anew from
// `at`; where it changed the act, that act is not executed any more, whatever else is said of it; after any other end
// the case says that the word on it is awaited. May be asked more than once. `law`: nullptr does nothing.
Status resumeExecution(store::Tx& tx, const AgencyMessages& messages, const rules::LawBook* law,
                       const store::AppealRow& complaint, Instant at);

}  // namespace hub::exchange
