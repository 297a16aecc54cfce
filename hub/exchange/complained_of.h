// A complaint names the cases that it is about: each learns of it, the term for complaints is used (APPC 91(1), 92),
// and the execution of a contested act stops (APPC 96). It acts on a case of one of its own applicants only: what it
// says is not checked yet, and a case of somebody else is a person's to judge.
#pragma once

#include <vector>

#include "hub/base/limits.h"
#include "hub/base/status.h"
#include "hub/base/time.h"
#include "hub/model/types.h"
#include "hub/rules/law_book.h"
#include "hub/store/store.h"

namespace hub::exchange {

// One of those who signed both: by IIN or BIN; where one of two parties has none, by the name.
bool sameApplicant(const model::Appeal& one, const model::Appeal& other);

// Each once, however often and in which way the complaint names it. Nothing for what is no complaint.
Result<std::vector<store::RowId>> casesComplainedOf(store::Store& store, const Limits& limits,
                                                    const model::Appeal& complaint);
// In the unit that stores the complaint. A case that another system submitted is let be, and one that goes on unless an
// act of it is contested.
Status linkComplaint(store::Tx& tx, const rules::LawBook& law,
                     const std::vector<store::RowId>& cases, const store::AppealRow& complaint,
                     bool of_act, Instant now);

}  // namespace hub::exchange
