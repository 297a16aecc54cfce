#include "hub/exchange/action_order.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "hub/base/text.h"
#include "hub/exchange/clock_rows.h"
#include "hub/exchange/event_texts.h"
#include "hub/exchange/sharing.h"
#include "hub/model/codes.h"
#include "hub/model/field.h"
#include "hub/rules/official.h"

namespace hub::exchange {
namespace {

bool has(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// A decision names who made it. Without a name the bar against the official complained of (APPC 97(2))
// could be stepped round, too.
bool namesOfficial(const rules::ProcedureRow& row, const std::string& kind) {
  return has(row.needs, "text") || (kind == "complaint" && !row.impartial.empty());
}

Status checkWaiver(const CaseFile& file, const Action& action) {
  const auto& waived = action.order.waived;
  if (waived.empty()) return {};
  const auto problem = waiverProblem(file, *action.row, action.outcome, waived);
  if (!problem.empty()) return badInput(problem, "waived");
  // These two say nothing without a word on what was urgent, or other.
  const bool tells = waived != "urgency" && waived != "other";
  return tells || !trim(action.order.reason).empty() ? Status() : inputNeeded("reason");
}

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// The row itself; of a correction the one that makes such a decision. nullptr: there is none.
const rules::ProcedureRow* decidingRow(const CaseFile& file, const rules::ProcedureRow& row,
                                       const std::string& outcome) {
  if (!row.outcomes.empty()) return &row;
  const auto& table = procedureOf(file);
  for (const auto& one : table.data().rows) {
    const bool decides = has(one.outcomes, outcome);
    if (decides && table.isFor(one, file.appeal.kind, file.appeal.procedure, specialKind(file))) {
      return &one;
    }
  }
  return nullptr;
}

std::vector<std::string> charactersOf(const rules::ProcedureRow* row, const std::string& outcome) {
  if (row == nullptr || !row->characters.contains(outcome)) return {};
  return row->characters.at(outcome);
}

Status checkLine(const std::string& line, std::size_t most, const char* field) {
  if (line.empty()) return {};
  const bool one_line = isUtf8(line) && std::none_of(line.begin(), line.end(), [](char c) {
                          return static_cast<unsigned char>(c) < 0x20;
                        });
  if (one_line && !trim(line).empty() && utf8Length(line) <= most) return {};
  return badInput("one line of at most " + std::to_string(most) + " characters", field);
}

// What only a decision has. A corrected one keeps its outcome.
Status checkDecision(const CaseFile& file, const Action& action) {
  const auto& [ground, character] = std::tie(action.order.ground, action.order.character);
  if (ground.empty() && character.empty()) return {};
  if (action.outcome.empty() && action.row->action != "correct") {
    return badInput("this action makes no decision", ground.empty() ? "character" : "ground");
  }
  const auto most = model::describe<model::Decision>().find("ground")->length_max;
  if (auto s = checkLine(ground, most, "ground"); !s) return s;
  const auto& outcome = action.outcome.empty() ? file.appeal.decision_outcome : action.outcome;
  const auto* row = decidingRow(file, *action.row, outcome);
  if (!ground.empty() && row != nullptr) {
    const auto& grounds = rules::groundsOf(*row, outcome);
    if (!grounds.empty() && !has(grounds, action.ground)) {
      return badInput("the ground is one of: " + listed(grounds), "ground");
    }
  }
  if (character.empty()) return {};
  if (!model::hasCode(model::codes::kAnswerCharacter, character)) {
    return badInput("not a code of answer_character", "character");
  }
  const auto characters = charactersOf(row, outcome);
  if (has(characters, character)) return {};
  return badInput(characters.empty() ? "the decision '" + outcome + "' has no character"
                                     : "the character is one of: " + listed(characters),
                  "character");
}

Status checkNeeds(const CaseFile& file, const Action& action) {
  const auto& order = action.order;
  const auto& row = *action.row;
  // `ground` below: whether it is needed is a matter of the outcome.
  const std::array<std::pair<std::string_view, const std::string*>, 5> inputs = {
      {{"reason", &order.reason},
       {"text", &order.text},
       {"body", &order.body},
       {"of", &order.of},
       {"executor", &order.executor}}};
  for (const auto& [name, value] : inputs) {
    if (value->empty() && has(row.needs, name)) return inputNeeded(name);
  }
  const auto& grounds = rules::groundsOf(row, action.outcome);
  if (grounds.size() > 1 && order.ground.empty()) {
    return Status::failure("exchange.input_needed", "the ground is one of: " + listed(grounds),
                           "/ground");
  }
  if (namesOfficial(row, file.appeal.kind) && trim(order.official).empty()) {
    return inputNeeded("official");
  }
  if (row.moves && order.body.empty() && row.action != "send_to_higher" && order.reason.empty()) {
    return inputNeeded("body");
  }
  return {};
}

// A body that lists its executors means them, and a complaint never goes to the one it is about: whether
// the body names its people to the hub or not.
Status checkExecutor(const CaseFile& file, const std::string& contested_official, Action& action) {
  if (!has(action.row->needs, "executor")) return {};
  const auto& named = action.order.executor;
  constexpr std::size_t kExecutorMax = 100;
  if (auto s = checkLine(named, kExecutorMax, "executor"); !s) return s;
  std::string official(trim(named));
  if (const auto* team = teamOf(*file.law, file.appeal.body_bin)) {
    const auto executor =
        std::find_if(team->begin(), team->end(), [&](const auto& one) { return one.id == named; });
    if (executor == team->end()) return badInput("not among the body's executors", "executor");
    official = executor->official;
  }
  const auto& post_words = procedureOf(file).data().post_words;
  if (rules::surelySameOfficial(official, contested_official, post_words)) {
    return Status::failure("rules.action_wrong_official",
                           "APPC article 97(2): the complaint is about this executor", "/executor");
  }
  if (rules::sameOfficial(official, contested_official, post_words)) action.alike = true;
  return {};
}

// What the applicant did on another day than that of its entry: of actions that are his, entered for him.
Result<Date> dayDone(const CaseFile& file, const ActionOrder& order, const std::string& role) {
  const auto& rows = procedureOf(file).data().rows;
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const auto& one) {
    return one.action == order.action && one.told_later && has(one.by, role);
  });
  if (row == rows.end() || role == "applicant") {
    return badInput("this is done on the day it is entered", "done_on");
  }
  auto day = parseDate(order.done_on);
  if (!day) return badInput(day.error().text, "done_on");
  if (*day > file.today) return badInput("a day to come", "done_on");
  const auto since = std::find_if(file.clocks.rbegin(), file.clocks.rend(), [&](const auto& clock) {
    return has(row->until, clock.name) || has(row->due, clock.name);
  });
  if (since != file.clocks.rend() && order.done_on < clockDay(*since, since->start_at)) {
    return badInput("a day before the term began", "done_on");
  }
  return day;
}

std::vector<ActionChoice::Ground> groundsToChoose(const rules::ProcedureData& data,
                                                  const rules::ProcedureRow& row) {
  std::vector<ActionChoice::Ground> list;
  for (const auto& outcome : row.outcomes) {
    for (const auto& ground : rules::groundsOf(row, outcome)) {
      auto known = std::find_if(list.begin(), list.end(),
                                [&](const auto& one) { return one.ground == ground; });
      if (known == list.end()) {
        list.push_back({ground, data.grounds.at(ground), {}});
        known = std::prev(list.end());
      }
      if (row.outcomes.size() > 1) known->outcomes.push_back(outcome);
    }
  }
  return list;
}

}  // namespace

