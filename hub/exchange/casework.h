// Casework: the actions of the procedure (config/law/procedure.yaml; APPC arts. 63-100) on a stored
// appeal. The table says what is allowed, to whom, until when; this class carries it out in one unit of
// work: state, terms, events, decision, and what goes to the bodies' systems. Also the hub's own action:
// the refusal the law presumes when a term ends without a decision (APPC 91(2), 100(5)).
// Threads: any.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "hub/base/limits.h"
#include "hub/base/time.h"
#include "hub/exchange/action_effects.h"
#include "hub/exchange/action_order.h"
#include "hub/exchange/agency_messages.h"
#include "hub/exchange/case_file.h"
#include "hub/exchange/own_decisions.h"
#include "hub/exchange/sending_on.h"
#include "hub/exchange/service.h"
#include "hub/model/validate.h"
#include "hub/rules/current_law.h"
#include "hub/store/store.h"

namespace hub::exchange {

class Casework {
 public:
  struct Options {
    std::string node_name;
    model::IdentityCheck identity = model::IdentityCheck::kStrict;
    // Does an agency of this alias run?
    std::function<bool(const std::string&)> connected;
    // Base64 of a detached CMS over a decision made here; "" if the hub has no key: then the outcome is
    // recorded without a decision document.
    std::function<Result<std::string>(const std::string&)> sign;
    HoldBack hold_back = {};  // asked of each delivery that an action stops
  };
  // Everything must outlive the object.
  Casework(store::Store& store, const rules::CurrentLaw& law, const Limits& limits,
           const Clock& clock, const Options& options);

  struct Done {
    Acted acted;
    std::vector<std::string> wake;  // destinations that have something to deliver now
  };
  // Failures: see Service::actions and Service::act.
  Result<ActionChoices> choices(const store::AppealRow& appeal, const std::string& role) const;
  Result<Done> act(const store::AppealRow& appeal, const ActionOrder& order,
                   const Caller& caller) const;
  // Every appeal whose term ended before today without a decision and that the law deems refused.
  // Returns how many; `read`: how many cases it had to look into. Idempotent. Failure: the store's; what was
  // done stays. One thread at a time.
  Result<int> deemRefusals(int* read = nullptr);

 private:
  enum class Presumed { kDone, kNotNow, kNever };  // kNever: as the case stands, by this law
  Result<Presumed> presumeRefusal(const store::AppealRow& appeal,
                                  const std::shared_ptr<const rules::LawBook>& law) const;
  Result<ActionEffects> effectsOf(const CaseFile& file, const Action& action,
                                  const Caller& caller) const;
  Result<Done> carryOut(const CaseFile& file, const Action& action, const Caller& caller) const;

  store::Store& store_;
  const rules::CurrentLaw& law_;
  const Limits& limits_;
  const Clock& clock_;
  std::string node_name_;
  std::function<bool(const std::string&)> connected_;
  HoldBack hold_back_;
  AgencyMessages messages_;
  OwnDecisions decisions_;
  SendingOn sending_;
  // Overdue cases that the law never deems refused, as they stood at that change: they are not read again
  // every time somebody looks. deemRefusals() only.
  std::unordered_map<store::RowId, Instant> never_;
  std::shared_ptr<const rules::LawBook> never_by_;
};

}  // namespace hub::exchange
