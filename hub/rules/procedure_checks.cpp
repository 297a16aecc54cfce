// Whether the data of the procedure are right, row by row and as a whole, and the table made of them.
#include <algorithm>
#include <set>

#include "hub/rules/procedure.h"
#include "hub/rules/table_words.h"

namespace hub::rules {
namespace {

bool meets(const Words& one, const Words& other) {
  if (one.empty() || other.empty()) return true;
  return std::any_of(one.begin(), one.end(), [&](const auto& w) { return has(other, w); });
}

// The words, with each group's own in the place of its name.
Words expanded(const std::map<std::string, Words>& groups, const Words& words) {
  Words out;
  for (const auto& word : words) {
    const auto group = groups.find(word);
    if (group == groups.end()) {
      out.push_back(word);
    } else {
      out.insert(out.end(), group->second.begin(), group->second.end());
    }
  }
  return out;
}

// What a decision has: its ground and its character.
void checkDecisions(const ProcedureData& data, const ProcedureRow& row, TableChecker& check) {
  for (const auto& [outcome, grounds] : row.grounds) {
    check.words(row.origin, grounds, data.grounds, "ground");
    if (has(row.outcomes, outcome) && !grounds.empty()) continue;
    check.fail("rules.data_bad_value", row.origin, "'grounds' lists those of outcomes of the row");
  }
  const bool always =
      !row.outcomes.empty() &&
      std::all_of(row.outcomes.begin(), row.outcomes.end(),
                  [&](const auto& outcome) { return groundsOf(row, outcome).size() > 1; });
  if (has(row.needs, "ground") != always) {
    check.fail("rules.data_bad_value", row.origin,
               "the input 'ground' is needed where 'grounds' lists several for every outcome, and "
               "only there");
  }
  for (const auto& [outcome, characters] : row.characters) {
    if (has(row.outcomes, outcome) && !characters.empty()) continue;
    check.fail("rules.data_bad_value", row.origin,
               "'characters' lists those of outcomes of the row");
  }
}

void checkRow(const ProcedureData& data, const Vocabulary& words, const std::set<std::string>& laws,
              const ProcedureRow& row, TableChecker& check) {
  const std::set<std::string> outcomes(data.outcomes.begin(), data.outcomes.end());
  check.words(row.origin, row.from, data.states, "state");
  if (!row.to.empty()) check.words(row.origin, {row.to}, data.states, "state");
  check.words(row.origin, row.back, data.states, "state");
  const bool back_fits = std::all_of(row.from.begin(), row.from.end(),
                                     [&](const auto& state) { return has(row.back, state); });
  if (!row.back.empty() && (row.to.empty() || !back_fits)) {
    check.fail("rules.data_bad_value", row.origin,
               "'back' names the states that the row starts from, and 'to' says where to if it is "
               "not known what was before them");
  }
  check.words(row.origin, row.by, data.roles, "role");
  check.words(row.origin, row.kinds, words.kinds, "kind");
  check.words(row.origin, row.procedures, words.procedures, "procedure");
  check.words(row.origin, row.special, words.special_kinds, "special kind");
  for (const auto* clocks : {&row.until, &row.due, &row.after, &row.running, &row.had, &row.opens,
                             &row.closes, &row.supersedes, &row.cancels, &row.revives}) {
    check.words(row.origin, *clocks, words.clocks, "clock");
  }
  check.words(row.origin, row.outcomes, outcomes, "outcome");
  checkDecisions(data, row, check);
  check.words(row.origin, row.of_in, data.states, "state");
  if (row.of_in.empty() == has(row.needs, "of")) {
    check.fail("rules.data_bad_value", row.origin,
               "'of_in' tells in which states the case must be that the input 'of' names");
  }
  if (!row.becomes.empty()) {
    check.words(row.origin, {row.becomes}, words.special_kinds, "special kind");
    if (!row.moves) {
      check.fail("rules.data_bad_value", row.origin,
                 "'becomes' is what the appeal is at the body that 'moves' brings it to");
    }
  }
  for (const auto& [clock, decisions] : row.opens_for) {
    check.words(row.origin, decisions, outcomes, "outcome");
    if (decisions.empty() || !has(row.opens, clock) || (row.day && clock == row.opens.front())) {
      check.fail("rules.data_bad_value", row.origin,
                 "'opens_for' limits clocks of 'opens' that a rule counts, to some outcomes");
    }
  }
  for (const auto& [clock, article] : row.barred_by) {
    check.words(row.origin, {clock}, words.clocks, "clock");
  }
  for (const auto& [outcome, article] : row.hearing_before) {
    if (has(row.outcomes, outcome)) continue;
    check.fail("rules.data_bad_value", row.origin, "'hearing_before' names outcomes of the row");
  }
  for (const auto& clock : row.first_body) {
    if (has(row.opens, clock)) continue;
    check.fail("rules.data_bad_value", row.origin, "'first_body' names clocks of 'opens'");
  }
  for (const auto& [kind, article] : row.not_for) {
    check.words(row.origin, {kind}, words.kinds, "kind");
    if (has(row.kinds, kind)) {
      check.fail("rules.data_bad_value", row.origin,
                 "'" + kind + "' is both allowed and forbidden");
    }
  }
  if (row.from.empty() || row.by.empty()) {
    check.fail("rules.data_bad_value", row.origin,
               "'" + row.action + "' needs a state to start from and a role");
  }
  if (has(row.outcomes, "deemed_refused") && row.by != Words{"hub"}) {
    check.fail("rules.data_bad_value", row.origin, "only the hub may deem an appeal refused");
  }
  const std::set<std::string> inputs(kInputs.begin(), kInputs.end());
  check.words(row.origin, row.needs, inputs, "input");
  if (!row.sends.empty() && row.sends != "withdrawal/1") {
    check.fail("rules.data_bad_value", row.origin, "'sends' knows withdrawal/1 only");
  }
  check.words(row.origin, row.laws, laws, "act");
  if (!row.laws.empty() && row.after.empty()) {
    check.fail("rules.data_bad_value", row.origin, "'laws' are those of the clocks in 'after'");
  }
  if (has(row.outcomes, "deemed_refused") && row.laws.empty()) {
    check.fail("rules.data_bad_value", row.origin,
               "a presumed refusal names the acts that presume it, in 'laws'");
  }
  if (row.complaint != Complaint::kNone && data.complaint_suspends.article.empty()) {
    check.fail("rules.data_bad_value", row.origin,
               "'complaint' needs 'complaint_suspends' to say what it does");
  }
  const bool of_body = std::any_of(row.by.begin(), row.by.end(),
                                   [&](const auto& role) { return has(data.body_roles, role); });
  if (row.without_body && !of_body) {
    check.fail("rules.data_bad_value", row.origin,
               "'without_body' is for rows of the roles in 'body_roles'");
  }
  if (row.while_no_body && !row.without_body &&
      std::all_of(row.by.begin(), row.by.end(),
                  [&](const auto& role) { return has(data.body_roles, role); })) {
    check.fail("rules.data_bad_value", row.origin,
               "'while_no_body' is for those who may act while no body has the case");
  }
  if (!row.presumed.empty() && row.presumed != "only" && row.presumed != "never") {
    check.fail("rules.data_bad_value", row.origin, "'presumed' is only or never");
  }
  if (row.day && row.opens.empty()) {
    check.fail("rules.data_bad_value", row.origin, "'day' needs a clock to open");
  }
}

void checkOverlaps(const ProcedureData& data, TableChecker& check) {
  for (std::size_t i = 0; i < data.rows.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const auto &a = data.rows[i], &b = data.rows[j];
      const bool same = a.action == b.action && !a.from.empty() && !b.from.empty() &&
                        meets(a.from, b.from) && meets(a.kinds, b.kinds) &&
                        meets(a.procedures, b.procedures) && meets(a.special, b.special) &&
                        (a.presumed.empty() || b.presumed.empty() || a.presumed == b.presumed);
      if (!same) continue;
      check.fail(
          "rules.data_overlap", a.origin,
          "'" + a.action + "' applies to the same case as line " + std::to_string(b.origin.line));
    }
  }
}

// Every state can be reached from the initial one, and no open state is a dead end.
void checkPaths(const ProcedureData& data, TableChecker& check) {
  std::set<std::string> reached = {data.initial};
  for (bool grown = true; grown;) {
    grown = false;
    for (const auto& row : data.rows) {
      const bool from_here = std::any_of(row.from.begin(), row.from.end(),
                                         [&](const auto& s) { return reached.contains(s); });
      if (from_here && !row.to.empty()) grown = reached.insert(row.to).second || grown;
    }
  }
  for (const auto& [state, label] : data.states) {
    if (!reached.contains(state)) {
      check.fail("rules.data_bad_value", data.origin,
                 "no action leads to the state '" + state + "'");
    }
    const auto leaves = [&name = state](const ProcedureRow& row) {
      return !row.to.empty() && row.to != name && has(row.from, name);
    };
    const bool left = std::any_of(data.rows.begin(), data.rows.end(), leaves);
    if (!left && !has(data.final_states, state)) {
      check.fail("rules.data_bad_value", data.origin,
                 "no action leads out of the open state '" + state + "'");
    }
  }
}

}  // namespace