Status inputNeeded(std::string_view member) {
  return Status::failure("exchange.input_needed", "this action needs it",
                         "/" + std::string(member));
}

Status badInput(const std::string& text, std::string_view member) {
  return Status::failure("exchange.bad_input", text, "/" + std::string(member));
}

// APPC 73(2) names the reasons; two of them do not fit a decision that needs a hearing, and one only a statutory
// term of under five working days.
std::string waiverProblem(const CaseFile& file, const rules::ProcedureRow& row,
                          const std::string& outcome, std::string_view waived) {
  constexpr int kShortDays = 5;
  if (!model::hasCode(model::codes::kWaivedReason, waived)) return "not a code of waived_reason";
  if (waived == "short_term") {
    const auto consider = std::find_if(file.clocks.rbegin(), file.clocks.rend(),
                                       [](const auto& clock) { return clock.name == "consider"; });
    const bool known = consider != file.clocks.rend();
    if (known && (consider->length >= kShortDays || consider->day_kind == "months")) {
      return "the term is of " + std::to_string(consider->length) + " " + consider->day_kind +
             (consider->day_kind == "months" ? "" : " days") + ", not of under five working days";
    }
  }
  const bool contradicts = waived == "favourable_act" || waived == "simplified_procedure";
  const bool fits = !contradicts || !row.hearing_before.contains(outcome);
  return fits ? std::string() : "this is no " + std::string(waived);
}

