// Goal: the procedure of config/law is whole and refuses what the law does not give. Method: the real
// table walked row by row and pair by pair; broken tables built from small edits of it.
#include "hub/rules/procedure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "hub/base/error_catalogue.h"
#include "hub/base/text.h"
#include "hub/rules/law_book.h"
#include "hub/rules/number.h"

namespace hub::rules {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

constexpr Date kToday = 2026y / 3 / 17;
constexpr Date kBefore = 2026y / 3 / 16;
constexpr Date kLater = 2026y / 4 / 10;

const LawBook& book() {
  static const auto kBook = LawBook::load("config/law");
  if (!kBook) {
    for (const auto& error : kBook.status().errors()) ADD_FAILURE() << error.text;
    std::abort();
  }
  return **kBook;
}
const ProcedureTable& table() { return *book().data().procedure; }

bool has(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}
std::string kindOf(const ProcedureRow& row) {
  if (!row.kinds.empty()) return row.kinds.front();
  for (const auto& [kind, entry] : book().data().vocabulary.kinds) {
    if (!row.not_for.contains(kind)) return kind;
  }
  return {};
}
// A case in which the row's terms allow it.
CaseState fitting(const ProcedureRow& row, const std::string& state) {
  CaseState where{state, kindOf(row), row.procedures.empty() ? "" : row.procedures.front(), {}, ""};
  if (!row.special.empty()) where.special = row.special.front();
  where.stopped = row.complaint != Complaint::kNone;
  where.no_body = row.while_no_body;
  where.presumed = row.presumed == "only";
  for (const auto& name : row.until) where.clocks.push_back({name, kLater, true, "APPC"});
  for (const auto& name : row.after) where.clocks.push_back({name, kBefore, true, "APPC"});
  for (const auto& name : row.running) where.clocks.push_back({name, kLater, true, "APPC"});
  for (const auto& name : row.had) where.clocks.push_back({name, kBefore, false, "APPC"});
  // What was opened before comes first.
  std::stable_sort(where.clocks.begin(), where.clocks.end(),
                   [](const auto& a, const auto& b) { return a.running < b.running; });
  return where;
}
ActionRequest fittingRequest(const ProcedureRow& row, const std::string& role) {
  ActionRequest request;
  request.action = row.action;
  request.role = role;
  request.today = kToday;
  if (!row.outcomes.empty()) request.outcome = row.outcomes.front();
  const auto& grounds = groundsOf(row, request.outcome);
  if (!grounds.empty()) request.ground = grounds.front();
  if (row.day) request.day = kLater;
  return request;
}
CaseState in(const std::string& state, const std::string& kind, Date consider = kLater) {
  return {state, kind, "", {{"consider", consider, true, "APPC"}}, ""};
}
ActionRequest act(const std::string& role, const std::string& action) {
  ActionRequest request;
  request.action = action;
  request.role = role;
  request.today = kToday;
  return request;
}
std::string codeOf(const Result<Verdict>& verdict) {
  return verdict.ok() ? "allowed" : verdict.error().code;
}

TEST(Procedure, EveryRowDoesWhatItSaysForEveryStateAndRole) {
  ASSERT_GE(table().data().rows.size(), 40U);
  for (const auto& row : table().data().rows) {
    for (const auto& state : row.from) {
      for (const auto& role : row.by) {
        const auto verdict = table().check(fitting(row, state), fittingRequest(row, role));
        ASSERT_TRUE(verdict.ok()) << verdict.error().text;
        EXPECT_EQ(verdict->row, &row);
        EXPECT_EQ(verdict->next_state, row.to.empty() ? state : row.to);
      }
    }
  }
}

TEST(Procedure, EveryOtherPairIsRefusedWithItsArticleAndState) {
  std::set<std::string> actions;
  for (const auto& row : table().data().rows) actions.insert(row.action);
  int refused = 0;
  for (const auto& [kind, entry] : book().data().vocabulary.kinds) {
    for (const auto& [state, label] : table().data().states) {
      for (const auto& action : actions) {
        const bool lawful = std::any_of(table().data().rows.begin(), table().data().rows.end(),
                                        [&, &kind = kind, &state = state](const auto& row) {
                                          return row.action == action && has(row.from, state) &&
                                                 !row.not_for.contains(kind) &&
                                                 (row.kinds.empty() || has(row.kinds, kind));
                                        });
        if (lawful) continue;
        const auto verdict = table().check(in(state, kind), act("head", action));
        ASSERT_FALSE(verdict.ok()) << kind << " " << state << " " << action;
        EXPECT_TRUE(codeOf(verdict) == "rules.action_not_allowed" ||
                    codeOf(verdict) == "rules.action_wrong_kind")
            << codeOf(verdict);
        EXPECT_THAT(verdict.error().text, HasSubstr(" article "));
        EXPECT_THAT(verdict.error().text, HasSubstr("'" + state + "'"));
        EXPECT_THAT(verdict.error().text, HasSubstr("allowed now: "));
        const auto* entry_of_code = findError(codeOf(verdict));
        ASSERT_NE(entry_of_code, nullptr);
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, 1000);
}

TEST(Procedure, OnlyTheRolesOfARowMayDoIt) {
  for (const auto& row : table().data().rows) {
    for (const auto& [role, label] : table().data().roles) {
      if (has(row.by, role)) continue;
      const auto where = fitting(row, row.from.front());
      EXPECT_EQ(codeOf(table().check(where, fittingRequest(row, role))), "rules.action_wrong_role")
          << row.action << " by " << role;
    }
  }
}

TEST(Procedure, AComplaintIsNeverExtended) {
  for (const auto* action : {"extension_prepare", "extension_agree", "extension_sign"}) {
    for (const auto& [state, label] : table().data().states) {
      const auto verdict = table().check(in(state, "complaint"), act("executor", action));
      EXPECT_EQ(codeOf(verdict), "rules.action_wrong_kind");
      EXPECT_THAT(verdict.error().text, HasSubstr("article 99:"));
    }
  }
}

TEST(Procedure, AnExtensionIsPreparedOnTheLastDayAndNotAfterItNorTwice) {
  const auto prepare = act("executor", "extension_prepare");
  EXPECT_EQ(codeOf(table().check(in("in_work", "application", kToday), prepare)), "allowed");
  EXPECT_EQ(codeOf(table().check(in("in_work", "application", kBefore), prepare)),
            "rules.action_too_late");
  CaseState again = in("hearing_held", "application");
  again.clocks = {{"consider", kToday, false, "APPC"}, {"extend", kLater, true, "APPC"}};
  EXPECT_EQ(codeOf(table().check(again, prepare)), "rules.action_too_late");
}

TEST(Procedure, DeemedRefusalIsTheHubsAloneAfterTheTerm) {
  const auto over = in("in_work", "application", kBefore);
  for (const auto& [role, label] : table().data().roles) {
    EXPECT_EQ(codeOf(table().check(over, act(role, "deem_refused"))),
              role == "hub" ? "allowed" : "rules.action_wrong_role");
  }
  EXPECT_EQ(codeOf(table().check(in("in_work", "application", kToday), act("hub", "deem_refused"))),
            "rules.action_too_early");
  const auto* row = table().deemedRefusalDue(over, kToday);
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(row->article, "91(2)");
  EXPECT_TRUE(has(row->opens, "complaint_window"));
  EXPECT_EQ(table().deemedRefusalDue(in("in_work", "application", kToday), kToday), nullptr);
  EXPECT_EQ(table().deemedRefusalDue(in("executed", "application", kBefore), kToday), nullptr);
  EXPECT_EQ(table().deemedRefusalDue(in("decision_signed", "application", kBefore), kToday),
            nullptr)
      << "an act that waits for its delivery";
  EXPECT_EQ(table().deemedRefusalDue(in("in_work", "message", kBefore), kToday), nullptr);
  const auto* complaint = table().deemedRefusalDue(in("in_work", "complaint", kBefore), kToday);
  ASSERT_NE(complaint, nullptr);
  EXPECT_EQ(complaint->article, "100(5)");
  CaseState extended = in("extended", "application", kBefore);
  extended.clocks = {{"consider", kBefore, false, "APPC"}, {"extend", kLater, true, "APPC"}};
  EXPECT_EQ(table().deemedRefusalDue(extended, kToday), nullptr);
  extended.clocks.clear();
  EXPECT_EQ(table().deemedRefusalDue(extended, kToday), nullptr) << "no term was ever counted";
}

TEST(Procedure, TheOfficialComplainedOfDoesNotDecide) {
  CaseState where = in("decision_agreed", "complaint");
  where.contested_official = "official-1";
  auto sign = act("head", "decision_sign");
  sign.outcome = "not_satisfied";
  sign.official = "official-1";
  sign.waived = true;
  const auto verdict = table().check(where, sign);
  EXPECT_EQ(codeOf(verdict), "rules.action_wrong_official");
  EXPECT_THAT(verdict.error().text, HasSubstr("97(2)"));
  sign.official = "official-2";
  EXPECT_EQ(codeOf(table().check(where, sign)), "allowed");

  // Law 88 decides; that the official complained of may not is the Code's all the same.
  where.procedure = "public_service";
  ASSERT_EQ(codeOf(table().check(where, sign)), "allowed");
  EXPECT_EQ(table().check(where, sign)->row->law, "LAW-88");
  sign.official = "official-1";
  EXPECT_THAT(table().check(where, sign).error().text, HasSubstr("APPC article 97(2)"));
}

TEST(Procedure, TheOutcomeFollowsTheKind) {
  auto sign = act("head", "decision_sign");
  sign.outcome = "act_favourable";
  EXPECT_EQ(codeOf(table().check(in("decision_agreed", "application"), sign)), "allowed");
  EXPECT_EQ(codeOf(table().check(in("decision_agreed", "complaint"), sign)),
            "rules.action_wrong_outcome");
  sign.outcome.clear();
  EXPECT_EQ(codeOf(table().check(in("decision_agreed", "application"), sign)),
            "rules.action_wrong_outcome");
  EXPECT_TRUE(table().outcomeAllowed("message", "", "answered"));
  EXPECT_FALSE(table().outcomeAllowed("application", "", "answered"));
  EXPECT_TRUE(table().outcomeAllowed("complaint", "", "sent_back"));
  EXPECT_FALSE(table().outcomeAllowed("application", "", "sent_back"));
  EXPECT_TRUE(table().outcomeAllowed("complaint", "", "satisfied_by_first_body"));
  EXPECT_FALSE(table().outcomeAllowed("complaint", "", "terminated")) << "APPC 95, not 70";
  EXPECT_FALSE(table().outcomeAllowed("message", "", "deemed_refused"));
  EXPECT_FALSE(table().outcomeAllowed("letter", "", "answered"));
}

TEST(Procedure, DefectsHaveADayAndAReturnWaitsForIt) {
  auto notice = act("registrar", "notify_defects");
  EXPECT_EQ(codeOf(table().check(in("registered", "application"), notice)),
            "rules.action_needs_day");
  notice.day = kLater;
  EXPECT_EQ(codeOf(table().check(in("registered", "application"), notice)), "allowed");
  CaseState noticed = in("nonconforming_notice", "application");
  noticed.clocks.push_back({"cure", kToday, true});
  EXPECT_EQ(codeOf(table().check(noticed, act("applicant", "cure"))), "allowed");
  EXPECT_EQ(codeOf(table().check(noticed, act("head", "return"))), "rules.action_too_early");
  noticed.clocks.back().due = kBefore;
  EXPECT_EQ(codeOf(table().check(noticed, act("applicant", "cure"))), "rules.action_too_late");
  EXPECT_EQ(codeOf(table().check(noticed, act("head", "return"))), "allowed");
}

TEST(Procedure, AnActIsExecutedOnceAndOnlyIfThereIsSomethingToExecute) {
  CaseState delivered{"executed", "application", "", {}, ""};
  const auto execute = act("executor", "execute");
  EXPECT_EQ(codeOf(table().check(delivered, execute)), "rules.action_not_allowed");
  delivered.clocks = {{"execute", kToday, false}};
  EXPECT_EQ(codeOf(table().check(delivered, execute)), "rules.action_not_allowed");
  delivered.clocks = {{"execute", kBefore, true}};
  EXPECT_EQ(codeOf(table().check(delivered, execute)), "allowed") << "late is a duty, no bar";
  const auto list = table().allowedActions(delivered, "executor", kToday);
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list.front().until, kBefore);
  EXPECT_TRUE(list.front().duty);
}

TEST(Procedure, WhatADecisionOpensDependsOnIt) {
  const auto deliver = act("registrar", "deliver_decision");
  const auto verdict = table().check(in("decision_signed", "complaint"), deliver);
  ASSERT_TRUE(verdict.ok()) << verdict.error().text;
  const std::vector<std::string> both = {"complaint_window", "execute"};
  const std::vector<std::string> one = {"complaint_window"};
  EXPECT_EQ(openedBy(*verdict->row, "act_cancelled"), both);
  EXPECT_EQ(openedBy(*verdict->row, "not_satisfied"), one);
  EXPECT_EQ(openedBy(*verdict->row, ""), one);
}

TEST(Procedure, ACrimeIsActedUponBeforeTheCaseEndsWithoutADecision) {
  for (const auto* action : {"terminate", "leave_without_consideration", "withdrawal_accept"}) {
    const std::string kind =
        std::string(action) == "leave_without_consideration" ? "complaint" : "application";
    const std::map<std::string, std::string> agreed = {
        {"terminate", "termination_agreed"},
        {"leave_without_consideration", "leaving_agreed"},
        {"withdrawal_accept", "withdrawal_agreed"}};
    auto where = in(agreed.at(action), kind);
    where.urgent = true;
    where.clocks.push_back({"react", kToday, true});
    auto end = act("head", action);
    end.ground = kind == "complaint"                  ? "95(1)(1)"
                 : where.state == "withdrawal_agreed" ? "70(1)(4)"
                                                      : "70(1)(1)";
    const auto waits = table().check(where, end);
    EXPECT_EQ(codeOf(waits), "rules.action_urgent") << action;
    EXPECT_THAT(waits.error().text, HasSubstr("64(7-2)"));
    for (const auto& allowed : table().allowedActions(where, "head", kToday)) {
      EXPECT_NE(allowed.row->action, action);
    }
    where.clocks.back().running = false;
    EXPECT_EQ(codeOf(table().check(where, end)), "allowed") << action;
  }
}

TEST(Procedure, AnAnonymousMessageOfACrimeIsNotEndedForThatAndMayBeForAnotherGround) {
  auto where = in("termination_agreed", "message");
  where.urgent = true;
  where.clocks.push_back({"react", kToday, false});
  auto end = act("head", "terminate");
  end.ground = "88(1)(2)";
  EXPECT_EQ(codeOf(table().check(where, end)), "rules.action_urgent");
  end.ground = "88(1)(1)";
  EXPECT_EQ(codeOf(table().check(where, end)), "allowed");
}

TEST(Procedure, MinutesAreReadWhereAHearingOwedThem) {
  auto where = in("hearing_held", "application");
  const auto read = act("applicant", "read_minutes");
  EXPECT_EQ(codeOf(table().check(where, read)), "rules.action_not_allowed");
  where.clocks.push_back({"hearing_minutes", kBefore, false});
  EXPECT_EQ(codeOf(table().check(where, read)), "allowed");
}

TEST(Procedure, ASingleGroundIsTaken) {
  const auto accept = act("head", "withdrawal_accept");
  EXPECT_EQ(table().check(in("withdrawal_agreed", "application"), accept)->ground, "70(1)(4)");
  const auto message = table().check(in("withdrawal_agreed", "message"), accept);
  ASSERT_TRUE(message.ok());
  EXPECT_EQ(message->ground, "88(1)(4)");
  EXPECT_EQ(message->row->article, "88(1)");
}

TEST(Procedure, ARefusalNamesTheStepsThatComeBefore) {
  const auto why = [](const CaseState& where, const std::string& role, const std::string& action) {
    const auto verdict = table().check(where, act(role, action));
    EXPECT_EQ(codeOf(verdict), "rules.action_not_allowed");
    return verdict.ok() ? std::string() : verdict.error().text;
  };
  EXPECT_THAT(why(in("in_work", "application"), "head", "terminate"),
              HasSubstr("not allowed in this state, it comes after terminate_prepare (executor), "
                        "terminate_agree (controller); allowed now: "));
  EXPECT_THAT(why(in("termination_prepared", "application"), "head", "terminate"),
              HasSubstr("it comes after terminate_agree (controller);"));
  EXPECT_THAT(why(in("in_work", "complaint"), "head", "leave_without_consideration"),
              HasSubstr("it comes after leave_prepare (executor), leave_agree (controller);"));
  EXPECT_THAT(why(in("withdrawn", "application"), "head", "withdrawal_accept"),
              HasSubstr("it comes after withdrawal_prepare (executor), withdrawal_agree "
                        "(controller);"));
  EXPECT_THAT(why(in("routed", "application"), "head", "decision_sign"),
              HasSubstr("it comes after assign (head), decision_prepare (executor), decision_agree "
                        "(controller);"));
  // Nobody is told to leave the state that the action leads to: no notice of defects so as to begin once more.
  for (const auto* state : {"in_work", "termination_prepared", "decision_prepared"}) {
    EXPECT_THAT(why(in(state, "application"), "executor", "start_work"),
                HasSubstr("in this state; allowed now: "))
        << state;
  }
  // Steps that today's terms do not give are none, nor is one that ends the case.
  auto where = in("in_work", "complaint");
  EXPECT_THAT(why(where, "head", "satisfy_complaint"), HasSubstr("in this state; allowed now: "));
  where.clocks.push_back({"send_up", kLater, true});
  EXPECT_THAT(why(where, "head", "satisfy_complaint"),
              HasSubstr("it comes after satisfy_prepare (executor), satisfy_agree (controller);"));
  EXPECT_THAT(why(in("in_work", "application"), "head", "execute"),
              HasSubstr("in this state; allowed now: "));
}

TEST(Procedure, SomeTermsOutliveTheCase) {
  for (const auto* clock : {"react", "execute", "complaint_window", "complaint_window_long",
                            "termination_notice", "left_notice", "correction_copy", "send_back"}) {
    EXPECT_TRUE(table().outlivesCase(clock)) << clock;
  }
  for (const auto* clock : {"consider", "forward", "plan", "hearing_notice", "objection", "cure"}) {
    EXPECT_FALSE(table().outlivesCase(clock)) << clock;
  }
}

TEST(Procedure, AllowedActionsAreThoseCheckAllows) {
  const auto where = in("in_work", "complaint");
  const auto list = table().allowedActions(where, "executor", kToday);
  ASSERT_FALSE(list.empty());
  for (const auto& allowed : list) {
    const auto verdict = table().check(where, fittingRequest(*allowed.row, "executor"));
    EXPECT_TRUE(verdict.ok()) << allowed.row->action;
    EXPECT_NE(allowed.row->action, "extension_prepare");
  }
  std::set<std::string> applicants;
  for (const auto& allowed : table().allowedActions(where, "applicant", kToday)) {
    applicants.insert(allowed.row->action);
  }
  EXPECT_EQ(applicants, (std::set<std::string>{"withdraw", "ask_access", "move_recusal"}));
  const auto extension = table().allowedActions(in("in_work", "request"), "executor", kToday);
  const auto found = std::find_if(extension.begin(), extension.end(), [](const auto& a) {
    return a.row->action == "extension_prepare";
  });
  ASSERT_NE(found, extension.end());
  EXPECT_EQ(found->until, kLater);
  EXPECT_FALSE(found->duty);
}

TEST(Procedure, EveryLawfulWalkEndsOnceAndStaysEnded) {
  for (const auto& row : table().data().rows) {
    for (const auto& state : row.from) {
      if (!table().isFinal(state)) continue;
      // The refusal the law presumes is no act of the body, which may still make its own.
      if (state == "deemed_refused" && !table().isFinal(row.to)) continue;
      // Or go up, 91(4).
      if (state == "deemed_refused" && row.action == "send_to_higher") continue;
      EXPECT_TRUE(row.to.empty()) << row.action << " reopens " << state;
    }
  }
}

TEST(Procedure, UnknownWordsAreToldApart) {
  EXPECT_EQ(codeOf(table().check(in("in_work", "application"), act("executor", "dance"))),
            "rules.unknown_action");
  EXPECT_EQ(codeOf(table().check(in("in_limbo", "application"), act("executor", "withdraw"))),
            "rules.unknown_state");
  EXPECT_EQ(codeOf(table().check(in("in_work", "application"), act("king", "withdraw"))),
            "rules.unknown_role");
  EXPECT_EQ(codeOf(table().check(in("in_work", "letter"), act("executor", "withdraw"))),
            "rules.unknown_kind");
}

// The real file with one place changed.
Error brokenBy(const std::string& before, const std::string& after) {
  auto text = *readFile("config/law/procedure.yaml", 1 << 20);
  const auto at = text.find(before);
  if (at == std::string::npos) return {"test.no_such_text", before, {}, 0};
  text.replace(at, before.size(), after);
  std::string name = std::filesystem::temp_directory_path() / "procedure-XXXXXX";
  const int handle = mkstemp(name.data());
  if (handle >= 0) close(handle);
  std::ofstream(name) << text;
  const auto loaded =
      ProcedureTable::load(name, book().data().vocabulary, {"APPC", "LAW-221", "SPECIAL"});
  std::filesystem::remove(name);
  if (loaded.ok()) return {"loaded", "", {}, 0};
  return loaded.error();
}

TEST(ProcedureData, WhatIsWrongIsRefusedWithItsLine) {
  const auto expect = [](const std::string& before, const std::string& after, const char* code) {
    const Error error = brokenBy(before, after);
    EXPECT_EQ(error.code, code) << error.text;
    EXPECT_GT(error.line, 0) << error.text;
  };
  expect("from: [draft]", "from: [drafted]", "rules.data_unknown_word");
  expect("to: received", "to: obtained", "rules.data_unknown_word");
  expect("due: [register]", "due: [registry]", "rules.data_unknown_word");
  expect("running: [execute]", "running: [dance]", "rules.data_unknown_word");
  expect("cancels: [ends_with_case]", "cancels: [hearing]", "rules.data_unknown_word");
  expect("ends_with_case: [hearing_notice,", "ends_with_case: [hearing,",
         "rules.data_unknown_word");
  expect("  ends_with_case: [", "  plan: [", "rules.data_bad_value");
  expect("had: [hearing_minutes]", "had: [minutes]", "rules.data_unknown_word");
  expect("grounds: [\"70(1)(1)\",", "grounds: [\"71\",", "rules.data_unknown_word");
  expect("needs: [ground]", "needs: [reason]", "rules.data_bad_value");
  // Of a row with several outcomes they are those of one.
  const std::string of_cancelling = "grounds: {act_cancelled: [\"100(3)(1)\",";
  expect(of_cancelling, "grounds: {act_cancelled: [\"100(3)(9)\",", "rules.data_unknown_word");
  expect(of_cancelling, "grounds: {act_favourable: [\"100(3)(1)\",", "rules.data_bad_value");
  expect(of_cancelling, "grounds: {noted: [], act_cancelled: [\"100(3)(1)\",",
         "rules.data_bad_value");
  expect("outcomes: [act_favourable, act_burdensome], hearing_before",
         "outcomes: [act_favourable, act_burdensome], grounds: [\"70(1)(1)\"], hearing_before",
         "rules.data_bad_value");
  expect("outcomes: [act_favourable, act_burdensome], hearing_before",
         "outcomes: [act_favourable, act_burdensome], grounds: word, hearing_before",
         "rules.data_bad_value");
  expect("moves: true, becomes:", "moves: true, grounds: [\"70(1)(1)\"], becomes:",
         "rules.data_bad_value");
  expect("characters: {answered:", "characters: {act_favourable:", "rules.data_bad_value");
  expect("complaint: stops", "complaint: dances", "rules.data_bad_value");
  expect("over_after: [act_cancelled,", "over_after: [act_dropped,", "rules.data_unknown_word");
  expect("over_after: [act_cancelled,", "over_after: [not_satisfied,", "rules.data_bad_value");
  expect("once_by: [applicant]", "once_by: [plaintiff]", "rules.data_unknown_word");
  expect("confidence: low}", "confidence: middling}", "rules.data_bad_value");
  expect("complaint_suspends: {article: \"96\",", "complaint_suspends: {",
         "rules.data_missing_key");
  expect("of_in: [returned]", "of_in: [sent_home]", "rules.data_unknown_word");
  expect(", of_in: [returned]", "", "rules.data_bad_value");
  expect("opens_for: {execute: [act_favourable,", "opens_for: {execute: [act_favorite,",
         "rules.data_unknown_word");
  expect("opens_for: {execute:", "opens_for: {consider:", "rules.data_bad_value");
  expect("hearing_before: {act_burdensome:", "hearing_before: {answered:", "rules.data_bad_value");
  expect("first_body: [send_up]", "first_body: [consider]", "rules.data_bad_value");
  expect("barred_by: {send_up:", "barred_by: {sent_up:", "rules.data_unknown_word");
  expect("by: [registrar, hub]", "by: [king]", "rules.data_unknown_word");
  expect("from: [draft]", "from: []", "rules.data_bad_value");
  expect("from: [draft], ", "", "rules.data_missing_key");
  expect("to: withdrawal_refused", "to: in_work", "rules.data_bad_value");
  expect("back: [withdrawing]", "back: [withdrawals]", "rules.data_unknown_word");
  expect("back: [withdrawing]", "back: [withdrawn]", "rules.data_bad_value");
  expect("body_roles: [executor,", "body_roles: [king,", "rules.data_unknown_word");
  expect("by: [hub, registrar], article", "by: [hub, registrar], without_body: true, article",
         "rules.data_bad_value");
  expect("by: [hub, registrar], while_no_body: true", "by: [head], while_no_body: true",
         "rules.data_bad_value");
  expect("by: [hub], kinds: [application]", "by: [hub, agency], kinds: [application]",
         "rules.data_bad_value");
  expect("action: forward_agree", "action: forward_sign, from: [forward_agreed]",
         "rules.data_bad_value");
  expect(
      "action: decision_sign, from: [decision_agreed], to: decision_signed, by: [head], kinds: "
      "[petition]",
      "action: decision_sign, from: [decision_agreed], to: decision_signed, by: [head]",
      "rules.data_overlap");
  expect("laws: [APPC, SPECIAL]", "laws: [APCP]", "rules.data_unknown_word");
  expect("laws: [APPC, SPECIAL], ", "", "rules.data_bad_value");
  expect("label: {kk: \"беру\"", "lable: {kk: \"беру\"", "rules.data_missing_key");
  // Of sub-orders.
  expect("by: [executor], sides: [own]", "by: [king], sides: [own]", "rules.data_unknown_word");
  expect("sides: [target, own]", "sides: [theirs]", "rules.data_unknown_word");
  expect("sides: [target, own]", "sides: []", "rules.data_bad_value");
  expect("to: checked, by", "to: inspected, by", "rules.data_unknown_word");
  expect("needs: [answer]", "needs: [luck]", "rules.data_unknown_word");
  expect("may: [text, day]", "may: [luck]", "rules.data_unknown_word");
  expect("follows: [signed, ", "follows: [sent, ", "rules.data_unknown_word");
  expect("in: [decision_signed, closed", "in: [decided, closed", "rules.data_unknown_word");
  expect("final: [checked, cancelled]", "final: [checked]", "rules.data_bad_value");
  expect("{action: create, to: created", "{action: create, from: [agreed], to: created",
         "rules.data_bad_value");
  expect("{action: agree, from: [created], to", "{action: agree, to", "rules.data_bad_value");
  expect("signed, answered], to: cancelled, by: [hub]", "signed], to: cancelled, by: [hub]",
         "rules.data_bad_value");
  expect("{action: cancel, from: [signed, answered]", "{action: cancel, from: [agreed, answered]",
         "rules.data_overlap");
  expect("  steps:\n", "  stairs:\n", "rules.data_missing_key");
  expect("version: procedure", "version: [", "rules.data_syntax");
  EXPECT_EQ(brokenBy("version: procedure", "version: procedure").code, "loaded");
}

TEST(Procedure, GroundsAreThoseOfTheOutcome) {
  auto decide = act("head", "decision_sign");
  auto where = in("decision_agreed", "complaint");
  decide.outcome = "act_cancelled";
  decide.ground = "100(3)(2)";
  const auto cancelled = table().check(where, decide);
  ASSERT_TRUE(cancelled.ok()) << cancelled.error().text;
  EXPECT_EQ(cancelled->ground, "100(3)(2)");
  EXPECT_EQ(groundsOf(*cancelled->row, "act_cancelled_new").size(), 3U);
  EXPECT_TRUE(groundsOf(*cancelled->row, "action_performed").empty());
  decide.ground = "70(1)(1)";
  const auto refused = table().check(where, decide);
  EXPECT_EQ(codeOf(refused), "rules.action_wrong_ground");
  EXPECT_EQ(refused.error().field, "/ground");
  EXPECT_NE(refused.error().text.find("APPC article 100(3): 'decision_sign' in the state "
                                      "'decision_agreed': the ground is one of: 100(3)(1), "
                                      "100(3)(2), 100(3)(3);"),
            std::string::npos)
      << refused.error().text;
  // Others have no list: whatever is named is taken.
  decide.outcome = "action_performed";
  EXPECT_EQ(codeOf(table().check(where, decide)), "allowed");
}

TEST(Procedure, AGroundIsReadAsPeopleWriteIt) {
  const std::vector<std::string> listed = {"88(1)(1)", "88(1)(2)"};
  EXPECT_EQ(groundNamedBy("88(1)(2)", listed), "88(1)(2)");
  EXPECT_EQ(groundNamedBy(" АППК ст. 88 (1) (1) ", listed), "88(1)(1)");
  EXPECT_EQ(groundNamedBy("188(1)(1)", listed), "");
  EXPECT_EQ(groundNamedBy("88(1)", listed), "");
  EXPECT_EQ(groundNamedBy("", listed), "");
}

TEST(Number, PartsCountFromTheWhole) {
  EXPECT_EQ(*childNumber("ЖТ-2026-01234567", 2), "ЖТ-2026-01234567/2");
  EXPECT_FALSE(childNumber("ЖТ-2026-01234567/1", 2).ok());
  EXPECT_FALSE(childNumber("ЖТ-2026-01234567", 0).ok());
  EXPECT_FALSE(childNumber("ЖТ-2026-01234567", 1000).ok());
}

// The refusal is told by the row that comes nearest: what it is not for, by that row's act.
TEST(Procedure, ARefusalSaysWhatTheActionIsNotFor) {
  CaseState where;
  where.state = "in_work";
  where.kind = "complaint";
  where.procedure = "public_service";
  const auto why = [&](const char* action) {
    ActionRequest request;
    request.action = action;
    request.role = "executor";
    request.today = *parseDate("2026-03-17");
    const auto verdict = table().check(where, request);
    return verdict.ok() ? std::string() : verdict.error().text;
  };
  EXPECT_TRUE(
      why("extension_prepare")
          .starts_with("LAW-88 article 25: 'extension_prepare' in the state 'in_work': only "
                       "for the special kind 'service_oversight'"))
      << why("extension_prepare");
  EXPECT_TRUE(why("hearing_notify")
                  .starts_with("APPC article 73(1): 'hearing_notify' in the state 'in_work': not "
                               "for the procedure 'public_service'"))
      << why("hearing_notify");
  where.procedure = "complaint";
  EXPECT_TRUE(why("extension_prepare").starts_with("APPC article 99: "))
      << why("extension_prepare");
  EXPECT_NE(why("extension_prepare").find("not for the kind 'complaint'"), std::string::npos);
  EXPECT_NE(why("post_petition").find("not for the kind 'complaint'"), std::string::npos);
}

}  // namespace
}  // namespace hub::rules
