// Sub-orders in the reports of supervision: what is owed now, and what was late. No breach of the law, and told apart
// from those. Metadata only; reads what is open or was missed, no others. Threads: any.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "hub/base/status.h"
#include "hub/base/time.h"
#include "hub/rules/law_book.h"
#include "hub/rules/supervision.h"
#include "hub/store/store.h"

namespace hub::exchange {

// How such a term is named among those of the law.
inline constexpr const char* kSubOrderTerm = "sub_order";

// BIN of the body that has to act: the one that asks until it sent the sub-order, then the one asked.
const std::string& owedBy(const store::SubOrderRow& row);
// Open ones without an answer that stands, due until that day (ISO), each with its appeal. Failures: the store's, and
// what `see` answers.
Status eachUnanswered(
    store::Store& store, const std::string& until,
    const std::function<Status(const store::SubOrderRow&, const store::AppealRow&)>& see);
// Adds the late ones: for the body asked, that it answered late, or not by its day; for the one that asks, that it
// let the day pass before it sent it. `filter`, `by`: as disciplineReport has them. By executor they count for one
// only if they were not sent: whose desk they lie on elsewhere is not known.
Status countLateSubOrders(store::Store& store, const rules::LawBook& law,
                          const store::AppealFilter& filter, std::string_view by, Date today,
                          rules::Discipline& counted);

}  // namespace hub::exchange
