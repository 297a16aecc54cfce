#include "hub/rules/sub_orders.h"

#include <algorithm>
#include <array>

#include "hub/rules/table_words.h"

namespace hub::rules {
namespace {

// What a step may need of its caller.
constexpr std::array<std::string_view, 6> kInputs = {"kind", "body",   "text",
                                                     "day",  "answer", "reason"};

bool byHubAlone(const SubOrderStep& step) { return step.by == Words{"hub"}; }

bool standsIn(const SubOrderStep& step, std::string_view state) {
  return state.empty() ? step.from.empty() : has(step.from, state);
}
bool caseFits(const SubOrderStep& step, std::string_view case_state) {
  return step.in.empty() || has(step.in, case_state);
}

void checkStep(const SubOrderRules& rules, const SubOrderStep& step,
               const std::map<std::string, LocalText>& states,
               const std::map<std::string, LocalText>& roles, TableChecker& check) {
  const std::set<std::string_view> inputs(kInputs.begin(), kInputs.end());
  const std::set<std::string> sides = {kOwnSide, kTargetSide};
  check.words(step.origin, step.from, rules.states, "state of a sub-order");
  check.words(step.origin, {step.to}, rules.states, "state of a sub-order");
  check.words(step.origin, step.by, roles, "role");
  check.words(step.origin, step.sides, sides, "side");
  check.words(step.origin, step.in, states, "state");
  check.words(step.origin, step.needs, inputs, "input");
  check.words(step.origin, step.may, inputs, "input");
  if (step.by.empty() || step.sides.empty()) {
    check.fail("rules.data_bad_value", step.origin, "a step needs a role and a side");
  }
  for (const auto& state : step.from) {
    if (!rules.isFinal(state)) continue;
    check.fail("rules.data_bad_value", step.origin,
               "no step leaves the final state '" + state + "'");
  }
}

// Each state is reached, each open one is left by people and, where the case ends, by the hub.
void checkChain(const SubOrderRules& rules, TableChecker& check) {
  const auto made = std::count_if(rules.steps.begin(), rules.steps.end(),
                                  [](const auto& step) { return step.from.empty(); });
  if (made != 1) {
    check.fail("rules.data_bad_value", rules.origin, "one step, and one only, makes a sub-order");
  }
  for (const auto& [state, label] : rules.states) {
    const auto reached = std::any_of(rules.steps.begin(), rules.steps.end(),
                                     [&](const auto& step) { return step.to == state; });
    if (!reached) {
      check.fail("rules.data_bad_value", rules.origin,
                 "no step leads to the state '" + state + "'");
    }
    if (rules.isFinal(state)) continue;
    const auto left = [&](bool by_hub) {
      return std::any_of(rules.steps.begin(), rules.steps.end(), [&](const auto& step) {
        return has(step.from, state) && byHubAlone(step) == by_hub && step.to != state;
      });
    };
    if (!left(false) || !left(true)) {
      check.fail("rules.data_bad_value", rules.origin,
                 "a step of people, and one of the hub at the case's end, must lead out of the "
                 "open state '" +
                     state + "'");
    }
  }
}

std::string allowedNow(const SubOrderRules& rules, const SubOrderPlace& where) {
  Words names;
  for (const auto* step : allowedSubOrderSteps(rules, where, {})) {
    if (!has(names, step->action)) names.push_back(step->action);
  }
  return names.empty() ? "nothing" : joined(names);
}

Status refuse(const char* code, const SubOrderRules& rules, const SubOrderPlace& where,
              std::string_view action, const std::string& why, const char* field) {
  return Status::failure(code,
                         "sub-order, '" + std::string(action) + "' in the state '" +
                             (where.state.empty() ? std::string("new") : where.state) +
                             "' of a case '" + where.case_state + "': " + why +
                             "; allowed now: " + allowedNow(rules, where),
                         field);
}

}  // namespace

bool SubOrderRules::isFinal(std::string_view state) const { return has(final_states, state); }

const SubOrderStep& SubOrderRules::making() const {
  return *std::find_if(steps.begin(), steps.end(),
                       [](const auto& step) { return step.from.empty(); });
}

std::vector<Error> prepareSubOrders(SubOrderRules& rules,
                                    const std::map<std::string, Words>& groups,
                                    const std::map<std::string, LocalText>& states,
                                    const std::map<std::string, LocalText>& roles) {
  std::vector<Error> errors;
  TableChecker check(errors);
  check.words(rules.origin, rules.final_states, rules.states, "state of a sub-order");
  if (rules.kinds.empty()) {
    check.fail("rules.data_bad_value", rules.origin, "sub-orders need a kind");
  }
  for (const auto& [name, kind] : rules.kinds) {
    check.words(rules.origin, kind.follows, rules.states, "state of a sub-order");
  }
  for (auto& step : rules.steps) {
    Words in;
    for (const auto& word : step.in) {
      const auto group = groups.find(word);
      if (group == groups.end()) {
        in.push_back(word);
      } else {
        in.insert(in.end(), group->second.begin(), group->second.end());
      }
    }
    step.in = std::move(in);
    checkStep(rules, step, states, roles, check);
  }
  for (std::size_t i = 0; i < rules.steps.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const auto &a = rules.steps[i], &b = rules.steps[j];
      const bool meet = std::any_of(a.from.begin(), a.from.end(),
                                    [&](const auto& state) { return has(b.from, state); });
      if (a.action != b.action || !meet) continue;
      check.fail(
          "rules.data_overlap", a.origin,
          "'" + a.action + "' leaves the same state as line " + std::to_string(b.origin.line));
    }
  }
  if (errors.empty()) checkChain(rules, check);
  return errors;
}

