// Who forwarded an appeal: the notice of a forwarding (APPC 65(1)) is owed by him, though another body has the appeal.
// Threads: any; pure but for reading the store.
#pragma once

#include "hub/base/status.h"
#include "hub/base/time.h"
#include "hub/rules/law_book.h"
#include "hub/store/store.h"

namespace hub::exchange {

inline constexpr const char* kForwardNotice = "forward_notice";

// Alias of the body that had the appeal before `at`; "" if it lay at the desk.
Result<std::string> hadBefore(store::Store& store, const store::AppealRow& appeal, Instant at);
// The appeal as supervision sees it for that open term: with the body that owes it and, if that is not the one that has
// the appeal, without an executor. Of a forwarding from the reception desk, and of a term that ran out before the hub could
// deliver the appeal, it is nobody ("").
Result<store::AppealRow> asOwed(store::Store& store, const rules::LawBook& law, Date today,
                                const store::ClockRow& term, store::AppealRow appeal);
// The body (BIN) forwarded the appeal, and has not told the applicant yet.
Result<bool> owesForwardNotice(store::Store& store, const rules::LawBook& law, Date today,
                               const store::AppealRow& appeal, const std::string& body_bin);

}  // namespace hub::exchange
