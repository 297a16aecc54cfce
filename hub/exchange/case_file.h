// A case as an action of the procedure finds it: the appeal, its terms, the law of the day; and how the
// procedure sees it.
// Threads: pure but for reading the store.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/status.h"
#include "hub/base/time.h"
#include "hub/model/types.h"
#include "hub/rules/law_book.h"
#include "hub/rules/local_text.h"
#include "hub/rules/procedure.h"
#include "hub/store/store.h"

namespace hub::exchange {

// The hub's own action: the refusal the law presumes.
inline constexpr const char* kDeemRefused = "deem_refused";
inline constexpr std::string_view kDeemedRefused = "deemed_refused";  // the state it leads to

struct CaseFile {
  std::shared_ptr<const rules::LawBook> law;  // has a procedure
  store::AppealRow appeal;
  std::vector<store::ClockRow> clocks;
  std::vector<store::EventRow> events;
  model::Appeal document;  // as the body got it; empty where only the hub itself acts
  Instant now{};
  Date today{};
  bool stopped = false;  // a complaint stops the execution of its act
  std::string before{};  // the state before those that an action takes it back from; "": not known
  bool at_complained_of = false;  // a complaint of the very body that has it (isComplaintOf)
};
// Without the document. "rules.no_procedure", "store.not_found", "base.unknown_zone".
Result<CaseFile> readCase(store::Store& store, std::shared_ptr<const rules::LawBook> law,
                          store::RowId appeal, const Clock& clock);

// Empty: none. Rows of before it was kept there have it in the document only.
std::string specialKind(const CaseFile& file);
// Without the terms that only the body complained of has, where another body had them.
rules::CaseState caseState(const CaseFile& file);
// The event by which the case last came into one of these states from another one, but not from that one; nullptr if there
// is none.
const store::EventRow* entryInto(const std::vector<store::EventRow>& events,
                                 const std::vector<std::string>& states, std::string_view not_from);
// The state that the case came from to those that `row` takes it back from; "" if its history does not tell. What was on its
// way to the body and reached it meanwhile, or was refused, is where it would be then.
std::string stateBefore(const std::vector<store::EventRow>& events, const rules::ProcedureRow& row);
// Where a case stands that waits in `state` for the answer to a step beside it (a withdrawal): as stateBefore; "" if `state`
// is none of those.
std::string stateBehind(const rules::ProcedureTable& procedure, std::string_view state,
                        const std::vector<store::EventRow>& events);
// The newest notice of a hearing by the body that has the appeal now: what another body told the applicant
// before it sent the appeal on is no hearing on this body's decision. nullptr if there is none.
const store::ClockRow* hearingNotice(const std::vector<store::ClockRow>& clocks);

const rules::ProcedureTable& procedureOf(const CaseFile& file);
// The act whose article the row names.
const std::string& lawOf(const CaseFile& file, const rules::ProcedureRow& row);
// An article as people cite it: "АППК ст. 97(2)".
rules::LocalText lawNamed(const std::string& law, const std::string& article);
// What the action is called, with its article.
rules::LocalText labelled(const CaseFile& file, const rules::ProcedureRow& row);
// That the term ended without a decision, with the article that presumes a refusal.
rules::LocalText deemedText(const CaseFile& file, const rules::ProcedureRow& row);

}  // namespace hub::exchange
