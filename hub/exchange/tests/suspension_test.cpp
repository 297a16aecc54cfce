// A complaint stops the execution of the act it is against, and an unsatisfied one lets it go on (APPC 96).
#include "hub/exchange/suspension.h"

#include "hub/exchange/inbound.h"
#include "hub/exchange/tests/casework_world.h"
#include "hub/model/codec.h"

namespace hub::exchange::testing {
namespace {

class SuspensionTest : public CaseworkWorld {
 protected:
  store::AppealRow signedAct(const std::string& id) {
    const auto appeal = accepted(id);
    atWork(appeal);
    decided(appeal, decision("act_favourable", "Налог пересчитан."));
    return appeal;
  }
  store::AppealRow actOf(const std::string& id) {
    const auto appeal = signedAct(id);
    good(appeal, "deliver_decision", "registrar");
    return appeal;
  }
  // By the body's own system.
  void told(const store::AppealRow& appeal, const std::string& outcome,
            const std::string& decided_at) {
    Inbound inbound(limits_, model::IdentityCheck::kStrict, nullptr, &currentLaw());
    auto item = decisionItem("told-" + appeal.source_id, appeal.hub_id, outcome);
    auto message = model::decodeXml(item.body, limits_);
    ASSERT_TRUE(message.ok());
    auto& decision = std::get<model::Decision>(message->payload);
    decision.decided_at = decision.delivered_at.emplace(decided_at);
    item.body = model::encodePayloadXml(*message);
    auto items = inbound.prepare({item});
    int put_off = 0;
    ASSERT_TRUE(store_
                    ->write([&](store::Tx& tx) {
                      return inbound.applyItems(tx, {"minfin", "cms", false, {}, {}, {}}, items,
                                                clock_.now(), &put_off);
                    })
                    .ok());
    EXPECT_EQ(appealNow(appeal.id).decision_outcome, outcome);
  }
  store::AppealRow complaintOn(const store::AppealRow& earlier, const std::string& id,
                               const std::string& filed = {}) {
    auto complaint = complaintAbout("act", id);
    if (!filed.empty()) complaint.received_at = filed;
    complaint.contested->official = kComplainedOf;
    complaint.contested->body = model::BodyRef{kAkimatBin, std::nullopt, {}};
    model::Ref ref;
    ref.reg_number = earlier.reg_number;
    complaint.previous_appeal.push_back(ref);
    return taken(complaint);
  }
  ActionOrder cancelled() {
    auto order = decision("act_cancelled", "Акт отменён.");
    order.ground = "100(3)(1)";
    return order;
  }
  void leave(const store::AppealRow& complaint) {
    auto end = endFor("95(1)(1)", "leave_without_consideration");
    end.official = kHeadsName;
    endingAgreed(complaint, "leave");
    good(complaint, end);
  }
  std::vector<std::string> history(store::RowId appeal) {
    std::vector<std::string> types;
    for (const auto& event : eventsOf(appeal)) {
      if (event.type.rfind("execution_", 0) == 0) types.push_back(event.type);
    }
    return types;
  }
};

TEST_F(SuspensionTest, AComplaintStopsTheExecutionAndLeftItGoesOn) {
  const auto appeal = actOf("s-1");
  EXPECT_EQ(daysOf(appeal.id, "execute"), std::vector<std::string>{"2026-03-27 running"});
  on("2026-03-19T05:00:00Z");
  const auto complaint = complaintOn(appeal, "s-2");
  EXPECT_EQ(daysOf(appeal.id, "execute"), std::vector<std::string>{"2026-03-27 cancelled"});
  EXPECT_EQ(lastText(appeal.id), "The execution of the act is suspended by complaint " +
                                     complaint.reg_number + ". APPC art. 96");
  EXPECT_EQ(refused(appeal, order("execute", "executor")).code, "rules.action_not_allowed");
  on("2026-04-02T05:00:00Z");
  leave(complaint);
  EXPECT_EQ(daysOf(appeal.id, "execute"),
            (std::vector<std::string>{"2026-03-27 cancelled", "2026-04-09 running"}));
  const auto text = lastText(appeal.id);
  EXPECT_NE(text.find("Until 09.04.2026"), std::string::npos) << text;
  good(appeal, order("execute", "executor"));
  EXPECT_EQ(history(appeal.id),
            (std::vector<std::string>{"execution_suspended", "execution_resumed"}));
}

TEST_F(SuspensionTest, AnUnsatisfiedComplaintLetsItGoOnWithItsDelivery) {
  const auto appeal = actOf("s-3");
  const auto complaint = complaintOn(appeal, "s-4");
  atWork(complaint);
  auto no = decision("not_satisfied", "Нарушений нет.");
  no.waived = "applicant_asks";
  decided(complaint, no);
  EXPECT_EQ(clockOf(appeal.id, "execute").status, "cancelled")
      << "it takes effect with its delivery";
  good(complaint, "deliver_decision", "registrar");
  EXPECT_EQ(clockOf(appeal.id, "execute").status, "running");
}

TEST_F(SuspensionTest, ACancelledActIsNotExecuted) {
  const auto appeal = actOf("s-5");
  const auto complaint = complaintOn(appeal, "s-6");
  atWork(complaint);
  decided(complaint, cancelled());
  good(complaint, "deliver_decision", "registrar");
  EXPECT_EQ(clockOf(appeal.id, "execute").status, "cancelled");
  EXPECT_EQ(history(appeal.id),
            (std::vector<std::string>{"execution_suspended", "execution_over"}));
}

// What is not done is asked for: nothing stops it.
TEST_F(SuspensionTest, AComplaintOfInactionStopsNothing) {
  const auto appeal = actOf("s-20");
  auto complaint = complaintAbout("inaction", "s-21");
  model::Ref ref;
  ref.reg_number = appeal.reg_number;
  complaint.previous_appeal.push_back(ref);
  taken(complaint);
  EXPECT_EQ(clockOf(appeal.id, "execute").status, "running");
  EXPECT_TRUE(hasEvent(appeal.id, "complaint_filed"));
  good(appeal, order("execute", "executor"));
}

TEST_F(SuspensionTest, ATermThatIsOverStaysMissed) {
  const auto appeal = actOf("s-22");
  on("2026-04-10T05:00:00Z");
  complaintOn(appeal, "s-23");
  EXPECT_EQ(daysOf(appeal.id, "execute"), std::vector<std::string>{"2026-03-27 missed"});
}

// The one that changed the act counts, whichever ends last.
TEST_F(SuspensionTest, WhatOneComplaintCancelledNoOtherBringsBack) {
  const auto appeal = actOf("s-24");
  const auto one = complaintOn(appeal, "s-25"), other = complaintOn(appeal, "s-26");
  atWork(one);
  decided(one, cancelled());
  good(one, "deliver_decision", "registrar");
  leave(other);
  EXPECT_EQ(clockOf(appeal.id, "execute").status, "cancelled");
  EXPECT_EQ(history(appeal.id).back(), "execution_over");
}

TEST_F(SuspensionTest, OfTwoComplaintsTheLastLetsItGoOn) {
  const auto appeal = actOf("s-7");
  const auto one = complaintOn(appeal, "s-8"), other = complaintOn(appeal, "s-9");
  leave(one);
  EXPECT_EQ(clockOf(appeal.id, "execute").status, "cancelled");
  EXPECT_EQ(history(appeal.id).back(), "execution_still_stopped");
  leave(other);
  EXPECT_EQ(clockOf(appeal.id, "execute").status, "running");
}

// It is there from its signature, and nobody need wait for it to be handed over to complain of it.
TEST_F(SuspensionTest, AnActComplainedOfBeforeItsDeliveryDoesNotBeginToBeExecuted) {
  const auto appeal = signedAct("s-30");
  on("2026-03-18T05:00:00Z");
  const auto complaint = complaintOn(appeal, "s-31");
  EXPECT_EQ(history(appeal.id), std::vector<std::string>{"execution_suspended"});
  EXPECT_TRUE(hasEvent(appeal.id, "complaint_filed"));
  on("2026-03-19T05:00:00Z");
  good(appeal, "deliver_decision", "registrar");
  EXPECT_EQ(clockOf(appeal.id, "execute").status, "cancelled");
  EXPECT_EQ(clockOf(appeal.id, "complaint_window").status, "running") << "the others run";
  EXPECT_EQ(refused(appeal, order("execute", "executor")).code, "rules.action_not_allowed");
  on("2026-04-02T05:00:00Z");
  leave(complaint);
  EXPECT_EQ(daysOf(appeal.id, "execute").back(), "2026-04-09 running");
}

TEST_F(SuspensionTest, AComplaintThatEndedBeforeTheDeliveryStopsNothing) {
  const auto appeal = signedAct("s-32");
  const auto complaint = complaintOn(appeal, "s-33");
  leave(complaint);
  EXPECT_EQ(history(appeal.id),
            (std::vector<std::string>{"execution_suspended", "execution_resumed"}));
  good(appeal, "deliver_decision", "registrar");
  EXPECT_EQ(daysOf(appeal.id, "execute"), std::vector<std::string>{"2026-03-27 running"});
}

TEST_F(SuspensionTest, WhatWasCancelledBeforeItsDeliveryIsNotExecuted) {
  const auto appeal = signedAct("s-34");
  const auto complaint = complaintOn(appeal, "s-35");
  atWork(complaint);
  decided(complaint, cancelled());
  good(complaint, "deliver_decision", "registrar");
  good(appeal, "deliver_decision", "registrar");
  EXPECT_EQ(clockOf(appeal.id, "execute").status, "cancelled");
  EXPECT_EQ(history(appeal.id).back(), "execution_over");
}

// An answer has nothing to execute.
TEST_F(SuspensionTest, AnAnswerIsNotStopped) {
  const auto message = ofKind("message", "s-36");
  atWork(message);
  decided(message, decision("noted", "Принято к сведению."));
  complaintOn(message, "s-37");
  good(message, "deliver_decision", "registrar");
  EXPECT_TRUE(history(message.id).empty());
}

// A body tells of its act when it tells: the complaint may be here first.
TEST_F(SuspensionTest, AnActOfABodysSystemMayComeAfterTheComplaintAgainstIt) {
  const auto stopped = accepted("s-40"), older = accepted("s-41"), failed = accepted("s-42"),
             upheld = accepted("s-43"), late = accepted("s-44");
  on("2026-03-19T05:00:00Z");
  const auto complaint = complaintOn(stopped, "s-45");
  complaintOn(older, "s-46");
  leave(complaintOn(failed, "s-47"));
  const auto good_one = complaintOn(upheld, "s-48");
  atWork(good_one);
  decided(good_one, cancelled());
  good(good_one, "deliver_decision", "registrar");
  EXPECT_TRUE(hasEvent(stopped.id, "complaint_before_act"));
  EXPECT_EQ(clockOf(stopped.id, "consider").status, "running") << "the case goes on";
  on("2026-03-31T05:00:00Z");
  const auto late_complaint = complaintOn(late, "s-49");
  const auto tell = [&](const store::AppealRow& appeal, const std::string& decided_at) {
    told(appeal, "act_favourable", decided_at);
    return daysOf(appeal.id, "execute");
  };
  const std::string before = "2026-03-18T05:00:00Z", after = "2026-03-20T05:00:00Z";
  EXPECT_EQ(tell(stopped, before), std::vector<std::string>{"2026-03-30 cancelled"})
      << "not missed: it was stopped in time";
  EXPECT_EQ(history(stopped.id), std::vector<std::string>{"execution_suspended"});
  EXPECT_EQ(tell(older, after), std::vector<std::string>{"2026-04-01 running"})
      << "the complaint is older than the act, and against another one";
  EXPECT_EQ(tell(failed, before),
            (std::vector<std::string>{"2026-03-30 cancelled", "2026-03-31 running"}))
      << "it goes on from the end of the complaint, not from the news of the act";
  EXPECT_EQ(tell(upheld, before), std::vector<std::string>{"2026-03-30 cancelled"});
  EXPECT_EQ(history(upheld.id), std::vector<std::string>{"execution_over"});
  EXPECT_EQ(tell(late, before), std::vector<std::string>{"2026-03-30 missed"})
      << "the complaint came after its last day";
  on("2026-04-02T05:00:00Z");
  leave(complaint);
  EXPECT_EQ(daysOf(stopped.id, "execute").back(), "2026-04-09 running");
}

// What counts is when it was filed, whenever somebody entered it.
TEST_F(SuspensionTest, AComplaintThatIsEnteredLateCountsFromWhenItWasFiled) {
  // On the last day of the term, entered three days later.
  const auto appeal = actOf("s-70");
  on("2026-03-30T05:00:00Z");
  complaintOn(appeal, "s-71", "2026-03-27T05:00:00Z");
  EXPECT_EQ(daysOf(appeal.id, "execute"), std::vector<std::string>{"2026-03-27 cancelled"});
  // Filed before the act was made, and entered after it: it is against something else.
  const auto other = accepted("s-72");
  on("2026-04-02T05:00:00Z");
  complaintOn(other, "s-73", "2026-03-31T05:00:00Z");
  told(other, "act_favourable", "2026-04-01T05:00:00Z");
  EXPECT_EQ(clockOf(other.id, "execute").status, "running");
  EXPECT_TRUE(history(other.id).empty());
}

TEST_F(SuspensionTest, OneThatIsOnlyTakenDownCountsFromTheDayOnWhichTheApplicantFiledIt) {
  const auto in_time = actOf("s-78"), late = actOf("s-79");
  on("2026-03-30T05:00:00Z");
  auto note = order("complain", "registrar");
  note.done_on = "2026-03-27";
  good(in_time, note);
  EXPECT_EQ(daysOf(in_time.id, "execute"), std::vector<std::string>{"2026-03-27 cancelled"});
  good(late, order("complain", "registrar"));
  EXPECT_EQ(daysOf(late.id, "execute"), std::vector<std::string>{"2026-03-27 missed"});
}

// Of an act that is made here the hub knows the hour.
TEST_F(SuspensionTest, AComplaintOfTheMorningIsNotAgainstAnActOfTheEvening) {
  const auto appeal = accepted("s-74"), of_a_body = accepted("s-75");
  atWork(appeal);
  on("2026-03-19T05:00:00Z");
  complaintOn(appeal, "s-76");
  complaintOn(of_a_body, "s-77");
  EXPECT_TRUE(hasEvent(appeal.id, "complaint_before_act"));
  on("2026-03-19T12:00:00Z");
  decided(appeal, decision("act_favourable", "Налог пересчитан."));
  good(appeal, "deliver_decision", "registrar");
  EXPECT_EQ(clockOf(appeal.id, "execute").status, "running");
  EXPECT_TRUE(history(appeal.id).empty());
  told(of_a_body, "act_favourable", "2026-03-19T12:00:00Z");
  EXPECT_EQ(clockOf(of_a_body.id, "execute").status, "cancelled") << "of a body's, the day alone";
}

// It went on where the hub does not see it: somebody tells how it ended.
TEST_F(SuspensionTest, WhatEndsOutsideTheHubAPersonNotes) {
  const auto appeal = actOf("s-50");
  const auto complaint = complaintOn(appeal, "s-51");
  atWork(complaint);
  forwardSigned(complaint);
  auto away = order("forward_whole", "registrar", "Рассматривает суд");
  good(complaint, away);
  ASSERT_EQ(appealNow(complaint.id).state, "forwarded_full");
  EXPECT_EQ(clockOf(appeal.id, "execute").status, "cancelled");
  EXPECT_EQ(history(appeal.id),
            (std::vector<std::string>{"execution_suspended", "execution_waits"}));
  EXPECT_EQ(refused(appeal, order("complaint_failed", "registrar")).field, "/reason");
  on("2026-04-02T05:00:00Z");
  good(appeal, order("complaint_failed", "registrar", "Суд отказал"));
  EXPECT_EQ(daysOf(appeal.id, "execute").back(), "2026-04-09 running");
  const auto text = lastText(appeal.id);
  EXPECT_NE(text.find("goes on after complaint " + complaint.reg_number), std::string::npos);
  EXPECT_NE(text.find("This rule is not certain"), std::string::npos) << text;
  // Once it goes on, there is nothing to note.
  const auto again = refused(appeal, order("complaint_failed", "registrar", "Ещё раз"));
  EXPECT_EQ(again.code, "rules.action_not_allowed");
  EXPECT_NE(again.text.find("APPC article 96: 'complaint_failed' in the state 'executed': no "
                            "complaint stops the execution of the act;"),
            std::string::npos)
      << again.text;
  good(appeal, order("execute", "executor"));
}

TEST_F(SuspensionTest, AComplaintThatIsOnlyTakenDownStopsTheActToo) {
  const auto appeal = actOf("s-52");
  good(appeal, order("complain", "applicant"));
  EXPECT_EQ(clockOf(appeal.id, "execute").status, "cancelled");
  EXPECT_EQ(lastText(appeal.id),
            "The execution of the act is suspended by a complaint filed outside the hub. APPC art. "
            "96");
  good(appeal, order("complaint_upheld", "head", "Суд отменил акт"));
  EXPECT_EQ(history(appeal.id).back(), "execution_over");
  EXPECT_EQ(clockOf(appeal.id, "execute").status, "cancelled");
  // One of inaction asks for the execution.
  const auto other = actOf("s-53");
  good(other, order("complain_inaction", "applicant"));
  EXPECT_EQ(clockOf(other.id, "execute").status, "running");
  EXPECT_EQ(clockOf(other.id, "complaint_window").status, "met");
  EXPECT_TRUE(history(other.id).empty());
  // Before the delivery, as one that is registered.
  const auto early = signedAct("s-54");
  good(early, order("complain", "registrar"));
  good(early, "deliver_decision", "registrar");
  EXPECT_EQ(clockOf(early.id, "execute").status, "cancelled");
}

TEST_F(SuspensionTest, OfSeveralTheOneThatEndedIsNamed) {
  const auto appeal = actOf("s-55");
  const auto here = complaintOn(appeal, "s-56");
  auto outside = order("complain", "registrar");
  outside.of = "7199-26-00-4/12";
  good(appeal, outside);
  good(appeal, outside);  // told twice
  auto other = outside;
  other.of = "7199-26-00-4/13";
  good(appeal, other);
  auto end = order("complaint_failed", "registrar", "Отказано");
  EXPECT_EQ(refused(appeal, end).code, "exchange.input_needed");
  EXPECT_EQ(refused(appeal, end).text, "the complaint is one of: 7199-26-00-4/12, 7199-26-00-4/13")
      << "the one in the hub is none of them";
  end.of = "8";
  EXPECT_EQ(refused(appeal, end).code, "exchange.bad_input");
  EXPECT_EQ(refused(appeal, end).field, "/of");
  end.of = outside.of;
  good(appeal, end);
  end.of.clear();  // the other is the only one left
  good(appeal, end);
  EXPECT_EQ(clockOf(appeal.id, "execute").status, "cancelled");
  EXPECT_EQ(history(appeal.id).back(), "execution_still_stopped");
  leave(here);
  EXPECT_EQ(clockOf(appeal.id, "execute").status, "running");
}

// People read it: the words for such a complaint stand in the case that the sentence asks for.
TEST_F(SuspensionTest, OfAComplaintWithoutANumberItSpeaksInWholeSentences) {
  const auto appeal = actOf("s-63");
  const auto said = [&](const std::string& kk, const std::string& ru) {
    const auto event = eventsOf(appeal.id).back();
    EXPECT_EQ(event.text_kk.substr(0, kk.size()), kk) << event.text_kk;
    EXPECT_EQ(event.text_ru.substr(0, ru.size()), ru) << event.text_ru;
    EXPECT_EQ(event.text_en.find("outside."), std::string::npos) << event.text_en;
  };
  good(appeal, order("complain", "applicant"));
  said("Актінің орындалуы хабтан тыс берілген шағыммен тоқтатыла тұрды. ",
       "Исполнение акта приостановлено жалобой, поданной вне хаба. ");
  good(appeal, order("complaint_failed", "head", "Суд отказал"));
  said("Актінің орындалуы хабтан тыс берілген шағымнан кейін жалғасады. ",
       "Исполнение акта возобновлено после жалобы, поданной вне хаба. ");
  good(appeal, order("complain", "applicant"));
  said("Өтініш беруші хабтан тыс берілген шағым (2) туралы хабарлады: ",
       "Заявитель сообщил о жалобе, поданной вне хаба (2): ");
  good(appeal, order("complain", "registrar"));
  const auto other = complaintOn(appeal, "s-64");
  good(appeal, order("complaint_failed", "head", "Суд отказал"));
  said("Хабтан тыс берілген шағым (2) ештеңені өзгертпеді; ",
       "Жалоба, поданная вне хаба (2), ничего не изменила; ");
  leave(other);
  good(appeal, order("complain", "registrar"));
  good(appeal, order("complaint_upheld", "head", "Суд отменил акт"));
  said("Хабтан тыс берілген шағым (3) бойынша шешімге орай акт бұдан әрі орындалмайды",
       "По решению на жалобу, поданную вне хаба (3), акт больше не исполняется");
}

// Else an act could be kept from its execution for ever.
TEST_F(SuspensionTest, TheApplicantsWordAloneStopsAnActOnce) {
  const auto appeal = actOf("s-60");
  good(appeal, order("complain", "applicant"));
  good(appeal, order("complain", "applicant"));  // told twice
  good(appeal, order("complaint_failed", "registrar", "Суд отказал"));
  EXPECT_EQ(history(appeal.id),
            (std::vector<std::string>{"execution_suspended", "execution_resumed"}));
  auto again = order("complain", "applicant");
  good(appeal, again);
  again.of = "7199-26-00-4/14";
  good(appeal, again);
  EXPECT_EQ(daysOf(appeal.id, "execute").back(), "2026-03-27 running");
  EXPECT_EQ(
      lastText(appeal.id),
      "The applicant told of complaint 7199-26-00-4/14: it will stop the execution of the act "
      "when the registrar confirms it. APPC art. 96");
  EXPECT_TRUE(hasEvent(appeal.id, "complaint_to_confirm"));
  good(appeal, order("complain", "registrar"));
  EXPECT_EQ(clockOf(appeal.id, "execute").status, "cancelled") << "the registrar confirms it";
  // Of an act that is executed nothing is left to confirm.
  good(appeal, order("complaint_failed", "registrar", "Суд отказал"));
  good(appeal, order("execute", "executor"));
  good(appeal, order("complain", "applicant"));
  EXPECT_EQ(eventTypes(appeal.id).back(), "acted");
}

TEST_F(SuspensionTest, ANoteOfAComplaintThatIsRegisteredIsTheSameComplaint) {
  for (const char* role : {"registrar", "applicant"}) {
    const auto appeal = actOf(std::string("s-61-") + role);
    const auto complaint = complaintOn(appeal, std::string("s-62-") + role);
    good(appeal, order("complain", role));
    leave(complaint);
    EXPECT_EQ(history(appeal.id),
              (std::vector<std::string>{"execution_suspended", "execution_resumed"}))
        << role;
    EXPECT_EQ(clockOf(appeal.id, "execute").status, "running") << role;
  }
}

// Noted by the number that the complaint has in the system it came from: surely one.
TEST_F(SuspensionTest, WhatWasNotedBeforeByItsNumberElsewhereIsJoined) {
  const auto appeal = actOf("s-70");
  auto noted = order("complain", "registrar");
  noted.of = "s-71";
  good(appeal, noted);
  const auto complaint = complaintOn(appeal, "s-71");
  EXPECT_EQ(history(appeal.id),
            (std::vector<std::string>{"execution_suspended", "execution_suspended",
                                      "execution_stop_joined"}));
  EXPECT_EQ(eventsOf(appeal.id).back().reason, "s-71");
  const auto standing = whatStops(eventsOf(appeal.id));
  ASSERT_EQ(standing.by.size(), 1U);
  EXPECT_EQ(standing.by[0].number, complaint.reg_number);
  EXPECT_EQ(standing.since, eventOf(appeal.id, "execution_suspended").at);
  good(appeal, noted);  // told once more
  EXPECT_EQ(whatStops(eventsOf(appeal.id)).by.size(), 1U);
  leave(complaint);
  EXPECT_EQ(clockOf(appeal.id, "execute").status, "running") << "its own end is enough";
}

// Whether an unnamed one is the registered complaint only a person knows.
TEST_F(SuspensionTest, APersonSaysThatTwoComplaintsAreOne) {
  const auto appeal = actOf("s-72");
  good(appeal, order("complain", "registrar"));
  EXPECT_EQ(refused(appeal, order("complaint_joined", "registrar")).text,
            "no complaint noted here stops the act beside another one");
  const auto complaint = complaintOn(appeal, "s-73");
  EXPECT_EQ(whatStops(eventsOf(appeal.id)).by.size(), 2U) << "not sure: both";
  auto join = order("complaint_joined", "registrar");
  join.of = complaint.reg_number;
  EXPECT_EQ(refused(appeal, join).code, "exchange.bad_input") << "the registered one stays";
  EXPECT_EQ(refused(appeal, join).field, "/of");
  join.of.clear();
  good(appeal, join);
  EXPECT_EQ(eventsOf(appeal.id).back().reason, "outside");
  EXPECT_EQ(lastText(appeal.id),
            "The complaint noted as filed outside the hub is another one of those that stop the "
            "act: it counts once. APPC art. 96");
  EXPECT_EQ(clockOf(appeal.id, "execute").status, "cancelled");
  EXPECT_EQ(refused(appeal, join).code, "rules.action_not_allowed") << "once";
  leave(complaint);
  EXPECT_EQ(clockOf(appeal.id, "execute").status, "running");
  EXPECT_EQ(refused(appeal, join).code, "rules.action_not_allowed");
}

// The body complained of must not lift the stop of a complaint that another one considers, nor end the act.
TEST_F(SuspensionTest, NobodyTellsTheEndOfAComplaintThatIsStillConsideredHere) {
  const auto appeal = actOf("s-57");
  const auto complaint = complaintOn(appeal, "s-58");
  for (const char* action : {"complaint_failed", "complaint_upheld"}) {
    for (const char* role : {"executor", "head", "registrar"}) {
      auto end = order(action, role, "Жалоба рассмотрена");
      EXPECT_EQ(refused(appeal, end).code, "rules.action_not_allowed") << action << ' ' << role;
      end.of = complaint.reg_number;
      EXPECT_EQ(refused(appeal, end).code, "rules.action_not_allowed") << action << ' ' << role;
    }
  }
  EXPECT_EQ(refused(appeal, order("complaint_failed", "executor", "Отказано")).text,
            "the complaint is still considered in the hub, which sees its end itself");
  EXPECT_EQ(history(appeal.id), std::vector<std::string>{"execution_suspended"});
  EXPECT_EQ(clockOf(appeal.id, "execute").status, "cancelled");
  leave(complaint);
  EXPECT_EQ(clockOf(appeal.id, "execute").status, "running") << "its own end counts";
}

TEST_F(SuspensionTest, WhatWasExecutedIsNotStopped) {
  const auto appeal = actOf("s-10");
  good(appeal, order("execute", "executor"));
  const auto complaint = complaintOn(appeal, "s-11");
  leave(complaint);
  EXPECT_EQ(daysOf(appeal.id, "execute"), std::vector<std::string>{"2026-03-27 met"});
  EXPECT_TRUE(history(appeal.id).empty());
}

}  // namespace
}  // namespace hub::exchange::testing