std::vector<const SubOrderStep*> allowedSubOrderSteps(const SubOrderRules& rules,
                                                      const SubOrderPlace& where,
                                                      std::string_view role) {
  std::vector<const SubOrderStep*> steps;
  for (const auto& step : rules.steps) {
    if (byHubAlone(step) || !standsIn(step, where.state) || !caseFits(step, where.case_state))
      continue;
    if (!has(step.sides, where.side) || (!role.empty() && !has(step.by, role))) continue;
    steps.push_back(&step);
  }
  return steps;
}

Result<const SubOrderStep*> checkSubOrderStep(const SubOrderRules& rules,
                                              const SubOrderPlace& where, std::string_view action,
                                              std::string_view role) {
  const SubOrderStep* named = nullptr;
  const SubOrderStep* here = nullptr;
  for (const auto& step : rules.steps) {
    if (step.action != action || byHubAlone(step)) continue;
    named = &step;
    if (standsIn(step, where.state)) here = &step;
  }
  if (!named) {
    return Status::failure("rules.unknown_action", "no such step of a sub-order", "/action");
  }
  const auto no = [&](const char* code, const std::string& why, const char* field) {
    return refuse(code, rules, where, action, why, field);
  };
  constexpr const char* kNotNow = "rules.sub_order_not_allowed";
  if (!here) return no(kNotNow, "not in this state", "/action");
  if (!caseFits(*here, where.case_state))
    return no(kNotNow, "not while the case stands so", "/action");
  constexpr const char* kNotHe = "rules.sub_order_wrong_role";
  if (!has(here->sides, where.side)) {
    return no(kNotHe,
              where.side == kOwnSide ? "for the body that was asked" : "for the body that asks",
              "/role");
  }
  if (!has(here->by, role)) {
    return no(kNotHe, "for " + joined(here->by) + ", not for " + std::string(role), "/role");
  }
  return here;
}

bool isWithTarget(const SubOrderRules& rules, std::string_view state) {
  return std::any_of(rules.steps.begin(), rules.steps.end(), [&](const SubOrderStep& step) {
    return has(step.from, state) && has(step.sides, kTargetSide);
  });
}

const SubOrderStep* endOfSubOrder(const SubOrderRules& rules, std::string_view state,
                                  std::string_view case_state) {
  for (const auto& step : rules.steps) {
    const bool over = case_state.empty() || caseFits(step, case_state);
    if (byHubAlone(step) && has(step.from, state) && over) return &step;
  }
  return nullptr;
}

Status checkSubOrderDay(Date day, Date today, std::optional<Date> case_due) {
  constexpr auto kAhead = std::chrono::days(366);
  const auto no = [](const std::string& why) {
    return Status::failure("rules.sub_order_day", why, "/day");
  };
  if (day < today) return no("the day named is over");
  if (std::chrono::sys_days(day) - std::chrono::sys_days(today) > kAhead) {
    return no("the day named is more than a year ahead");
  }
  if (case_due && today <= *case_due && day >= *case_due) {
    return no("the legal term of the case ends on " + formatDate(*case_due) +
              ", and the answer is needed before it");
  }
  return {};
}

}  // namespace hub::rules