std::vector<Error> ProcedureTable::prepare(const Vocabulary& words,
                                           const std::set<std::string>& laws) {
  std::vector<Error> errors;
  TableChecker check(errors);
  for (const auto& [kind, entry] : words.kinds) usual_procedure_[kind] = entry.procedure;
  for (const auto& [name, procedures] : data_.procedure_groups) {
    check.words(data_.origin, procedures, words.procedures, "procedure");
    if (words.procedures.contains(name)) {
      check.fail("rules.data_bad_value", data_.origin, "group '" + name + "' is a procedure too");
    }
  }
  for (const auto& [name, states] : data_.groups) {
    check.words(data_.origin, states, data_.states, "state");
    if (data_.states.contains(name)) {
      check.fail("rules.data_bad_value", data_.origin, "group '" + name + "' is a state too");
    }
  }
  for (const auto& [name, clocks] : data_.clock_groups) {
    check.words(data_.origin, clocks, words.clocks, "clock");
    if (words.clocks.contains(name)) {
      check.fail("rules.data_bad_value", data_.origin, "group '" + name + "' is a clock too");
    }
  }
  for (const auto& [clock, states] : data_.breach_in) {
    check.words(data_.origin, {clock}, words.clocks, "clock");
    check.words(data_.origin, states, data_.states, "state");
  }
  check.words(data_.origin, data_.body_roles, data_.roles, "role");
  check.words(data_.origin, data_.complaint_suspends.clocks, words.clocks, "clock");
  check.words(data_.origin, data_.complaint_suspends.once_by, data_.roles, "role");
  const auto& suspends = data_.complaint_suspends;
  for (const auto* ends : {&suspends.goes_on_after, &suspends.over_after}) {
    check.words(data_.origin, *ends,
                std::set<std::string>(data_.outcomes.begin(), data_.outcomes.end()), "outcome");
  }
  for (const auto& outcome : suspends.over_after) {
    if (!has(suspends.goes_on_after, outcome)) continue;
    check.fail("rules.data_bad_value", data_.origin,
               "after '" + outcome + "' the act is said to go on and to be over");
  }
  check.words(data_.origin, {data_.initial}, data_.states, "state");
  check.words(data_.origin, data_.final_states, data_.states, "state");
  check.words(data_.origin, {"hub"}, data_.roles, "role");
  for (auto& row : data_.rows) {
    row.from = expanded(data_.groups, row.from);
    row.back = expanded(data_.groups, row.back);
    row.of_in = expanded(data_.groups, row.of_in);
    row.procedures = expanded(data_.procedure_groups, row.procedures);
    for (auto* clocks : {&row.until, &row.due, &row.after, &row.running, &row.had, &row.opens,
                         &row.closes, &row.supersedes, &row.cancels, &row.revives}) {
      *clocks = expanded(data_.clock_groups, *clocks);
    }
    checkRow(data_, words, laws, row, check);
  }
  checkOverlaps(data_, check);
  if (data_.sub_orders) {
    for (auto& error :
         prepareSubOrders(*data_.sub_orders, data_.groups, data_.states, data_.roles)) {
      errors.push_back(std::move(error));
    }
  }
  if (errors.empty()) checkPaths(data_, check);
  return errors;
}

Result<std::shared_ptr<const ProcedureTable>> ProcedureTable::build(
    ProcedureData data, const Vocabulary& words, const std::set<std::string>& laws) {
  auto* made = new ProcedureTable(std::move(data));
  std::shared_ptr<const ProcedureTable> table(made);
  auto errors = made->prepare(words, laws);
  if (!errors.empty()) return Status(std::move(errors));
  return table;
}

}  // namespace hub::rules
