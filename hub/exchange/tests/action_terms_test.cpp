// What actions do to the legal terms of a case, and what the hub does when one ends without a decision.
#include "hub/exchange/action_terms.h"

#include "hub/exchange/clock_review.h"
#include "hub/exchange/clock_rows.h"
#include "hub/exchange/explanations.h"
#include "hub/exchange/inbound.h"
#include "hub/exchange/tests/casework_world.h"

namespace hub::exchange::testing {
namespace {

class ActionTermsTest : public CaseworkWorld {};

TEST_F(ActionTermsTest, AnExtensionIsPreparedAgreedSignedAndMovesTheTerm) {
  const auto appeal = accepted("c-5");
  atWork(appeal);
  auto prepare = order("extension_prepare", "executor");
  EXPECT_EQ(refused(appeal, prepare).field, "/reason");
  prepare.reason = "Нужны сведения другого органа";
  good(appeal, prepare);
  good(appeal, "extension_agree", "controller");
  auto sign = order("extension_sign", kHead);
  sign.day = "2026-08-01";
  EXPECT_EQ(refused(appeal, sign).code, "exchange.bad_input") << "more than two months";
  sign.day = "2026-04-01";
  EXPECT_EQ(refused(appeal, sign).code, "exchange.bad_input") << "shorter than the term";
  sign.day = "2026-05-08";
  good(appeal, sign);
  EXPECT_EQ(appealNow(appeal.id).due_date, "2026-05-08");
  EXPECT_EQ(clockOf(appeal.id, "consider").status, "extended");
  EXPECT_EQ(clockOf(appeal.id, "consider_extended").due_date, "2026-05-08");
  EXPECT_EQ(clockOf(appeal.id, "extension_notice").status, "running");
  EXPECT_NE(lastText(appeal.id).find("Until 08.05.2026"), std::string::npos) << lastText(appeal.id);
  good(appeal, "extension_notify", "registrar");
  EXPECT_EQ(clockOf(appeal.id, "extension_notice").status, "met");
  EXPECT_EQ(refused(appeal, prepare).code, "rules.action_not_allowed") << "once";
}

// APPC 67(3): who lets the three days pass does not undo it by asking again.
TEST_F(ActionTermsTest, ATermAskedForAnewStaysMissedIfItWas) {
  const auto appeal = accepted("c-7");
  atWork(appeal);
  const auto motion = order("move_recusal", "applicant", "Орындаушы жауапкердің туысы");
  good(appeal, motion);
  on("2026-03-19T05:00:00Z");
  good(appeal, motion);
  on("2026-04-02T05:00:00Z");
  good(appeal, motion);
  std::vector<std::string> terms;
  for (const auto& clock : clocksOf(appeal.id)) {
    if (clock.name == "recusal") terms.push_back(clock.status);
  }
  EXPECT_EQ(terms, (std::vector<std::string>{"cancelled", "missed", "running"}));
}

// APPC 64(6): a reasonable time, within that of the answer, which nothing stops.
TEST_F(ActionTermsTest, DefectsAreCuredBeforeTheAnswerIsDue) {
  const auto appeal = accepted("c-6");
  auto notice = order("notify_defects", "executor", "Нет подписи");
  notice.day = "2026-06-01";
  EXPECT_EQ(refused(appeal, notice).field, "/day");
  notice.day = appeal.due_date;
  good(appeal, notice);
  EXPECT_EQ(clockOf(appeal.id, "cure").due_date, appeal.due_date);
}

// Law 88: ten working days more, and no refusal by silence.
TEST_F(ActionTermsTest, AComplaintOnAPublicServiceGoesByItsOwnLaw) {
  auto complaint = complaintAbout("inaction", "c-88");
  complaint.procedure = "public_service";
  const auto provider = taken(complaint);
  EXPECT_EQ(provider.due_date, "2026-03-27");
  atWork(provider);
  EXPECT_EQ(refused(provider, order("extension_prepare", "executor", "Нужна проверка")).code,
            "rules.action_wrong_kind")
      << "the body that assesses services alone extends its term";
  complaint.source_id = "c-88b";
  complaint.kind_special = "service_oversight";
  const auto appeal = taken(complaint);
  EXPECT_EQ(appeal.due_date, "2026-04-10");
  atWork(appeal);
  EXPECT_EQ(refused(appeal, order("send_to_higher", kHead)).code, "rules.action_wrong_kind");
  auto done = act(appeal, order("extension_prepare", "executor", "Нужна проверка"));
  ASSERT_TRUE(done.ok()) << done.error().text;
  EXPECT_EQ(done->acted.law, "LAW-88");
  good(appeal, "extension_agree", "controller");
  EXPECT_EQ(refused(appeal, order("extension_sign", kHead)).code, "exchange.bad_input")
      << "ten working days from today end before the term does";
  on("2026-04-08T05:00:00Z");
  good(appeal, "extension_sign", kHead);
  EXPECT_EQ(clockOf(appeal.id, "consider_extended").rule_id, "S3");
  EXPECT_EQ(appealNow(appeal.id).due_date, "2026-04-22");
  on("2026-04-24T05:00:00Z");
  EXPECT_EQ(*work_->deemRefusals(), 0);
  EXPECT_EQ(appealNow(appeal.id).state, "extension_signed");
}

// Two months from November 2027 end in a year that no calendar is known of yet.
TEST_F(ActionTermsTest, WithoutTheCalendarOfItsEndAnExtensionStillHasALimit) {
  clock_.set(instant("2027-11-01T05:00:00Z"));
  const auto appeal = accepted("c-53");
  atWork(appeal);
  extensionAgreed(appeal);
  auto sign = order("extension_sign", kHead);
  sign.day = "2029-12-31";
  EXPECT_EQ(refused(appeal, sign).code, "exchange.bad_input") << "two years are no two months";
  sign.day = "2028-01-04";
  good(appeal, sign);
  EXPECT_EQ(appealNow(appeal.id).due_date, "2028-01-04");
  EXPECT_EQ(clockOf(appeal.id, "consider_extended").status, "running");
}

TEST_F(ActionTermsTest, ADayTheHeadNamedStaysAndALawfulEndFollowsTheCalendar) {
  const auto named = accepted("c-51");
  const auto whole = accepted("c-52");
  for (const auto& appeal : {named, whole}) {
    atWork(appeal);
    extensionAgreed(appeal);
    auto sign = order("extension_sign", kHead);
    if (appeal.id == named.id) sign.day = "2026-05-08";
    good(appeal, sign);
  }
  EXPECT_EQ(appealNow(whole.id).due_date, "2026-05-18") << "two months: Sunday the 17th moves";
  EXPECT_TRUE(isNamedDay(clockOf(named.id, "consider_extended")));
  EXPECT_FALSE(isNamedDay(clockOf(whole.id, "consider_extended")));
  ClockReview review(*store_, *lawBook(), clock_, "test");
  auto page = review.open(0, 1000);
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->appeals.size(), 2U);
  std::set<std::string> names;
  for (const auto& clock : page->appeals.front().clocks) names.insert(clock.name);
  EXPECT_EQ(names.count("consider_extended"), 1U);
  EXPECT_EQ(names.count("extension_notice"), 1U);
  EXPECT_EQ(names.count("consider"), 0U) << "extended: it runs no more";
  auto end = review.open(page->next, 1000);
  ASSERT_TRUE(end.ok());
  EXPECT_EQ(end->next, 0);
}

TEST_F(ActionTermsTest, NoticesAndMinutesAreMetOrMissed) {
  const auto ended = accepted("c-120");
  const auto heard = accepted("c-121");
  atWork(ended);
  endingAgreed(ended);
  good(ended, endFor("70(1)(1)"));
  EXPECT_EQ(clockOf(ended.id, "termination_notice").due_date, "2026-03-20");
  atWork(heard);
  good(heard, hearingNotice());
  good(heard, "hearing_hold", "executor");
  EXPECT_EQ(clockOf(heard.id, "hearing_minutes").due_date, "2026-03-19");
  on("2026-03-20T05:00:00Z");
  good(ended, "notify", "registrar");
  EXPECT_EQ(clockOf(ended.id, "termination_notice").status, "met");
  EXPECT_EQ(refused(ended, order("notify", "registrar")).code, "rules.action_not_allowed");
  good(heard, "draw_up_minutes", "executor");
  EXPECT_EQ(clockOf(heard.id, "hearing_minutes").status, "missed");
  EXPECT_EQ(appealNow(heard.id).state, "hearing_held");
}

// APPC 100(2).
TEST_F(ActionTermsTest, ACaseSentBackForANewProcedureGoesWithinFiveDays) {
  const auto appeal = ofKind("complaint", "c-64");
  atWork(appeal);
  decided(appeal, decision("sent_back", "Направить на новую процедуру."));
  EXPECT_EQ(clockOf(appeal.id, "send_back").due_date, "2026-03-27");
  good(appeal, "deliver_decision", "registrar");
  EXPECT_EQ(clockOf(appeal.id, "send_back").status, "running");
  good(appeal, "send_back", "registrar");
  EXPECT_EQ(clockOf(appeal.id, "send_back").status, "met");
  EXPECT_EQ(appealNow(appeal.id).state, "executed");
}

TEST_F(ActionTermsTest, DefectsAreCuredInTimeOrTheAppealGoesBack) {
  const auto appeal = accepted("c-11");
  auto notice = order("notify_defects", "registrar", "Нет подписи");
  EXPECT_EQ(refused(appeal, notice).code, "rules.action_needs_day");
  notice.day = "2026-03-26";
  good(appeal, notice);
  EXPECT_EQ(clockOf(appeal.id, "cure").due_date, "2026-03-26");
  EXPECT_EQ(clockOf(appeal.id, "return").due_date, "2026-03-31")
      << "three working days after the lapse";
  auto back = order("return", kHead, "Недостатки не устранены");
  EXPECT_EQ(refused(appeal, back).code, "rules.action_too_early");
  on("2026-03-27T05:00:00Z");
  EXPECT_EQ(refused(appeal, order("cure", "applicant")).code, "rules.action_too_late");
  good(appeal, back);
  EXPECT_EQ(appealNow(appeal.id).state, "returned");
  EXPECT_EQ(clockOf(appeal.id, "cure").status, "missed");
  EXPECT_EQ(outboxOf(appeal.id).state, store::OutboxState::kRejected)
      << "it does not go out any more";
}

// An act of the last day is in time whenever the registrar comes to enter it (Civil Code 176).
TEST_F(ActionTermsTest, WhatTheApplicantDidInTimeIsEnteredOnTheNextDay) {
  const auto appeal = accepted("c-12");
  auto notice = order("notify_defects", "registrar", "Нет подписи");
  notice.day = "2026-03-26";
  good(appeal, notice);
  on("2026-03-27T05:00:00Z");
  auto cure = order("cure", "registrar");
  EXPECT_EQ(refused(appeal, cure).code, "rules.action_too_late");
  for (const char* day : {"2026-03-28", "2026-03-16", "26.03.2026"}) {
    cure.done_on = day;
    EXPECT_EQ(refused(appeal, cure).code, "exchange.bad_input") << day;
    EXPECT_EQ(refused(appeal, cure).field, "/done_on") << day;
  }
  cure.done_on = "2026-03-26";
  auto own = cure;
  own.role = "applicant";
  EXPECT_EQ(refused(appeal, own).field, "/done_on") << "what he does himself is done now";
  auto other = order("return", kHead, "Недостатки не устранены");
  other.done_on = "2026-03-26";
  EXPECT_EQ(refused(appeal, other).field, "/done_on") << "no act of the applicant's";
  good(appeal, cure);
  EXPECT_EQ(appealNow(appeal.id).state, "cured");
  EXPECT_EQ(clockOf(appeal.id, "cure").status, "met");
  EXPECT_NE(eventsOf(appeal.id).back().text_ru.find("26.03.2026"), std::string::npos);
}

TEST_F(ActionTermsTest, ThePlannedDateStandsBesideTheLegalOne) {
  const auto appeal = accepted("c-40");
  atWork(appeal);
  auto plan = planFor("2026-04-13");
  EXPECT_EQ(refused(appeal, plan).field, "/day") << "not after the legal due date";
  plan.day = "2026-04-02";
  good(appeal, plan);
  plan.day = "2026-04-06";
  good(appeal, plan);
  EXPECT_EQ(appealNow(appeal.id).due_date, "2026-04-10") << "the legal one is never edited";
  EXPECT_EQ(daysOf(appeal.id, "plan"),
            (std::vector<std::string>{"2026-04-02 cancelled", "2026-04-06 running"}));
  ClockReview review(*store_, *lawBook(), clock_, "test");
  auto counts = review.run();
  ASSERT_TRUE(counts.ok());
  EXPECT_EQ(counts->moved, 0) << "a new calendar leaves named days alone";
  EXPECT_EQ(clockOf(appeal.id, "plan").due_date, "2026-04-06");
}

TEST_F(ActionTermsTest, APlannedActAsksForANoticeOfTheHearingBeforeIt) {
  const auto appeal = accepted("c-41");
  atWork(appeal);
  auto plan = planFor("2026-04-09");
  good(appeal, plan);
  plan.day = "2026-04-06";
  good(appeal, plan);
  EXPECT_EQ(daysOf(appeal.id, "hearing_notice"),
            (std::vector<std::string>{"2026-04-06 cancelled", "2026-04-01 running"}));
  // A favourable act needs no hearing.
  decided(appeal, decision("act_favourable", "Налог пересчитан."));
  good(appeal, "deliver_decision", "registrar");
  EXPECT_EQ(clockOf(appeal.id, "hearing_notice").status, "cancelled");

  const auto heard = accepted("c-42");
  atWork(heard);
  plan.day = "2026-03-27";
  good(heard, plan);
  EXPECT_EQ(clockOf(heard.id, "hearing_notice").due_date, "2026-03-19") << "26, 20, 19 March";
  on("2026-03-18T05:00:00Z");
  good(heard, hearingNotice());
  EXPECT_EQ(clockOf(heard.id, "hearing_notice").status, "met");
  const auto simple = ofKind("message", "c-43");
  atWork(simple);
  good(simple, plan);
  EXPECT_FALSE(hasClock(simple.id, "hearing_notice")) << "APPC 73(2)";
}

// APPC 64(7): three working days from the registration, whenever somebody saw it.
TEST_F(ActionTermsTest, WhatIsToBeReturnedHasItsTermFromTheRegistration) {
  const auto appeal = accepted("c-160");
  const auto kept = accepted("c-161");
  const auto unnoted = accepted("c-162");
  on("2026-03-19T05:00:00Z");
  const auto note = order("note_unfit", "registrar", "Повтор без новых доводов");
  good(appeal, note);
  EXPECT_EQ(clockOf(appeal.id, "return_unfit").due_date, "2026-03-20");
  good(appeal, order("return", kHead, "Повтор без новых доводов"));
  EXPECT_EQ(clockOf(appeal.id, "return_unfit").status, "met");
  good(kept, note);
  good(kept, order("drop_unfit", "registrar", "Доводы новые"));
  EXPECT_EQ(clockOf(kept.id, "return_unfit").status, "cancelled");
  good(kept, note);
  endingAgreed(kept);
  good(kept, endFor("70(1)(1)"));
  EXPECT_EQ(clockOf(kept.id, "return_unfit").status, "cancelled") << "it means nothing any more";
  on("2026-03-30T05:00:00Z");
  good(unnoted, order("return", kHead, "Повтор без новых доводов"));
  EXPECT_EQ(daysOf(unnoted.id, "return_unfit"), std::vector<std::string>{"2026-03-20 missed"})
      << "it ran though nobody noted it";
}

// The body that gets it from another has three days of its own: what it returns at once it returned in time.
TEST_F(ActionTermsTest, WhatIsToBeReturnedByTheNextBodyHasItsTermFromTheArrival) {
  const auto unnoted = accepted("c-163"), noted = accepted("c-164");
  for (const auto& appeal : {unnoted, noted}) {
    atWork(appeal);
    forwardSigned(appeal);
  }
  on("2026-03-26T05:00:00Z");
  for (const auto& appeal : {unnoted, noted}) good(appeal, orderTo("zher", "forward_whole"));
  good(unnoted, order("return", kHead, "Повтор без новых доводов"));
  EXPECT_EQ(daysOf(unnoted.id, "return_unfit"), std::vector<std::string>{"2026-03-31 met"});
  on("2026-03-27T05:00:00Z");
  good(noted, order("note_unfit", "registrar", "Повтор без новых доводов"));
  EXPECT_EQ(daysOf(noted.id, "return_unfit"), std::vector<std::string>{"2026-03-31 running"});
}

// APPC 76(5): 21 to 25 March 2026 are days off.
TEST_F(ActionTermsTest, ANamedDayThatIsNotWorkedMovesToTheNextWorkedOne) {
  const auto appeal = accepted("c-150");
  atWork(appeal);
  good(appeal, planFor("2026-03-22"));
  const auto plan = clockOf(appeal.id, "plan");
  EXPECT_EQ(plan.due_date, "2026-03-26");
  EXPECT_EQ(clockOf(appeal.id, "hearing_notice").due_date, "2026-03-18")
      << "three working days before the day it moved to";
  const auto text = lastText(appeal.id);
  EXPECT_NE(text.find("Until 26.03.2026"), std::string::npos) << text;
  EXPECT_NE(text.find("22.03.2026) is not worked"), std::string::npos) << text;
  EXPECT_NE(text.find("76(5)"), std::string::npos) << text;
  auto explained = explainClocks(*store_, *currentLaw().get(), {plan});
  ASSERT_TRUE(explained.ok());
  EXPECT_NE(explained->front().ru.find("Названный день (22.03.2026) нерабочий"), std::string::npos)
      << explained->front().ru;
  good(appeal, planFor("2026-03-27"));
  EXPECT_EQ(clockOf(appeal.id, "plan").due_date, "2026-03-27");
  EXPECT_EQ(lastText(appeal.id).find("76(5)"), std::string::npos) << "nothing moved";

  auto notice = order("notify_defects", "executor", "Нет подписи");
  notice.day = "2026-03-21";
  const auto defective = accepted("c-151");
  good(defective, notice);
  EXPECT_EQ(clockOf(defective.id, "cure").due_date, "2026-03-26");
  EXPECT_EQ(clockOf(defective.id, "return").due_date, "2026-03-31");

  const auto extended = accepted("c-152");
  atWork(extended);
  extensionAgreed(extended);
  auto sign = order("extension_sign", kHead);
  sign.day = "2026-05-09";
  good(extended, sign);
  EXPECT_EQ(appealNow(extended.id).due_date, "2026-05-12");
  EXPECT_TRUE(isNamedDay(clockOf(extended.id, "consider_extended")));
}

TEST_F(ActionTermsTest, AHearingWaitsForTheObjection) {
  const auto appeal = accepted("c-12");
  atWork(appeal);
  EXPECT_EQ(refused(appeal, order("hearing_notify", kHead)).field, "/reason");
  good(appeal, hearingNotice());
  EXPECT_EQ(clockOf(appeal.id, "objection").due_date, "2026-03-19");
  EXPECT_NE(lastText(appeal.id).find("В перерасчёте будет отказано"), std::string::npos)
      << "what is to be decided";
  EXPECT_EQ(refused(appeal, order("decision_prepare", "executor")).code, "rules.action_too_early");
  good(appeal, order("object", "applicant", "Не согласен"));
  good(appeal, "decision_prepare", "executor");
  EXPECT_EQ(refused(ofKind("message", "c-13"), hearingNotice()).code, "rules.action_wrong_kind");
}

TEST_F(ActionTermsTest, TheHubDeemsRefusedWhatNobodyDecidedAndALateActStillCounts) {
  const auto appeal = accepted("c-16");
  const auto message = ofKind("message", "c-17");
  on("2026-04-10T18:59:00Z");  // the last minute of the last day in Almaty
  EXPECT_EQ(*work_->deemRefusals(), 0);
  on("2026-04-10T19:01:00Z");
  EXPECT_EQ(*work_->deemRefusals(), 1) << "a message is never deemed refused";
  auto now = appealNow(appeal.id);
  EXPECT_EQ(now.state, "deemed_refused");
  EXPECT_EQ(now.decision_outcome, "deemed_refused");
  EXPECT_EQ(clockOf(appeal.id, "consider").status, "missed");
  EXPECT_EQ(clockOf(appeal.id, "complaint_window").due_date, "2026-07-13");
  EXPECT_EQ(eventsOf(appeal.id).back().type, "deemed_refused");
  EXPECT_EQ(eventsOf(appeal.id).back().actor, "hub");
  EXPECT_EQ(appealNow(message.id).state, "routed");
  EXPECT_EQ(*work_->deemRefusals(), 0) << "once";

  Inbound inbound(limits_, model::IdentityCheck::kStrict, nullptr, &currentLaw());
  ItemSource minfin{"minfin", "cms", false, {}, {}, {}};
  on("2026-04-13T05:00:00Z");
  auto items = inbound.prepare({decisionItem("late-1", appeal.hub_id)});
  int put_off = 0;
  auto status = store_->write(
      [&](store::Tx& tx) { return inbound.applyItems(tx, minfin, items, clock_.now(), &put_off); });
  ASSERT_TRUE(status.ok());
  now = appealNow(appeal.id);
  EXPECT_EQ(now.state, "executed");
  EXPECT_EQ(now.decision_outcome, "act_favourable");
  EXPECT_TRUE(hasEvent(appeal.id, "decided"));
  EXPECT_EQ(clockOf(appeal.id, "complaint_window").status, "cancelled")
      << "what can be complained of is the act now";
  EXPECT_EQ(clockOf(appeal.id, "complaint_window_long").status, "running");
}

// What cannot be deemed refused as it stands is not read every time.
TEST_F(ActionTermsTest, WhatIsNeverDeemedRefusedIsLookedAtOnce) {
  const auto message = ofKind("message", "c-91");
  ofKind("message", "c-92");
  on("2026-04-13T05:00:00Z");
  const auto readNow = [&] {
    int read = 0;
    EXPECT_EQ(*work_->deemRefusals(&read), 0);
    return read;
  };
  EXPECT_EQ(readNow(), 2);
  EXPECT_EQ(readNow(), 0);
  // What becomes overdue or changes since is looked at.
  const auto later = accepted("c-93");
  on("2026-05-20T05:00:00Z");
  int read = 0;
  EXPECT_EQ(*work_->deemRefusals(&read), 1);
  EXPECT_EQ(read, 1);
  EXPECT_EQ(appealNow(later.id).state, "deemed_refused");
  ASSERT_TRUE(store_
                  ->write([&](store::Tx& tx) {
                    return tx.setAppealState(message.id, "in_work", clock_.now());
                  })
                  .ok());
  EXPECT_EQ(readNow(), 1);
  EXPECT_EQ(readNow(), 0);
}

// The term of an old card ran out years ago, by an act that presumed no refusal.
TEST_F(ActionTermsTest, AnOldCardIsNotDeemedRefusedByALaterLaw) {
  on("2026-03-17T05:00:00Z");
  auto old = taxAppeal("c-90");
  old.received_at = "2019-03-18T05:00:00Z";
  const auto card = taken(old);
  ASSERT_EQ(clockOf(card.id, "consider").law, "LAW-221");
  ASSERT_EQ(clockOf(card.id, "consider").due_date, "2019-04-02");
  EXPECT_EQ(*work_->deemRefusals(), 0);
  EXPECT_EQ(appealNow(card.id).state, "routed");
  EXPECT_EQ(appealNow(card.id).decision_outcome, "");
}

TEST_F(ActionTermsTest, AnActSignedOnTheLastDayAndDeliveredLaterIsInTime) {
  const auto appeal = accepted("c-20");
  atWork(appeal);
  const auto decide = [&] {
    decisionAgreed(appeal);
    good(appeal, decision("act_favourable", "Налог пересчитан."));
  };
  on("2026-04-10T12:00:00Z");
  decide();
  EXPECT_EQ(clockOf(appeal.id, "consider").status, "met");
  EXPECT_FALSE(hasClock(appeal.id, "complaint_window")) << "it runs from the delivery";
  on("2026-04-13T05:00:00Z");
  EXPECT_EQ(*work_->deemRefusals(), 0);
  good(appeal, "deliver_decision", "registrar");
  EXPECT_EQ(appealNow(appeal.id).state, "executed");
  EXPECT_EQ(appealNow(appeal.id).decision_outcome, "act_favourable");
  EXPECT_EQ(clockOf(appeal.id, "consider").status, "met");
  EXPECT_EQ(clockOf(appeal.id, "complaint_window").due_date, "2026-07-13");
}

TEST_F(ActionTermsTest, AfterAPresumedRefusalABodyThatWorksHereDecidesLate) {
  const auto appeal = accepted("c-21");
  atWork(appeal);
  on("2026-04-11T05:00:00Z");
  ASSERT_EQ(*work_->deemRefusals(), 1);
  on("2026-04-20T05:00:00Z");
  good(appeal, "decision_prepare", "executor");
  EXPECT_EQ(*work_->deemRefusals(), 0) << "once";
  good(appeal, "decision_agree", "controller");
  good(appeal, decision("act_favourable", "Налог пересчитан."));
  good(appeal, "deliver_decision", "registrar");
  EXPECT_EQ(appealNow(appeal.id).state, "executed");
  EXPECT_EQ(appealNow(appeal.id).decision_outcome, "act_favourable");
  EXPECT_EQ(clockOf(appeal.id, "consider").status, "missed");
  EXPECT_EQ(daysOf(appeal.id, "complaint_window"),
            (std::vector<std::string>{"2026-07-13 cancelled", "2026-07-20 running"}));
}

// APPC 92(1): the last day is whole, by the clock of the registrar.
TEST_F(ActionTermsTest, AComplaintOfTheLastMinuteIsInTime) {
  const auto last = accepted("c-24"), late = accepted("c-25");
  on("2026-04-11T05:00:00Z");
  ASSERT_EQ(*work_->deemRefusals(), 2);
  ASSERT_EQ(clockOf(last.id, "complaint_window").due_date, "2026-07-13");
  on("2026-07-13T18:59:59Z");
  good(last, order("complain_inaction", "applicant"));
  EXPECT_EQ(clockOf(last.id, "complaint_window").status, "met");
  on("2026-07-13T19:00:00Z");
  good(late, order("complain_inaction", "applicant"));
  EXPECT_EQ(clockOf(late.id, "complaint_window").status, "missed");
}

TEST_F(ActionTermsTest, AComplaintNamesTheCaseAndUsesItsTerm) {
  const auto appeal = accepted("c-18");
  on("2026-04-11T05:00:00Z");
  ASSERT_EQ(*work_->deemRefusals(), 1);
  auto complaint = complaintAbout("inaction", "c-19");
  model::Ref ref;
  ref.reg_number = appeal.reg_number;
  complaint.previous_appeal.push_back(ref);
  const auto filed = taken(complaint);
  EXPECT_EQ(clockOf(appeal.id, "complaint_window").status, "met");
  EXPECT_FALSE(hasEvent(filed.id, "complaint_to_check"));
  EXPECT_NE(lastText(appeal.id).find(filed.reg_number), std::string::npos);
  // A second one, after the window: the first was in time all the same.
  on("2026-09-01T05:00:00Z");
  complaint.source_id = "c-19-again";
  const auto second = taken(complaint);
  EXPECT_EQ(clockOf(appeal.id, "complaint_window").status, "met");
  EXPECT_NE(lastText(appeal.id).find(second.reg_number), std::string::npos);
}

// Whoever knows a number may name it: that makes it no case of his.
TEST_F(ActionTermsTest, AStrangersComplaintDoesNothingToTheCase) {
  const auto appeal = accepted("c-18");
  on("2026-04-11T05:00:00Z");
  ASSERT_EQ(*work_->deemRefusals(), 1);
  const auto before = eventsOf(appeal.id).size();
  auto complaint = complaintAbout("act", "c-19");
  complaint.applicant.front().iin = "860228200011";
  model::Ref ref;
  ref.reg_number = appeal.reg_number;
  complaint.previous_appeal.push_back(ref);
  const auto filed = taken(complaint);
  EXPECT_EQ(clockOf(appeal.id, "complaint_window").status, "running");
  EXPECT_EQ(eventsOf(appeal.id).size(), before);
  EXPECT_TRUE(hasEvent(filed.id, "complaint_to_check")) << "an heir may complain, too";
  complaint.source_id = "c-19-nameless";
  complaint.applicant.front().iin.reset();
  EXPECT_TRUE(hasEvent(taken(complaint).id, "complaint_to_check")) << "people share names";
  EXPECT_EQ(clockOf(appeal.id, "complaint_window").status, "running");
  EXPECT_EQ(eventsOf(appeal.id).size(), before);
  complaint.source_id = "c-19-nothing";
  complaint.previous_appeal.front().reg_number = "ЖТ-2026-00099999";
  EXPECT_TRUE(hasEvent(taken(complaint).id, "complaint_to_check")) << "and what is not there";
}

TEST_F(ActionTermsTest, AComplaintThatNamesACaseOftenActsOnItOnce) {
  const auto appeal = accepted("c-18");
  on("2026-04-11T05:00:00Z");
  ASSERT_EQ(*work_->deemRefusals(), 1);
  const auto before = eventsOf(appeal.id).size();
  auto complaint = complaintAbout("inaction", "c-19");
  for (int i = 0; i < 5; ++i) {
    model::Ref ref;
    (i % 2 == 0 ? ref.reg_number : ref.hub_id) = i % 2 == 0 ? appeal.reg_number : appeal.hub_id;
    complaint.previous_appeal.push_back(ref);
  }
  taken(complaint);
  EXPECT_EQ(eventsOf(appeal.id).size(), before + 1);
}

// On paper, and entered after the term was over.
TEST_F(ActionTermsTest, AComplaintThatCameInTimeIsInTimeWheneverItIsEntered) {
  const auto appeal = accepted("c-18");
  on("2026-04-11T05:00:00Z");
  ASSERT_EQ(*work_->deemRefusals(), 1);
  const auto last_day = clockOf(appeal.id, "complaint_window").due_date;
  on("2026-12-01T05:00:00Z");
  auto complaint = complaintAbout("inaction", "c-19");
  complaint.received_at = last_day + "T10:00:00+05:00";
  model::Ref ref;
  ref.reg_number = appeal.reg_number;
  complaint.previous_appeal.push_back(ref);
  taken(complaint);
  EXPECT_EQ(clockOf(appeal.id, "complaint_window").status, "met");
}

// APPC 73(1), 73(2): a favourable act needs no hearing, and a notice that nobody could give is no breach.
TEST_F(ActionTermsTest, AnActPlannedForTomorrowMissesNoNoticeThatMayNotBeOwed) {
  const auto appeal = accepted("c-95");
  atWork(appeal);
  good(appeal, planFor("2026-03-18"));
  EXPECT_EQ(clockOf(appeal.id, "plan").due_date, "2026-03-18");
  EXPECT_FALSE(hasClock(appeal.id, "hearing_notice"));
  EXPECT_NE(lastText(appeal.id).find("would have ended on 13.03.2026 (APPC art. 73(1))"),
            std::string::npos)
      << lastText(appeal.id);
}

}  // namespace
}  // namespace hub::exchange::testing