Result<ActionChoices> actionChoices(const CaseFile& file, const std::string& role) {
  const auto& table = procedureOf(file);
  const auto& data = table.data();
  if (!role.empty() && !data.roles.contains(role)) {
    return Status::failure("rules.unknown_role", "no such role in the procedure", "?role");
  }
  ActionChoices choices;
  choices.appeal = file.appeal;
  if (const auto state = data.states.find(file.appeal.state); state != data.states.end()) {
    choices.state = state->second;
  }
  const auto where = caseState(file);
  for (const auto& allowed : table.allowedActions(where, role, file.today)) {
    const auto& row = *allowed.row;
    ActionChoice choice;
    choice.action = row.action;
    choice.law = lawOf(file, row);
    choice.article = row.article;
    choice.label = row.label;
    choice.to_state = row.to.empty() ? row.to : table.nextState(row, where);
    choice.by = row.by;
    choice.needs = row.needs;
    if (row.day) choice.needs.push_back("day");
    if (row.outcomes.size() > 1) choice.needs.push_back("outcome");
    if (namesOfficial(row, file.appeal.kind)) choice.needs.push_back("official");
    choice.outcomes = row.outcomes;
    choice.grounds = groundsToChoose(data, row);
    choice.characters = row.characters;
    for (const auto& [outcome, article] : row.hearing_before) {
      const bool heard =
          rules::hearingNotified(where) && rules::hearingNoticeOver(where, file.today);
      if (!heard) choice.unheard.push_back(outcome);
    }
    if (allowed.until) choice.until = formatDate(*allowed.until);
    choice.duty = allowed.duty;
    choices.actions.push_back(std::move(choice));
  }
  return choices;
}

rules::LocalText groundNamed(const CaseFile& file, const Action& action) {
  const auto& grounds = rules::groundsOf(*action.row, action.outcome);
  if (!has(grounds, action.ground)) return {};
  // Whatever act the row follows, the grounds are articles of the table's.
  const auto source = lawNamed(procedureOf(file).data().law, action.ground);
  const auto& labels = procedureOf(file).data().grounds;
  const auto label = labels.find(action.ground);
  const bool known = label != labels.end();
  return {"Құқықтық негізі: " + source.kk + (known ? ", " + label->second.kk : ""),
          "Правовое основание: " + source.ru + (known ? ", " + label->second.ru : ""),
          "Legal ground: " + source.en + (known ? ", " + label->second.en : "")};
}

Result<std::string> roleOf(const ActionOrder& order, const Caller& caller) {
  if (order.role.empty() && caller.roles.size() == 1) return caller.roles.front();
  if (order.role.empty() && !caller.roles.empty()) return inputNeeded("role");
  if (!has(caller.roles, order.role)) {
    std::string own;
    for (const auto& role : caller.roles) own += (own.empty() ? "" : ", ") + role;
    return Status::failure("exchange.role_not_allowed",
                           "this client may act as: " + (own.empty() ? "nobody" : own), "/role");
  }
  return order.role;
}

Result<Action> checkOrder(const CaseFile& file, const ActionOrder& order, const std::string& role,
                          const Caller& caller) {
  auto where = caseState(file);
  where.urgent = file.document.urgent_flag.has_value();
  if (file.document.contested) {
    where.contested_official = trim(file.document.contested->official.value_or(""));
  }
  rules::ActionRequest request{order.action,
                               role,
                               file.today,
                               order.outcome,
                               std::string(trim(order.official)),
                               std::nullopt,
                               !order.waived.empty(),
                               std::string(trim(order.ground))};
  if (!order.day.empty()) {
    auto day = parseDate(order.day);
    if (!day) return badInput(day.error().text, "day");
    request.day = *day;
  }
  if (!order.done_on.empty()) {
    auto day = dayDone(file, order, role);
    if (!day) return day.status();
    request.done_on = *day;
  }
  auto verdict = procedureOf(file).check(where, request);
  if (!verdict) return verdict.status();
  Action action{verdict->row,
                order,
                role,
                role + ":" + caller.client,
                verdict->next_state,
                verdict->outcome,
                {},
                verdict->ground,
                verdict->alike};
  if (auto s = checkNeeds(file, action); !s) return s;
  if (auto s = checkWaiver(file, action); !s) return s;
  if (auto s = checkDecision(file, action); !s) return s;
  if (!order.reason.empty()) {
    auto words = operatorWords(order.reason, "/reason");
    if (!words) return words.status();
    action.reason = *words;
  }
  if (auto s = checkExecutor(file, where.contested_official, action); !s) return s;
  return action;
}

}  // namespace hub::exchange
