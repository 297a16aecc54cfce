// What an agency's word on an appeal does to its legal terms: the consideration ends or is extended, a step of the
// procedure ends some and opens others, the delivery of a decision opens the times to execute it and to complain
// of it.
// Threads: any; everything runs inside one unit of work.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "hub/base/status.h"
#include "hub/base/time.h"
#include "hub/model/types.h"
#include "hub/rules/current_law.h"
#include "hub/rules/deadlines.h"
#include "hub/store/store.h"

namespace hub::rules {
struct ProcedureRow;
}

namespace hub::exchange {

// "2026-04-10", where the register is kept.
std::string localDay(Instant at);
// "term_to_check", for supervision: by the body's own date `named` a term was kept of which it told only later.
store::EventRow termToCheck(store::RowId appeal, const std::string& state, Instant named,
                            Instant now);

class AnswerTerms {
 public:
  // Without a law every extension is taken, and decisions open nothing. It must outlive the object.
  explicit AnswerTerms(const rules::CurrentLaw* law) : law_(law) {}

  // The consideration term that runs is met or missed at `at`; an extended one stays "extended". One whose
  // due date is unknown stays so, and one that was found missed is missed whatever the body says later.
  // False if it ended in time by `at`, and the news came later than its end. What else an action here with
  // this outcome ends, ends too: what was to be sent up (APPC 91(4)), planned, heard. `act`: the row of the procedure
  // that the body's word is, if that is known: what it ends alone.
  Result<bool> closeConsideration(store::Tx& tx, const store::AppealRow& appeal,
                                  std::string_view outcome, Instant at, Instant now,
                                  const rules::ProcedureRow* act = nullptr) const;
  std::shared_ptr<const rules::LawBook> law() const { return law_ ? law_->get() : nullptr; }
  // False for a decision that the Code does not give the kind, as it names the article of another one: a complaint
  // is never terminated, 95(1).
  bool mayEndSo(const store::AppealRow& appeal, std::string_view outcome) const;
  // By its procedure: other acts say how it is answered, APPC 3.
  bool isOutsideCode(const store::AppealRow& appeal) const;
  // The procedure has such an action for the kind of the appeal: no hearing by the simplified one.
  bool knows(const store::AppealRow& appeal, std::string_view action) const;
  // The terms of an action of the procedure that the body made in its own system at `at`. `until`: the day it
  // named, if the action names one; without it, or if it was over by then, none opens from there.
  Status followAction(store::Tx& tx, const store::AppealRow& appeal, std::string_view action,
                      const std::string& until, Instant at) const;
  // After the decision: the act was executed, APPC 86(3), or the case sent back, 100(2).
  Status closeExecution(store::Tx& tx, const store::AppealRow& appeal, Instant now) const;

  // APPC 76(3): once, before the term ends, up to two months, for kinds whose term can be extended at all;
  // never a shorter term. A term counted anew at another body (76(2)) can be extended there. Where a refusal was presumed
  // meanwhile, the term that ran out for that is judged.
  Result<bool> extensionIsLawful(store::Tx& tx, const store::AppealRow& appeal,
                                 const model::StatusUpdate& status, Instant decided) const;
  // Whether nobody used what a presumed refusal opened: no complaint was filed of it.
  Result<bool> presumedRefusalIsUnused(store::Tx& tx, const store::AppealRow& appeal) const;
  // The refusal was none after all: the time to complain of it ends.
  Status dropPresumedRefusal(store::Tx& tx, store::AppealRow& appeal) const;
  // APPC 76(3): the term the body chose within the two months, and three working days to tell the
  // applicant, both from the decision to extend. The status has a day.
  Status extend(store::Tx& tx, const store::AppealRow& appeal, const model::StatusUpdate& status,
                Instant decided) const;

  // What the delivery of such a decision opens by the procedure: the time to execute it (APPC 86(3)) and to
  // complain of it, three months (92(1)), or six if it does not say where to complain (92(1-1)). After a
  // presumed refusal, the time to complain of that ends. The time to tell of an end without a decision on the matter
  // runs from the act itself, and only of a decision: a mere status cannot say later that the applicant was told.
  // `forwarded_to`: BIN of the body to which it was forwarded; "" if that is not told.
  Status openTermsOfDecision(store::Tx& tx, const store::AppealRow& appeal,
                             const model::Decision& decision, Instant now,
                             const std::string& forwarded_to = {}) const;

  // The decision, or a later word on it, tells when the applicant was told that his case ended without one on its
  // matter (APPC 70(3), 95(2)).
  Status closeNoticesOfEnd(store::Tx& tx, const store::AppealRow& appeal,
                           const model::Decision& decision, Instant now) const;

 private:
  rules::EventClockRequest eventRequest(const store::AppealRow& appeal, Instant at) const;

  const rules::CurrentLaw* law_;
};

}  // namespace hub::exchange
