// What the procedure lets a role do with a case, and whether an order to act is lawful and says all that its
// action needs.
// Threads: pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hub/base/status.h"
#include "hub/exchange/case_file.h"
#include "hub/exchange/service.h"
#include "hub/rules/procedure.h"

namespace hub::exchange {

// "rules.unknown_role". An empty role asks for every role.
Result<ActionChoices> actionChoices(const CaseFile& file, const std::string& role);

// An action that is allowed.
struct Action {
  const rules::ProcedureRow* row = nullptr;  // lives as long as the law book
  const ActionOrder& order;
  std::string role, actor;
  std::string next_state;
  std::string outcome;  // of the decision it makes; "" if it makes none
  std::string reason;   // in one line, without personal data
  std::string ground;   // of the decision; "" if none is named
  // Who acts, or gets the complaint, bears a name like that of the official complained of, and is not he for sure.
  bool alike = false;
  // Of terms that stand several at a time, those that it meets; none: the action ends no such term.
  std::vector<store::ClockRow> met{};
};

// Why such a reason to do without a hearing (a code of waived_reason, APPC 73(2)) cannot stand for the decision;
// "" if it can.
std::string waiverProblem(const CaseFile& file, const rules::ProcedureRow& row,
                          const std::string& outcome, std::string_view waived);

// The legal ground of the action's decision, as people cite it: "Ground: APPC art. 88(1)(1), a repeat without
// anything new". Empty texts if the law lists no grounds for it.
rules::LocalText groundNamed(const CaseFile& file, const Action& action);

// The role the order is given in. "exchange.input_needed", "exchange.role_not_allowed", with field "/role".
Result<std::string> roleOf(const ActionOrder& order, const Caller& caller);
// The file has its document; the order must outlive the result. Failures: of ProcedureTable::check;
// "exchange.input_needed" and "exchange.bad_input" with the field; of operatorWords.
Result<Action> checkOrder(const CaseFile& file, const ActionOrder& order, const std::string& role,
                          const Caller& caller);

// "exchange.input_needed" and "exchange.bad_input", with the member of the order as field.
Status inputNeeded(std::string_view member);
Status badInput(const std::string& text, std::string_view member);

}  // namespace hub::exchange
