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

// One of those who signed both, by IIN or BIN: people share names.
bool sameApplicant(const model::Appeal& one, const model::Appeal& other);

struct ComplainedOf {
  std::vector<store::RowId> cases;  // of the same applicant and system, each once
  // It names another case, too: one that is not there, of another applicant (an heir may complain, too, and whom the
  // act touches), or of another system. Which of them it is, is not told.
  bool others = false;
};

// Nothing for what is no complaint.
Result<ComplainedOf> casesComplainedOf(store::Store& store, const Limits& limits,
                                       const model::Appeal& complaint);
// In the unit that stores the complaint. A case that goes on is let be unless an act of it is contested. Of what it is
// not linked to, the event `complaint_to_check` of the complaint tells: a person does it by the action complain.
Status linkComplaint(store::Tx& tx, const rules::LawBook& law, const ComplainedOf& named,
                     const store::AppealRow& complaint, bool of_act, Instant now);

}  // namespace hub::exchange
