// Decisions of agencies and what each leaves behind; what is refused.
#include "hub/exchange/agency_decisions.h"

#include "hub/exchange/casework.h"
#include "hub/exchange/tests/inbound_world.h"

namespace hub::exchange::testing {
namespace {

using store::OutboxState;

class AgencyDecisionsTest : public InboundWorld {};

TEST_F(AgencyDecisionsTest, ADecisionEndsTheAppeal) {
  deliver();
  clock_.set(instant("2026-04-10T13:00:00Z"));
  EXPECT_EQ(apply(decisionItem("i-1", appeal_.hub_id)), "");
  auto row = appealNow(appeal_.id);
  EXPECT_EQ(row.state, "executed");
  EXPECT_EQ(row.decision_outcome, "act_favourable");
  EXPECT_EQ(outboxOf(appeal_.id).state, OutboxState::kDelivered);
  EXPECT_EQ(clockOf(appeal_.id, "consider").status, "met") << "on the last day is in time";
  auto event = eventOf(appeal_.id, "decided");
  EXPECT_EQ(event.from_state, "assigned");
  EXPECT_EQ(event.actor, "agency:minfin");
  EXPECT_EQ(event.reason, "act_favourable");

  // The canonical decision is complete, and in the journal.
  auto messages = store_->messages(appeal_.id, true);
  ASSERT_TRUE(messages.ok());
  EXPECT_EQ(decisionNow().body.bin, kMinfinBin);
  EXPECT_EQ(decisionNow().appeal_ref.hub_id, appeal_.hub_id);
  auto record = store_->journal(1);
  ASSERT_TRUE(record.ok() && record->has_value());
  EXPECT_EQ((*record)->direction, "in");
  EXPECT_EQ((*record)->message_id, messages->back().message_id);
}

// Its system took the withdrawal and said no more of it: the decision is its answer.
TEST_F(AgencyDecisionsTest, ADecisionEndsTheWaitForAnAnswerToAWithdrawal) {
  deliver();
  queueAfter(appeal_.id, "withdrawal/1", OutboxState::kAwaiting);
  EXPECT_EQ(apply(decisionItem("i-1", appeal_.hub_id)), "");
  EXPECT_EQ(store_->outboxOf(appeal_.id)->at(1).state, OutboxState::kDelivered);
  clock_.advance(std::chrono::hours(25));
  dispatcher_->escalateOverdue();
  EXPECT_FALSE(hasEvent(appeal_.id, "answer_overdue"));
  EXPECT_TRUE(store_->overdueCounts()->empty());
}

// A limit was lowered since it came: the others are found, and what came with the correction is taken.
TEST_F(AgencyDecisionsTest, AKeptDecisionThatCannotBeReadHoldsUpNothing) {
  deliver();
  store::MessageRow unreadable{newUuid7(clock_.now()), appeal_.id, "decision/1", "in", "minfin",
                               clock_.now(),           "<cut off"};
  ASSERT_TRUE(store_->write([&](store::Tx& tx) { return tx.addMessage(unreadable); }).ok());
  auto first = decisionItem("i-1", appeal_.hub_id);
  amend(first, [](auto& decision) { decision.decision_id = "D-1"; });
  EXPECT_EQ(apply(first), "");
  const auto other = accepted("a-2");
  const auto correcting = [&](const std::string& id, const std::string& name) {
    auto item = decisionItem(id, appeal_.hub_id);
    amend(item, [&](auto& decision) {
      decision.decision_id = "D-" + id;
      decision.supersedes = name;
    });
    return item;
  };
  applyAll({correcting("i-2", "D-1"), correcting("i-3", "no-such"),
            statusItem("i-4", other, "in_work")});
  EXPECT_TRUE(hasEvent(appeal_.id, "decision_corrected"));
  EXPECT_EQ(clockOf(appeal_.id, "correction_copy").rule_id, "A24.2") << "to be sent, 82(5)";
  EXPECT_EQ(appealNow(other.id).state, "in_work");
  EXPECT_EQ(store_->settled("minfin", 10)->at(2).code, "exchange.unknown_decision");
}

TEST_F(AgencyDecisionsTest, ADecisionNeedsASignatureItsOwnOrItsTransports) {
  deliver();
  auto item = decisionItem("i-1", appeal_.hub_id);
  amend(item, [](auto& decision) { decision.signatures.clear(); });
  expectRefused(item, "exchange.decision_unsigned");
  item.item_id = "i-2";
  applyAll({item}, {"minfin", "jws", true});
  EXPECT_EQ(appealNow(appeal_.id).state, "executed");
  auto record = store_->journal(1);
  ASSERT_TRUE(record.ok() && record->has_value());
  EXPECT_EQ((*record)->signature, "verified:jws");
}

// APPC 97(2) cannot be seen to without the name.
TEST_F(AgencyDecisionsTest, ABodySaysWhoDecided) {
  deliver();
  auto item = decisionItem("i-1", appeal_.hub_id);
  amend(item, [](auto& decision) { decision.official.clear(); });
  expectRefused(item, "model.required");
}

TEST_F(AgencyDecisionsTest, WhoSignedIsKeptBesideTheDecision) {
  deliver();
  auto item = decisionItem("i-1", appeal_.hub_id);
  amend(item, [](auto& decision) { decision.signatures.clear(); });
  ItemSource who{"minfin", "jws", true};
  trust::Verified verified;
  who.signers.add("jws", verified);
  EXPECT_EQ(who.signers.text, "") << "nobody signed";
  verified.signer = "CN=minfin,OU=BIN990140900507";
  verified.signer_serial = "0A1B";
  verified.signer_sha256 = std::string(64, 'a');
  who.signers.add("jws", verified);
  who.signers.add("jws", verified);
  const std::string one =
      "jws subject=CN=minfin,OU=BIN990140900507 serial=0A1B sha256=" + std::string(64, 'a');
  EXPECT_EQ(who.signers.text, one);
  EXPECT_EQ(Evidence::fromText(one).serial, "0A1B");
  EXPECT_EQ(Evidence::fromText(one).sha256, std::string(64, 'a'));
  EXPECT_EQ(Evidence::fromText(one + "; " + one).sha256, "") << "not one signer";
  applyAll({item}, who);
  auto events = eventsOf(appeal_.id);
  EXPECT_EQ(events.back().type, "decided");
  EXPECT_EQ(events.back().evidence, one);
  auto plain = events.back();
  plain.evidence.clear();
  EXPECT_NE(store::eventSha256(plain), store::eventSha256(events.back()));
  EXPECT_EQ((*store_->journal(1))->signature, "verified:jws sha256:" + std::string(64, 'a'));
  const auto signatures = decisionNow().signatures;
  ASSERT_EQ(signatures.size(), 1u);
  EXPECT_EQ(signatures[0].certificate_serial, "0A1B");
  verified.signer_sha256 = std::string(64, 'b');
  who.signers.add("jws", verified);
  EXPECT_EQ(who.signers.serial, "") << "not known whose item it was";
  EXPECT_NE(who.signers.text.find("; jws"), std::string::npos);
}

TEST_F(AgencyDecisionsTest, AnActIsToBeExecutedAndTheBodySaysWhenItWas) {
  deliver();
  clock_.set(instant("2026-04-10T07:00:00Z"));
  EXPECT_EQ(apply(decisionItem("i-1", appeal_.hub_id)), "");
  EXPECT_EQ(clockOf(appeal_.id, "execute").due_date, "2026-04-17");
  EXPECT_EQ(clockOf(appeal_.id, "execute").rule_id, "A25");
  clock_.set(instant("2026-04-18T07:00:00Z"));
  EXPECT_EQ(apply(statusItem("i-2", appeal_, "executed")), "");
  EXPECT_EQ(clockOf(appeal_.id, "execute").status, "missed");
  EXPECT_EQ(clockOf(appeal_.id, "consider").status, "met") << "the decision was in time";
  EXPECT_EQ(appealNow(appeal_.id).state, "executed");
  EXPECT_EQ(eventOf(appeal_.id, "status_executed").actor, "agency:minfin");
}

// APPC 91(4), 100(2): a body with a system of its own sends the case back and tells when it is done.
TEST_F(AgencyDecisionsTest, AComplaintSentBackByABodysSystemHasItsTerms) {
  auto complaint = complaintAbout("act", "a-complaint");
  appeal_ = taken(complaint);
  EXPECT_EQ(clockOf(appeal_.id, "send_up").due_date, "2026-03-20");
  deliver();
  clock_.set(instant("2026-03-19T07:00:00Z"));
  EXPECT_EQ(apply(decisionItem("i-1", appeal_.hub_id, "sent_back")), "");
  EXPECT_EQ(clockOf(appeal_.id, "send_up").status, "met");
  EXPECT_EQ(clockOf(appeal_.id, "send_back").due_date, "2026-03-31");
  EXPECT_EQ(clockOf(appeal_.id, "send_back").status, "running");
  EXPECT_TRUE(hasClock(appeal_.id, "complaint_window_long"));
  clock_.set(instant("2026-03-31T07:00:00Z"));
  EXPECT_EQ(apply(statusItem("i-2", appeal_, "executed")), "");
  EXPECT_EQ(clockOf(appeal_.id, "send_back").status, "met");
}

TEST_F(AgencyDecisionsTest, WhatGivesNothingHasNothingToExecute) {
  deliver();
  auto item = decisionItem("i-1", appeal_.hub_id);
  amend(item, [](model::Decision& decision) { decision.outcome = "terminated"; });
  EXPECT_EQ(apply(item), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "terminated");
  EXPECT_FALSE(hasClock(appeal_.id, "execute"));
  EXPECT_TRUE(hasClock(appeal_.id, "complaint_window") ||
              hasClock(appeal_.id, "complaint_window_long"));
}

TEST_F(AgencyDecisionsTest, ADecisionAfterTheDueDateMissesTheTerm) {
  deliver();
  clock_.set(instant("2026-04-10T20:00:00Z"));  // 11 April in Kazakhstan
  EXPECT_EQ(apply(decisionItem("i-1", appeal_.hub_id)), "");
  EXPECT_EQ(clockOf(appeal_.id, "consider").status, "missed");
}

// What was found missed stays so, whatever day the body writes on its act afterwards.
TEST_F(AgencyDecisionsTest, AMissedTermIsNotMadeGoodByAnEarlierDate) {
  deliver();
  ASSERT_TRUE(store_
                  ->write([&](store::Tx& tx) {
                    return tx.setClockStatus(appeal_.id, "consider", "missed");
                  })
                  .ok());
  clock_.set(instant("2026-04-20T05:00:00Z"));
  auto item = decisionItem("i-1", appeal_.hub_id);
  amend(item, [](auto& decision) { decision.decided_at = "2026-04-09T10:00:00+05:00"; });
  EXPECT_EQ(apply(item), "");
  EXPECT_EQ(clockOf(appeal_.id, "consider").status, "missed");
}

TEST_F(AgencyDecisionsTest, ADecisionToldAfterTheTermIsMarked) {
  deliver();
  clock_.set(instant("2026-04-20T05:00:00Z"));
  auto item = decisionItem("i-1", appeal_.hub_id);
  amend(item, [](auto& decision) { decision.decided_at = "2026-04-09T10:00:00+05:00"; });
  EXPECT_EQ(apply(item), "");
  EXPECT_EQ(clockOf(appeal_.id, "consider").status, "met");
  EXPECT_NE(eventOf(appeal_.id, "decided").text_en.find("after the term: 2026-04-20"),
            std::string::npos);
}

TEST_F(AgencyDecisionsTest, ADecisionIsNotOlderThanTheAppeal) {
  deliver();
  auto item = decisionItem("i-1", appeal_.hub_id);
  amend(item, [](auto& decision) { decision.decided_at = "2026-03-16T18:00:00+05:00"; });
  expectRefused(item, "exchange.decided_before_registration");
  // Many systems know the day only.
  item = decisionItem("i-2", appeal_.hub_id);
  amend(item, [](auto& decision) { decision.decided_at = "2026-03-17T00:00:00+05:00"; });
  EXPECT_EQ(apply(item), "");
}

TEST_F(AgencyDecisionsTest, ASecondDecisionMustSupersedeTheFirst) {
  deliver();
  EXPECT_EQ(apply(decisionItem("i-1", appeal_.hub_id)), "");
  expectRefused(decisionItem("i-2", appeal_.hub_id, "act_burdensome"), "exchange.already_decided");
  auto correction = decisionItem("i-3", appeal_.hub_id, "act_burdensome");
  amend(correction,
        [first = decisionNow().decision_id](auto& decision) { decision.supersedes = first; });
  clock_.set(instant("2026-06-01T05:00:00Z"));
  EXPECT_EQ(apply(correction), "");
  auto row = appealNow(appeal_.id);
  EXPECT_EQ(row.decision_outcome, "act_burdensome");
  EXPECT_EQ(row.state, "executed");
  EXPECT_TRUE(hasEvent(appeal_.id, "decision_corrected"));
  EXPECT_EQ(clockOf(appeal_.id, "consider").status, "met") << "the first decision was in time";
  EXPECT_EQ(row.decided_on, "2026-06-01") << "another outcome is another act, of its own day";
  // A correction mends the words of the act that stands, and leaves its day: APPC 82(3).
  auto words = decisionItem("i-4", appeal_.hub_id, "act_burdensome");
  amend(words, [second = decisionNow().decision_id](auto& decision) {
    decision.supersedes = second;
    decision.decided_at = "2026-06-04T10:00:00+05:00";
  });
  clock_.set(instant("2026-06-05T05:00:00Z"));
  EXPECT_EQ(apply(words), "");
  EXPECT_EQ(appealNow(appeal_.id).decided_on, "2026-06-01");
}

TEST_F(AgencyDecisionsTest, ADecisionSupersedesOneThatTheCaseHas) {
  deliver();
  auto first = decisionItem("i-1", appeal_.hub_id);
  amend(first, [](auto& decision) {
    decision.decision_id = "D-1";
    decision.external_ids.push_back({"minfin", "12/МФ", {}, {}});
  });
  auto early = decisionItem("i-0", appeal_.hub_id);
  amend(early, [](auto& decision) { decision.supersedes = "D-1"; });
  expectRefused(early, "exchange.unknown_decision");
  EXPECT_EQ(apply(first), "");
  const auto correction = [&](const std::string& id, const std::string& supersedes) {
    auto item = decisionItem(id, appeal_.hub_id, "act_burdensome");
    amend(item, [&](auto& decision) {
      decision.decision_id = "C-" + id;
      decision.external_ids.push_back({"minfin", id + "/МФ", {}, {}});
      decision.supersedes = supersedes;
    });
    return item;
  };
  expectRefused(correction("i-2", "D-2"), "exchange.unknown_decision");
  const auto other = accepted("a-2");
  auto foreign = correction("i-3", "D-1");
  foreign.correlation_id = other.hub_id;
  expectRefused(foreign, "exchange.unknown_decision");
  // By the body's number, by its own id, by the receipt: the one that is in force.
  EXPECT_EQ(apply(correction("i-4", "12/МФ")), "");
  EXPECT_EQ(decisionNow().supersedes, "D-1") << "by its id";
  EXPECT_EQ(apply(correction("i-5", "C-i-4")), "");
  const auto receipt = store_->settled("minfin", 100)->back().reference;
  EXPECT_EQ(apply(correction("i-6", receipt)), "");
  EXPECT_EQ(decisionNow().supersedes, "C-i-5");
  EXPECT_EQ(apply(correction("i-7", "i-6/МФ")), "");
  EXPECT_EQ(decisionNow().supersedes, "C-i-6");
  expectRefused(correction("i-8", "D-1"), "exchange.unknown_decision");
  EXPECT_EQ(decisionNow().decision_id, "C-i-7") << "what was superseded is not superseded again";
  const auto messages = *store_->messages(appeal_.id, false);
  EXPECT_EQ(std::count_if(messages.begin(), messages.end(),
                          [](const auto& row) { return row.type == "decision/1"; }),
            5)
      << "none is replaced in the register";
  EXPECT_EQ(appealNow(appeal_.id).decision_outcome, "act_burdensome");
}

// Both come in one answer: the first is not in any reader's sight yet.
TEST_F(AgencyDecisionsTest, ADecisionAndItsCorrectionMayComeTogether) {
  deliver();
  auto first = decisionItem("i-1", appeal_.hub_id);
  amend(first, [](auto& decision) { decision.decision_id = "D-1"; });
  auto second = decisionItem("i-2", appeal_.hub_id, "act_burdensome");
  amend(second, [](auto& decision) { decision.supersedes = "D-1"; });
  applyAll({first, second});
  EXPECT_TRUE(quarantine().empty());
  EXPECT_EQ(appealNow(appeal_.id).decision_outcome, "act_burdensome");
}

// What an action here ends with the decision, the body's own decision ends too.
TEST_F(AgencyDecisionsTest, TheTermsOfTheWorkEndWithTheDecision) {
  const auto work = [&] {
    deliver();
    open("plan", "2026-04-06");
    open("hearing_notice", "2026-04-01");
    open("objection", "2026-04-09");
  };
  work();
  clock_.set(instant("2026-04-07T05:00:00Z"));
  EXPECT_EQ(apply(decisionItem("i-1", appeal_.hub_id)), "");
  EXPECT_EQ(clockOf(appeal_.id, "plan").status, "missed");
  EXPECT_EQ(clockOf(appeal_.id, "hearing_notice").status, "cancelled");
  EXPECT_EQ(clockOf(appeal_.id, "objection").status, "cancelled");
  EXPECT_EQ(clockOf(appeal_.id, "complaint_window_long").status, "running");
  for (const char* end : {"returned", "terminated", "forwarded"}) {
    appeal_ = accepted(std::string("a-") + end);
    work();
    open("cure", "2026-05-01");
    EXPECT_EQ(apply(statusItem(std::string("s-") + end, appeal_, end)), "");
    for (const char* term : {"plan", "hearing_notice", "objection", "cure"}) {
      EXPECT_NE(clockOf(appeal_.id, term).status, "running") << end << " " << term;
    }
  }
  // Of an outcome that the procedure does not give the kind.
  appeal_ = taken(complaintAbout("act", "a-complaint"));
  work();
  EXPECT_EQ(apply(statusItem("s-2", appeal_, "terminated")), "");
  EXPECT_EQ(clockOf(appeal_.id, "send_up").status, "met");
  EXPECT_EQ(clockOf(appeal_.id, "objection").status, "cancelled");
}

// Minutes after the refusal that the law presumes comes the news of an act that was there in time, APPC 91(2).
TEST_F(AgencyDecisionsTest, WhatWasDecidedInTimeMissedNothingThoughARefusalWasPresumed) {
  const auto presumed = [&](const std::string& source_id) {
    clock_.set(instant("2026-03-17T05:00:00Z"));
    appeal_ = accepted(source_id);
    deliver();
    clock_.set(instant("2026-04-10T19:00:30Z"));  // 11 April at the registrar
    Casework work(*store_, currentLaw(), limits_, clock_,
                  {"hub", model::IdentityCheck::kStrict, [](const std::string&) { return true; },
                   [](const std::string&) -> Result<std::string> { return std::string(); }});
    EXPECT_GE(*work.deemRefusals(), 1);
    EXPECT_EQ(appealNow(appeal_.id).state, "deemed_refused");
    EXPECT_EQ(clockOf(appeal_.id, "consider").status, "missed");
    clock_.set(instant("2026-04-10T19:05:00Z"));
  };
  const auto decide = [&](const std::string& item_id, const char* at) {
    auto item = decisionItem(item_id, appeal_.hub_id, "act_favourable");
    amend(item, [&](auto& d) { d.decided_at = at; });
    EXPECT_EQ(apply(item), "");
    EXPECT_EQ(appealNow(appeal_.id).state, "executed");
    EXPECT_EQ(appealNow(appeal_.id).decision_outcome, "act_favourable");
    const auto day = toLocal(instant(at), "Asia/Almaty");
    EXPECT_EQ(appealNow(appeal_.id).decided_on, formatDate(day->date)) << "the act's own day";
  };
  presumed("d-1");
  decide("i-1", "2026-04-10T23:59:00+05:00");
  EXPECT_EQ(clockOf(appeal_.id, "consider").status, "met");
  EXPECT_NE(eventOf(appeal_.id, "decided").text_en.find("told of it after the term"),
            std::string::npos);
  const auto to_check = eventOf(appeal_.id, "term_to_check");
  EXPECT_EQ(to_check.actor, "hub");
  for (const auto& text : {to_check.text_kk, to_check.text_ru, to_check.text_en}) {
    EXPECT_NE(text.find("10.04.2026"), std::string::npos)
        << "the day that the body names: " << text;
  }
  presumed("d-2");
  decide("i-2", "2026-04-11T00:01:00+05:00");
  EXPECT_EQ(clockOf(appeal_.id, "consider").status, "missed");
  EXPECT_EQ(eventOf(appeal_.id, "decided").text_en.find("told of it after the term"),
            std::string::npos);
  EXPECT_FALSE(hasEvent(appeal_.id, "term_to_check")) << "it was late by its own word";
}

// Many a system does not tell the kind of the appeal it decided.
TEST_F(AgencyDecisionsTest, AnOutcomeForEachKindIsTakenByTheAppeals) {
  deliver();
  const auto item = [&](const std::string& id, const std::string& outcome) {
    otinish::Inbound out = decisionItem(id, appeal_.hub_id);
    out.form = "json";
    model::Message message = *model::decodeXml(out.body, limits_);
    out.body = model::encodePayloadJson(message);
    const std::string one = "\"act_favourable\"";
    out.body.replace(out.body.find(one), one.size(), outcome);
    return out;
  };
  expectRefused(item("i-1", R"({"complaint": "not_satisfied"})"), "exchange.outcome_not_allowed");
  expectRefused(item("i-2", R"({"*": "answered"})"), "exchange.outcome_not_allowed");
  for (const char* wrong :
       {R"({"aplication": "act_favourable"})", R"({"*": "act_favorable"})", R"({"*": 1})", "{}"}) {
    expectRefused(item(std::string("w-") + wrong, wrong), "model.unknown_code");
  }
  EXPECT_EQ(
      apply(item(
          "i-3",
          R"({"complaint": "not_satisfied", "application": "act_burdensome", "*": "answered"})")),
      "");
  EXPECT_EQ(appealNow(appeal_.id).decision_outcome, "act_burdensome");
  EXPECT_EQ(
      apply(item(
          "i-3",
          R"({"complaint": "not_satisfied", "application": "act_burdensome", "*": "answered"})")),
      "");
  for (const auto& row : quarantine()) EXPECT_NE(row.item_id, "i-3");
}

TEST_F(AgencyDecisionsTest, OutcomesFitTheKind) {
  deliver();
  expectRefused(decisionItem("i-1", appeal_.hub_id, "act_cancelled"),
                "exchange.outcome_not_allowed");
  expectRefused(decisionItem("i-2", appeal_.hub_id, "answered"), "exchange.outcome_not_allowed");
  EXPECT_EQ(applyAs("minfin", decisionItem("i-3", appeal_.hub_id, "deemed_refused")),
            "exchange.outcome_not_allowed")
      << "made by operation of law only";
  EXPECT_EQ(apply(decisionItem("i-4", appeal_.hub_id, "terminated")), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "terminated");
}

// The six months of 92(1-1) are of the wording from 29.12.2025: before it there are the three, whatever the act says.
TEST_F(AgencyDecisionsTest, AnActOfTheOlderWordingIsComplainedOfWithinThreeMonths) {
  clock_.set(instant("2025-11-03T05:00:00Z"));
  appeal_ = accepted("a-2025");
  clock_.set(instant("2025-11-10T05:00:00Z"));
  auto item = decisionItem("i-1", appeal_.hub_id, "act_favourable");
  amend(item, [](auto& d) { d.decided_at = d.delivered_at.emplace("2025-11-10T05:00:00Z"); });
  EXPECT_EQ(apply(item), "");
  EXPECT_EQ(clockOf(appeal_.id, "complaint_window").rule_id, "B27");
  EXPECT_EQ(clockOf(appeal_.id, "complaint_window").due_date, "2026-02-10");
  EXPECT_FALSE(hasClock(appeal_.id, "complaint_window_long"));
  EXPECT_EQ(clockOf(appeal_.id, "execute").rule_id, "B25");
  EXPECT_EQ(clockOf(appeal_.id, "execute").due_date, "2025-11-17");
}

// APPC 95(1), not 70: the item is kept before people, and the complaint goes on.
TEST_F(AgencyDecisionsTest, AComplaintIsNotTerminated) {
  appeal_ = taken(complaintAbout("act", "a-c"));
  deliver();
  expectRefused(decisionItem("i-1", appeal_.hub_id, "terminated"), "exchange.outcome_not_allowed");
  EXPECT_EQ(clockOf(appeal_.id, "consider").status, "running");
  EXPECT_EQ(apply(decisionItem("i-2", appeal_.hub_id, "left_without_consideration")), "");
  EXPECT_EQ(clockOf(appeal_.id, "left_notice").rule_id, "A32") << "to be told of it, 95(2)";
  // What lies outside the Code other acts end.
  auto criminal = complaintAbout("act", "a-d");
  criminal.procedure = "criminal";
  appeal_ = taken(criminal);
  EXPECT_EQ(apply(decisionItem("i-3", appeal_.hub_id, "terminated")), "");
}

// APPC 3: there is no administrative act outside the Code.
TEST_F(AgencyDecisionsTest, OutsideTheCodeAnApplicationIsAnswered) {
  auto criminal = taxAppeal("a-o");
  criminal.procedure = "criminal";
  appeal_ = taken(criminal);
  EXPECT_EQ(apply(decisionItem("i-1", appeal_.hub_id, "answered")), "");
  EXPECT_EQ(appealNow(appeal_.id).decision_outcome, "answered");
  EXPECT_FALSE(hasEvent(appeal_.id, "decision_unlawful"));
  appeal_ = accepted("a-p");
  expectRefused(decisionItem("i-2", appeal_.hub_id, "answered"), "exchange.outcome_not_allowed");
}

TEST_F(AgencyDecisionsTest, ATerminationByTheBodyIsToBeToldToTheApplicant) {
  deliver();
  clock_.set(instant("2026-03-20T05:00:00Z"));
  auto item = decisionItem("i-1", appeal_.hub_id, "terminated");
  amend(item, [](auto& decision) { decision.decided_at = "2026-03-17T05:30:00Z"; });
  EXPECT_EQ(apply(item), "");
  EXPECT_EQ(clockOf(appeal_.id, "termination_notice").rule_id, "A17") << "70(3)";
  EXPECT_EQ(clockOf(appeal_.id, "termination_notice").status, "running");
  EXPECT_EQ(clockOf(appeal_.id, "termination_notice").due_date, "2026-03-20")
      << "from the decision, not from its news";
  EXPECT_EQ(clockOf(appeal_.id, "complaint_window_long").status, "running");
  appeal_ = accepted("a-2");
  EXPECT_EQ(apply(statusItem("s-1", appeal_, "terminated")), "");
  EXPECT_FALSE(hasClock(appeal_.id, "termination_notice"))
      << "no status could say that he was told";
  appeal_ = accepted("a-4");
  auto told = decisionItem("i-4", appeal_.hub_id, "terminated");
  amend(told, [](auto& decision) {
    decision.decided_at = "2026-03-20T05:00:00Z";
    decision.delivered_at = "2026-03-20T05:00:00Z";
  });
  EXPECT_EQ(apply(told), "");
  EXPECT_EQ(clockOf(appeal_.id, "termination_notice").status, "met") << "it says that he was told";
  appeal_ = accepted("a-3");
  EXPECT_EQ(apply(decisionItem("i-2", appeal_.hub_id)), "");
  EXPECT_FALSE(hasClock(appeal_.id, "termination_notice")) << "an act is no termination";
}

// APPC 83, 86(3), 92(1-1): from the day on which the applicant got it, not from its news.
TEST_F(AgencyDecisionsTest, WhatFollowsADecisionCountsFromItsDelivery) {
  deliver();
  clock_.set(instant("2026-03-27T05:00:00Z"));
  auto item = decisionItem("i-1", appeal_.hub_id, "act_favourable");
  amend(item, [](auto& decision) {
    decision.decided_at = "2026-03-18T05:00:00Z";
    decision.delivered_at = "2026-03-19T05:00:00Z";
  });
  EXPECT_EQ(apply(item), "");
  EXPECT_EQ(clockOf(appeal_.id, "execute").due_date, "2026-03-31") << "23 to 25 March are off";
  EXPECT_EQ(clockOf(appeal_.id, "complaint_window_long").due_date, "2026-09-21")
      << "19 September is a Saturday";
}

// APPC 91(4), 86(3).
TEST_F(AgencyDecisionsTest, WhatTheFirstBodySatisfiesItExecutes) {
  appeal_ = taken(complaintAbout("act", "a-c"));
  EXPECT_EQ(apply(decisionItem("i-1", appeal_.hub_id, "satisfied_by_first_body")), "");
  EXPECT_EQ(clockOf(appeal_.id, "execute").rule_id, "A25");
  EXPECT_FALSE(hasClock(appeal_.id, "complaint_window")) << "nothing was refused";
  EXPECT_FALSE(hasClock(appeal_.id, "complaint_window_long"));
}

// APPC 89(2): remarked, not refused.
TEST_F(AgencyDecisionsTest, AnAnswerInAThirdLanguageIsRemarked) {
  deliver();
  auto item = decisionItem("i-1", appeal_.hub_id);
  amend(item, [](auto& decision) { decision.language = "en"; });
  EXPECT_EQ(apply(item), "");
  auto event = eventOf(appeal_.id, "decided");
  EXPECT_NE(event.text_en.find("89(2)"), std::string::npos) << event.text_en;
  EXPECT_NE(event.text_ru.find("89(2)"), std::string::npos);
  appeal_ = accepted("a-2");
  item = decisionItem("i-2", appeal_.hub_id);
  amend(item, [](auto& decision) { decision.language = "kk"; });
  EXPECT_EQ(apply(item), "");
  EXPECT_EQ(eventOf(appeal_.id, "decided").text_en.find("89"), std::string::npos);
}

TEST_F(AgencyDecisionsTest, ADecisionMayNameOnlyFilesThatCame) {
  deliver();
  auto withFile = [&](const std::string& id, const std::string& sha256, std::int64_t size) {
    auto item = decisionItem(id, appeal_.hub_id);
    amend(item, [&](auto& decision) {
      model::Attachment file;
      file.id = "f1";
      file.name = "answer.pdf";
      file.mime = "application/pdf";
      file.size = size;
      file.sha256 = sha256;
      decision.attachments.push_back(file);
    });
    return item;
  };
  expectRefused(withFile("i-1", std::string(64, 'a'), 3), "exchange.attachment_missing");
  auto sink = attachments_->create();
  ASSERT_TRUE(sink.ok());
  ASSERT_TRUE((*sink)->write("pdf").ok());
  auto stored = (*sink)->finish();
  ASSERT_TRUE(stored.ok());
  expectRefused(withFile("i-2", stored->sha256_hex, 4), "exchange.attachment_missing");
  EXPECT_EQ(apply(withFile("i-3", stored->sha256_hex, 3)), "");
  EXPECT_TRUE(store_->findAttachment(stored->sha256_hex)->has_value());
}

}  // namespace
}  // namespace hub::exchange::testing
