// What the steps of a sub-order leave, whoever takes them: the event of its case and whether its day was missed; and
// what the hub does by itself when the case ends or goes to another body.
#pragma once

#include <string>

#include "hub/base/time.h"
#include "hub/rules/law_book.h"
#include "hub/rules/local_text.h"
#include "hub/rules/sub_orders.h"
#include "hub/store/store.h"

namespace hub::exchange {

// nullptr: the law has no sub-orders.
const rules::SubOrderRules* subOrderRules(const rules::LawBook* law);
rules::LocalText subOrderKindNamed(const rules::SubOrderRules& rules, const std::string& kind);
// As people call a body on that day; the BIN itself if it is not in the register.
rules::LocalText bodyNamed(const rules::LawBook& law, const std::string& bin, Date day);
// The day at the registrar.
Result<Date> registrarDay(Instant now, const rules::LawBook& law);

// One event of the case's history, which the applicant sees: the text and the answer are not in it.
store::EventRow subOrderEvent(const store::AppealRow& appeal, const store::SubOrderRow& row,
                              const rules::SubOrderRules& rules, const rules::SubOrderStep& step,
                              const rules::LawBook& law, const std::string& actor, Instant now,
                              Date today);
// What the body asked had and did not answer by its day was missed, and stays so.
void noteIfMissed(store::SubOrderRow& row, Date today);

// The case changed: in its new state, or, if it `moved`, with its new body, open sub-orders may mean nothing any more.
// Cancels and records them. Without a law, or sub-orders in it, nothing happens.
Status endSubOrders(store::Tx& tx, const rules::LawBook* law, const store::AppealRow& after,
                    Instant now, bool moved = false);

}  // namespace hub::exchange
