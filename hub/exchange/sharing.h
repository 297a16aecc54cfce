// Fair sharing of work within a body: who of its executors (config/law/staff.yaml) should get an appeal,
// and what would even the load. Suggestions: a head assigns by the action "assign".
// Threads: any.
#pragma once

#include <string>
#include <vector>

#include "hub/base/limits.h"
#include "hub/base/time.h"
#include "hub/exchange/service.h"
#include "hub/rules/current_law.h"
#include "hub/store/store.h"

namespace hub::exchange {

class Sharing {
 public:
  // Everything must outlive the object.
  Sharing(store::Store& store, const rules::CurrentLaw& law, const Limits& limits,
          const Clock& clock)
      : store_(store), law_(law), limits_(limits), clock_(clock) {}

  // "exchange.no_staff" if the body's executors are not listed; "rules.calendar_missing"; the store's.
  Result<Suggestion> suggest(const store::AppealRow& appeal) const;
  // Looks at every open appeal that has an executor and a due date. Failures: as suggest, "exchange.unknown_body".
  Result<std::vector<rules::Move>> rebalance(const std::string& body, int moves_max) const;

 private:
  static rules::OpenCase loadOf(const store::AppealRow& appeal);
  Result<rules::OpenCase> caseOf(const store::AppealRow& appeal,
                                 const std::vector<rules::Executor>& team) const;
  // All of them, page by page; with a team also what only documents tell: who is complained of and, if the team
  // shares by it, the category of the topic.
  Result<std::vector<rules::OpenCase>> openCases(const std::string& body,
                                                 const std::vector<rules::Executor>* team) const;

  store::Store& store_;
  const rules::CurrentLaw& law_;
  const Limits& limits_;
  const Clock& clock_;
};

// The executors of a body; nullptr if they are not listed.
const std::vector<rules::Executor>* teamOf(const rules::LawBook& law, const std::string& body);

}  // namespace hub::exchange
