// Sub-orders: what a body that has a case asks of another body meanwhile (an assignment, a request, an
// additional assignment). Each goes through a chain of its own, created > agreed > signed > answered > checked,
// and never moves the case. Data: `sub_orders` in config/law/procedure.yaml. Threads: immutable; pure functions.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/status.h"
#include "hub/base/time.h"
#include "hub/rules/law_data.h"
#include "hub/rules/local_text.h"

namespace hub::rules {

struct SubOrderKind {
  LocalText label;
  // It goes on from an earlier one of the case, which is in one of these states; empty: it stands alone.
  std::vector<std::string> follows;
};

// One step of the chain.
struct SubOrderStep {
  std::string action;
  std::vector<std::string> from;  // states of the sub-order; empty: the step makes it
  std::string to;
  std::vector<std::string> by;     // roles of the procedure; the hub alone: by itself
  std::vector<std::string> sides;  // whose people: "own", of the body that asks, or "target"
  std::vector<std::string> in;     // states of the case; empty: any
  std::vector<std::string>
      needs;                     // what its caller must give: kind, body, text, day, answer, reason
  std::vector<std::string> may;  // what he may give besides
  LocalText label;
  Origin origin;
};

inline constexpr const char* kOwnSide = "own";
inline constexpr const char* kTargetSide = "target";

struct SubOrderRules {
  std::string source;
  bool low_confidence = false;
  std::map<std::string, SubOrderKind> kinds;
  std::map<std::string, LocalText> states;
  std::vector<std::string> final_states;
  std::vector<SubOrderStep> steps;
  Origin origin;

  bool isFinal(std::string_view state) const;
  const SubOrderStep& making() const;  // the step that makes one; of prepared rules
};

// What is wrong in the data, each with its line; groups of the case's states are resolved first. `states` and
// `roles`: those of the procedure.
std::vector<Error> prepareSubOrders(SubOrderRules& rules,
                                    const std::map<std::string, std::vector<std::string>>& groups,
                                    const std::map<std::string, LocalText>& states,
                                    const std::map<std::string, LocalText>& roles);

// Where a sub-order stands, and whose people ask.
struct SubOrderPlace {
  std::string state;  // "" before it is made
  std::string case_state;
  std::string side = kOwnSide;
};

// The step lives as long as the rules. Failures: "rules.unknown_action" (/action), "rules.sub_order_not_allowed"
// (the state, the case's or the sub-order's), "rules.sub_order_wrong_role" (the role or the side), the last two with
// the steps that are allowed now.
Result<const SubOrderStep*> checkSubOrderStep(const SubOrderRules& rules,
                                              const SubOrderPlace& where, std::string_view action,
                                              std::string_view role);
// What people of that side may do now; an empty role asks for every role.
std::vector<const SubOrderStep*> allowedSubOrderSteps(const SubOrderRules& rules,
                                                      const SubOrderPlace& where,
                                                      std::string_view role);
// Whether the body asked has it before it: it was sent, and the answer is that body's to give.
bool isWithTarget(const SubOrderRules& rules, std::string_view state);
// What the hub does by itself with a sub-order whose case is in that state, or, where none is given, went to another
// body; nullptr: nothing.
const SubOrderStep* endOfSubOrder(const SubOrderRules& rules, std::string_view state,
                                  std::string_view case_state);

// The last day that the other body gets. Nothing stops the legal term of the case meanwhile, so that an answer is of
// use before its last day only; once that day is over, every day is late and any serves. "rules.sub_order_day", with
// field "/day".
Status checkSubOrderDay(Date day, Date today, std::optional<Date> case_due);

}  // namespace hub::rules
