// Statuses of agencies: what each does to state and terms, and to the deliveries it answers.
#include "hub/exchange/agency_statuses.h"

#include "hub/exchange/casework.h"
#include "hub/exchange/tests/inbound_world.h"

namespace hub::exchange::testing {
namespace {

using store::OutboxState;

class AgencyStatusesTest : public InboundWorld {
 protected:
  int clocksNamed(const std::string& name) {
    const auto clocks = clocksOf(appeal_.id);
    return static_cast<int>(std::count_if(clocks.begin(), clocks.end(),
                                          [&](const auto& clock) { return clock.name == name; }));
  }
};

TEST_F(AgencyStatusesTest, StatusesMoveTheAppealForwardOnly) {
  deliver();
  EXPECT_EQ(apply(statusItem("i-1", appeal_, "registered")), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "in_work");
  EXPECT_EQ(outboxOf(appeal_.id).state, OutboxState::kDelivered) << "the agency has it";
  EXPECT_EQ(apply(statusItem("i-2", appeal_, "delivered")), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "in_work") << "no way back";
  EXPECT_TRUE(hasEvent(appeal_.id, "status_late"));
  EXPECT_EQ(apply(decisionItem("i-3", appeal_.hub_id)), "");
  auto late = eventsOf(appeal_.id).size();
  EXPECT_EQ(apply(statusItem("i-4", appeal_, "in_work")), "") << "taken, it happened";
  EXPECT_EQ(appealNow(appeal_.id).state, "executed");
  EXPECT_EQ(eventsOf(appeal_.id).size(), late + 1);
}

TEST_F(AgencyStatusesTest, ABodyThatIsAtWorkHasReactedToAThreat) {
  auto urgent = taxAppeal("a-9");
  urgent.urgent_flag = "life_risk";
  const auto appeal = taken(urgent);
  applyAll({statusItem("s-1", appeal, "registered")});
  EXPECT_EQ(clockOf(appeal.id, "react").status, "running") << "registered is not acted upon";
  applyAll({statusItem("s-2", appeal, "in_work")});
  EXPECT_EQ(clockOf(appeal.id, "react").status, "met");
}

TEST_F(AgencyStatusesTest, AnExtensionOpensANewTerm) {
  deliver();
  EXPECT_EQ(apply(statusItem("i-1", appeal_, "extended", "2026-05-10")), "");
  auto row = appealNow(appeal_.id);
  EXPECT_EQ(row.state, "extended");
  EXPECT_EQ(row.due_date, "2026-05-12") << "9 to 11 May are off, APPC 76(5)";
  EXPECT_EQ(clockOf(appeal_.id, "consider_extended").due_date, "2026-05-12");
  EXPECT_EQ(clockOf(appeal_.id, "consider").status, "extended");
  EXPECT_EQ(clockOf(appeal_.id, "consider").due_date, "2026-04-10") << "never edited";
  EXPECT_EQ(clockOf(appeal_.id, "consider_extended").status, "running");
  const auto told = eventOf(appeal_.id, "status_extended").text_en;
  EXPECT_NE(told.find("2026-05-12"), std::string::npos) << told;
  EXPECT_NE(told.find("10.05.2026"), std::string::npos) << "and why not that day: " << told;
  auto extended = clockOf(appeal_.id, "consider_extended");
  EXPECT_EQ(extended.rule_id, "A9");
  EXPECT_EQ(extended.rule_version, "appc-2025-12-29");
  EXPECT_EQ(extended.article, "76(3)");
  EXPECT_EQ(extended.length, 2);
  EXPECT_FALSE(extended.calendar_version.empty());
  auto notice = clockOf(appeal_.id, "extension_notice");
  EXPECT_EQ(notice.rule_id, "A10");
  EXPECT_EQ(notice.rule_version, "appc-2025-12-29");
  EXPECT_EQ(notice.due_date, "2026-03-20") << "three working days from 17 March";
  EXPECT_EQ(notice.status, "running");
  clock_.set(instant("2026-05-08T05:00:00Z"));
  EXPECT_EQ(apply(decisionItem("i-2", appeal_.hub_id)), "");
  EXPECT_EQ(clockOf(appeal_.id, "consider_extended").status, "met");
  EXPECT_EQ(clockOf(appeal_.id, "consider").status, "extended") << "what happened stays";
}

// What the body decided on Tuesday and told on Friday is notified by the next Friday's eve all the same.
TEST_F(AgencyStatusesTest, TheNoticeOfAnExtensionRunsFromTheDecision) {
  deliver();
  auto item = statusItem("i-1", appeal_, "extended", "2026-05-10", "2026-03-18T10:00:00+05:00");
  clock_.set(instant("2026-03-27T05:00:00Z"));
  EXPECT_EQ(apply(item), "");
  EXPECT_EQ(clockOf(appeal_.id, "extension_notice").due_date, "2026-03-26")
      << "19, 20 and 26 March: Nauryz is off";
}

TEST_F(AgencyStatusesTest, AnExtensionTheLawDoesNotGiveChangesNoTerm) {
  deliver();
  EXPECT_EQ(apply(statusItem("i-1", appeal_, "extended", "2026-12-31")), "");
  EXPECT_EQ(appealNow(appeal_.id).due_date, "2026-04-10");
  EXPECT_EQ(clockOf(appeal_.id, "consider").status, "running");
  EXPECT_TRUE(hasEvent(appeal_.id, "status_unlawful"));
  expectRefused(statusItem("i-2", appeal_, "extended"), "model.required");
}

// An agency that pushes and is read as well tells its news twice, and maybe after other news.
TEST_F(AgencyStatusesTest, AnExtensionTheLawDoesNotGiveIsToldOnce) {
  deliver();
  auto item = statusItem("i-1", appeal_, "extended", "2026-03-20");
  applyAll({item, statusItem("i-2", appeal_, "executed")});
  item.item_id = "row-7";
  applyAll({item});
  int told = 0;
  for (const auto& event : eventsOf(appeal_.id)) told += event.type == "status_unlawful";
  EXPECT_EQ(told, 1) << "20 March is before the last day";
}

// Two months from November 2027 end in a year that no calendar is known of yet: that is no breach of the body's.
TEST_F(AgencyStatusesTest, AnExtensionIntoAYearWithoutCalendarIsTaken) {
  clock_.set(instant("2027-11-01T05:00:00Z"));
  const auto appeal = taken(taxAppeal("a-28"));
  applyAll({statusItem("i-1", appeal, "extended", "2029-12-31")});
  EXPECT_TRUE(hasEvent(appeal.id, "status_unlawful"));
  applyAll({statusItem("i-2", appeal, "extended", "2028-01-04")});
  EXPECT_EQ(appealNow(appeal.id).due_date, "2028-01-04");
  EXPECT_EQ(clockOf(appeal.id, "consider_extended").status, "running");
}

// APPC 76(3) gives one extension: not two months more with each message.
TEST_F(AgencyStatusesTest, ATermIsExtendedOnce) {
  deliver();
  EXPECT_EQ(apply(statusItem("i-1", appeal_, "extended", "2026-05-10")), "");
  clock_.set(instant("2026-05-08T05:00:00Z"));
  EXPECT_EQ(apply(statusItem("i-2", appeal_, "extended", "2026-07-01")), "");
  EXPECT_EQ(appealNow(appeal_.id).due_date, "2026-05-12");
  EXPECT_TRUE(hasEvent(appeal_.id, "status_unlawful"));
  int terms = 0, notices = 0;
  for (const auto& clock : clocksOf(appeal_.id)) {
    terms += clock.name == "consider_extended";
    notices += clock.name == "extension_notice";
  }
  EXPECT_EQ(terms, 1);
  EXPECT_EQ(notices, 1);
}

TEST_F(AgencyStatusesTest, ATermThatEndedIsNotExtended) {
  deliver();
  clock_.set(instant("2026-04-13T05:00:00Z"));
  EXPECT_EQ(apply(statusItem("i-1", appeal_, "extended", "2026-05-10")), "");
  EXPECT_EQ(appealNow(appeal_.id).due_date, "2026-04-10");
  EXPECT_EQ(clockOf(appeal_.id, "consider").status, "running");
  EXPECT_FALSE(hasClock(appeal_.id, "consider_extended"));
  EXPECT_TRUE(hasEvent(appeal_.id, "status_unlawful"));
}

// Decided on the last day and told after it.
TEST_F(AgencyStatusesTest, TheTwoMonthsCountFromTheDecisionNotFromItsNews) {
  deliver();
  clock_.set(instant("2026-04-14T05:00:00Z"));
  EXPECT_EQ(
      apply(statusItem("i-1", appeal_, "extended", "2026-06-14", "2026-04-10T17:00:00+05:00")), "");
  EXPECT_TRUE(hasEvent(appeal_.id, "status_unlawful")) << "two months from 10 April end on 10 June";
  EXPECT_EQ(
      apply(statusItem("i-2", appeal_, "extended", "2026-06-10", "2026-04-10T17:00:00+05:00")), "");
  EXPECT_EQ(appealNow(appeal_.id).due_date, "2026-06-10");
  EXPECT_TRUE(hasEvent(appeal_.id, "term_to_check")) << "by the day that the body names";
}

// APPC 76(3): an extension is there from its signature. What the law presumed meanwhile was no refusal then; whether that day
// is true a person sees to.
TEST_F(AgencyStatusesTest, AnExtensionSignedInTimeUndoesThePresumedRefusal) {
  Casework work(*store_, currentLaw(), limits_, clock_,
                {"hub", model::IdentityCheck::kStrict, [](const std::string&) { return true; },
                 [](const std::string&) -> Result<std::string> { return std::string(); }});
  int number = 0;
  const auto told = [&](const std::string& at, const char* evidence, bool complained = false) {
    const std::string id = std::to_string(++number);
    clock_.set(instant("2026-03-17T05:00:00Z"));
    appeal_ = accepted("e-" + id);
    deliver();
    clock_.set(instant("2026-04-10T19:00:30Z"));  // 11 April at the registrar
    EXPECT_GE(*work.deemRefusals(), 1);
    EXPECT_EQ(clockOf(appeal_.id, "complaint_window").status, "running");
    if (complained) {
      EXPECT_TRUE(store_
                      ->write([&](store::Tx& tx) {
                        return tx.setClockStatus(appeal_.id, "complaint_window", "met");
                      })
                      .ok());
    }
    clock_.set(instant("2026-04-13T05:00:00Z"));
    applyAll({statusItem("i-" + id, appeal_, "extended", "2026-05-08", at)},
             {"minfin", evidence, true});
    return appealNow(appeal_.id);
  };
  const std::string in_time = "2026-04-10T17:00:00+05:00";
  const auto row = told(in_time, "cms");
  EXPECT_EQ(row.state, "extended");
  EXPECT_EQ(row.due_date, "2026-05-08");
  EXPECT_EQ(row.decision_outcome + row.decided_on, "");
  EXPECT_EQ(clockOf(appeal_.id, "consider").status, "extended");
  EXPECT_EQ(clockOf(appeal_.id, "consider_extended").status, "running");
  EXPECT_EQ(clockOf(appeal_.id, "complaint_window").status, "cancelled");
  EXPECT_EQ(clockOf(appeal_.id, "extension_notice").due_date, "2026-04-15") << "from its day";
  const auto to_check = eventOf(appeal_.id, "term_to_check");
  EXPECT_NE(to_check.text_en.find("10.04.2026"), std::string::npos) << to_check.text_en;
  const auto refusals = [&] { return store_->deemedRefusals({}, {}, 0, 100)->size(); };
  EXPECT_EQ(refusals(), 1U) << "of the other appeal alone: nothing was refused here";
  // The extended term may run out as any does.
  clock_.set(instant("2026-05-11T05:00:00Z"));
  EXPECT_EQ(*work.deemRefusals(), 1);
  EXPECT_EQ(appealNow(appeal_.id).state, "deemed_refused");
  EXPECT_EQ(refusals(), 2U);

  EXPECT_EQ(told("2026-04-11T00:01:00+05:00", "cms").state, "deemed_refused") << "too late";
  EXPECT_EQ(told("", "cms").state, "deemed_refused") << "no day";
  EXPECT_EQ(told(in_time, "").state, "deemed_refused") << "nobody signed its word";
  EXPECT_TRUE(hasEvent(appeal_.id, "status_late"));
  EXPECT_EQ(told(in_time, "cms", true).state, "deemed_refused") << "the applicant complained of it";
  EXPECT_FALSE(hasEvent(appeal_.id, "term_to_check"));
}

// He may complain of what ended his case without an act, too; six months, since a status names no way, 92(1-1).
TEST_F(AgencyStatusesTest, AnEndWithoutADecisionOpensTheTimeToComplain) {
  deliver();
  EXPECT_EQ(apply(statusItem("i-1", appeal_, "terminated", {}, "2026-03-17T10:00:00+05:00")), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "terminated");
  EXPECT_EQ(clockOf(appeal_.id, "complaint_window_long").due_date, "2026-09-17");
}

// That a body's system tells of it by a status alone takes nothing from the applicant, 65(1).
TEST_F(AgencyStatusesTest, AForwardingOpensTheTermOfItsNotice) {
  deliver();
  EXPECT_EQ(apply(statusItem("i-1", appeal_, "forwarded", {}, "2026-03-17T10:00:00+05:00")), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "forwarded_full");
  const auto notice = clockOf(appeal_.id, "forward_notice");
  EXPECT_EQ(notice.due_date, "2026-03-17");
  EXPECT_EQ(notice.status, "running");
  EXPECT_FALSE(hasClock(appeal_.id, "complaint_window_long"));
}

// One notice of an earlier forwarding was never told of: it is owed still, beside the next.
TEST_F(AgencyStatusesTest, ASecondForwardingLeavesTheTermOfTheFirstNotice) {
  deliver();
  store::ClockRow first;
  first.appeal = appeal_.id;
  first.name = "forward_notice";
  first.start_at = clock_.now();
  first.due_date = "2026-03-16";
  first.status = "running";
  ASSERT_TRUE(store_->write([&](store::Tx& tx) { return tx.addClock(first); }).ok());
  EXPECT_EQ(apply(statusItem("i-1", appeal_, "forwarded", {}, "2026-03-17T10:00:00+05:00")), "");
  std::vector<std::string> notices;
  for (const auto& clock : clocksOf(appeal_.id)) {
    if (clock.name == "forward_notice") notices.push_back(clock.due_date + " " + clock.status);
  }
  EXPECT_EQ(notices, (std::vector<std::string>{"2026-03-16 running", "2026-03-17 running"}));
  EXPECT_EQ(clockOf(appeal_.id, "forward_notice").occasion, appeal_.reg_number)
      << "it did not say to whom";
}

// The Code knows no termination of a complaint, and the word of the exchange has no other.
TEST_F(AgencyStatusesTest, AComplaintThatIsNotConsideredIsLeft) {
  appeal_ = taken(complaintAbout("act", "s-2"));
  deliver();
  EXPECT_EQ(apply(statusItem("i-1", appeal_, "terminated")), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "left_without_consideration");
  EXPECT_FALSE(hasClock(appeal_.id, "left_notice")) << "no status could say that he was told";
}

// Law 88: ten working days more, where the Code gives a complaint none (APPC 99).
TEST_F(AgencyStatusesTest, AComplaintOnAPublicServiceIsExtendedByItsOwnLaw) {
  auto complaint = complaintAbout("action", "s-1");
  complaint.procedure = "public_service";
  complaint.kind_special = "service_oversight";
  appeal_ = taken(complaint);
  EXPECT_EQ(appealNow(appeal_.id).procedure, "public_service");
  EXPECT_EQ(clockOf(appeal_.id, "consider").rule_id, "S2");
  deliver();
  clock_.set(instant("2026-04-08T05:00:00Z"));
  EXPECT_EQ(apply(statusItem("i-1", appeal_, "extended", "2026-04-24")), "");
  EXPECT_TRUE(hasEvent(appeal_.id, "status_unlawful")) << "ten working days end on 22 April";
  EXPECT_EQ(apply(statusItem("i-2", appeal_, "extended", "2026-04-22")), "");
  EXPECT_EQ(clockOf(appeal_.id, "consider_extended").rule_id, "S3");
  EXPECT_EQ(clockOf(appeal_.id, "extension_notice").rule_id, "S4");
}

TEST_F(AgencyStatusesTest, ARefusalGoesBackToRouting) {
  deliver();
  EXPECT_EQ(apply(statusItem("i-1", appeal_, "refused")), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "awaiting_routing");
  EXPECT_EQ(outboxOf(appeal_.id).state, OutboxState::kRejected);
  EXPECT_EQ(eventOf(appeal_.id, "status_refused").from_state, "assigned");
}

// Once it refused the appeal, an extension that the law would not give either says nothing of it.
TEST_F(AgencyStatusesTest, AnUnlawfulExtensionDoesNotTakeARefusalBack) {
  deliver();
  EXPECT_EQ(apply(statusItem("i-1", appeal_, "refused")), "");
  EXPECT_EQ(apply(statusItem("i-2", appeal_, "extended", "2026-12-31")), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "awaiting_routing");
  EXPECT_EQ(outboxOf(appeal_.id).state, OutboxState::kRejected);
  EXPECT_TRUE(hasEvent(appeal_.id, "status_late"));
}

TEST_F(AgencyStatusesTest, AnAppealThatWasNotRegisteredGoesBackToRouting) {
  deliver();
  EXPECT_EQ(apply(statusItem("i-1", appeal_, "not_registered")), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "awaiting_routing");
  EXPECT_EQ(outboxOf(appeal_.id).state, OutboxState::kRejected);
  EXPECT_TRUE(hasEvent(appeal_.id, "status_not_registered"));
}

// APPC 73: the applicant's two days run, and the notice that was due is given.
TEST_F(AgencyStatusesTest, AHearingInTheBodysSystemHasItsTerms) {
  deliver();
  open("hearing_notice", "2026-03-20");
  EXPECT_EQ(apply(statusItem("i-1", appeal_, "hearing_notified")), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "hearing_notified");
  EXPECT_EQ(clockOf(appeal_.id, "hearing_notice").status, "met");
  EXPECT_EQ(clockOf(appeal_.id, "objection").due_date, "2026-03-19");
  EXPECT_EQ(clockOf(appeal_.id, "objection").rule_id, "A19");
  EXPECT_EQ(apply(statusItem("i-2", appeal_, "hearing_notified", "", "2026-03-17T09:00:00+05:00")),
            "");
  EXPECT_EQ(clocksNamed("objection"), 1) << "the same step once more opens nothing";
  EXPECT_EQ(apply(statusItem("i-3", appeal_, "hearing_held")), "");
  EXPECT_EQ(clockOf(appeal_.id, "hearing_minutes").due_date, "2026-03-19");
  EXPECT_EQ(apply(decisionItem("i-4", appeal_.hub_id)), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "executed");
  EXPECT_EQ(clockOf(appeal_.id, "hearing_minutes").status, "met") << "no status tells of them";
  appeal_ = accepted("a-late");
  deliver();
  EXPECT_EQ(apply(statusItem("i-late", appeal_, "hearing_held")), "");
  auto late = decisionItem("i-late-2", appeal_.hub_id);
  clock_.set(instant("2026-03-20T05:00:00Z"));
  amend(late, [](auto& d) { d.decided_at = "2026-03-20T09:00:00+05:00"; });
  EXPECT_EQ(apply(late), "");
  EXPECT_EQ(clockOf(appeal_.id, "hearing_minutes").status, "missed");
  // APPC 73(2): the simplified procedure knows no hearing; what happened is recorded.
  auto message = taxAppeal("a-message");
  message.kind = "message";
  appeal_ = taken(message);
  deliver();
  EXPECT_EQ(apply(statusItem("i-5", appeal_, "hearing_notified")), "");
  EXPECT_FALSE(hasClock(appeal_.id, "objection"));
  EXPECT_EQ(apply(statusItem("i-6", appeal_, "hearing_held")), "");
  EXPECT_FALSE(hasClock(appeal_.id, "hearing_minutes"));
}

// By the day of the act, not by that of its news.
TEST_F(AgencyStatusesTest, AStepOfTheLastDayToldAfterItIsInTime) {
  deliver();
  open("hearing_notice", "2026-03-18");
  clock_.set(instant("2026-03-18T19:30:00Z"));  // after midnight in Almaty
  EXPECT_EQ(apply(statusItem("i-1", appeal_, "hearing_notified", "", "2026-03-18T17:00:00+05:00")),
            "");
  EXPECT_EQ(clockOf(appeal_.id, "hearing_notice").status, "met");
  EXPECT_EQ(clockOf(appeal_.id, "objection").due_date, "2026-03-20") << "two days from the act";
  open("plan", "2026-03-18");
  auto decision = decisionItem("i-2", appeal_.hub_id);
  amend(decision, [](auto& d) { d.decided_at = "2026-03-18T18:00:00+05:00"; });
  EXPECT_EQ(apply(decision), "");
  EXPECT_EQ(clockOf(appeal_.id, "plan").status, "met");
  appeal_ = accepted("a-2");
  deliver();
  open("plan", "2026-03-19");
  clock_.set(instant("2026-03-19T19:30:00Z"));
  EXPECT_EQ(apply(statusItem("i-3", appeal_, "terminated", "", "2026-03-19T18:00:00+05:00")), "");
  EXPECT_EQ(clockOf(appeal_.id, "plan").status, "met");
  appeal_ = accepted("a-3");
  deliver();
  open("hearing_notice", "2026-03-18");
  EXPECT_EQ(apply(statusItem("i-4", appeal_, "hearing_notified")), "");
  EXPECT_EQ(clockOf(appeal_.id, "hearing_notice").status, "missed") << "it says no other day";
}

// APPC 64(6), 64(7).
TEST_F(AgencyStatusesTest, ANoticeOfDefectsInTheBodysSystemHasItsTerms) {
  deliver();
  EXPECT_EQ(apply(statusItem("i-1", appeal_, "nonconforming_notice", "2026-03-25")), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "nonconforming_notice");
  EXPECT_EQ(clockOf(appeal_.id, "cure").due_date, "2026-03-26");
  EXPECT_EQ(clockOf(appeal_.id, "cure").article, "64(6)");
  EXPECT_EQ(clockOf(appeal_.id, "return").due_date, "2026-03-31");
  EXPECT_NE(eventOf(appeal_.id, "status_nonconforming_notice")
                .text_en.find("Until 26.03.2026. The day named (25.03.2026) is not worked"),
            std::string::npos);
  EXPECT_EQ(apply(statusItem("i-2", appeal_, "returned")), "");
  EXPECT_EQ(clockOf(appeal_.id, "cure").status, "met");
  EXPECT_EQ(clockOf(appeal_.id, "return").status, "met");
  appeal_ = accepted("a-2");
  deliver();
  EXPECT_EQ(apply(statusItem("i-3", appeal_, "nonconforming_notice")), "");
  EXPECT_FALSE(hasClock(appeal_.id, "cure")) << "the body named no day";
  EXPECT_EQ(appealNow(appeal_.id).state, "nonconforming_notice");
}

// APPC 64(6): no status says "cured"; a body that goes on says it so.
TEST_F(AgencyStatusesTest, ABodyThatGoesOnAfterANoticeOfDefectsHasThemMended) {
  int number = 0;
  for (const char* status : {"in_work", "extended", "hearing_notified", "hearing_held"}) {
    appeal_ = accepted(std::string("cured-") + status);
    deliver();
    const auto id = "i-" + std::to_string(++number);
    EXPECT_EQ(apply(statusItem(id, appeal_, "nonconforming_notice", "2026-03-25")), "");
    const std::string until = std::string(status) == "extended" ? "2026-05-10" : "";
    EXPECT_EQ(apply(statusItem(id + "b", appeal_, status, until)), "");
    EXPECT_EQ(appealNow(appeal_.id).state, status);
    EXPECT_EQ(clockOf(appeal_.id, "cure").status, "met") << status;
    EXPECT_EQ(clockOf(appeal_.id, "return").status, "met") << status;
  }
  appeal_ = accepted("not-cured");
  deliver();
  EXPECT_EQ(apply(statusItem("i-9", appeal_, "nonconforming_notice", "2026-03-25")), "");
  EXPECT_EQ(apply(statusItem("i-10", appeal_, "extended", "2027-05-10")), "");
  EXPECT_EQ(clockOf(appeal_.id, "cure").status, "running") << "the law gives no such extension";
}

// A retry, or pushes side by side: the news overtook one another.
TEST_F(AgencyStatusesTest, AStepBehindWhatTheBodyToldIsLateNews) {
  deliver();
  clock_.set(instant("2026-03-20T05:00:00Z"));
  const std::string noticed = "2026-03-18T10:00:00+05:00", held = "2026-03-19T10:00:00+05:00";
  EXPECT_EQ(apply(statusItem("i-1", appeal_, "hearing_held", "", held)), "");
  EXPECT_EQ(apply(statusItem("i-2", appeal_, "hearing_notified", "", noticed)), "");
  EXPECT_EQ(apply(statusItem("i-3", appeal_, "nonconforming_notice", "2026-03-25", noticed)), "");
  EXPECT_EQ(apply(statusItem("i-4", appeal_, "hearing_notified")), "") << "it says no time";
  EXPECT_EQ(appealNow(appeal_.id).state, "hearing_held");
  for (const char* clock : {"objection", "cure", "return"}) {
    EXPECT_FALSE(hasClock(appeal_.id, clock)) << clock;
  }
  EXPECT_TRUE(hasEvent(appeal_.id, "status_late"));
  EXPECT_FALSE(hasEvent(appeal_.id, "status_hearing_notified"));
  // What happened later is another hearing.
  EXPECT_EQ(apply(statusItem("i-5", appeal_, "hearing_notified", "", "2026-03-20T09:00:00+05:00")),
            "");
  EXPECT_EQ(appealNow(appeal_.id).state, "hearing_notified");
  EXPECT_EQ(clocksNamed("objection"), 1);
}

TEST_F(AgencyStatusesTest, WhatWasBeforeTheNoticeOfDefectsMendsNothing) {
  deliver();
  clock_.set(instant("2026-03-20T05:00:00Z"));
  EXPECT_EQ(apply(statusItem("i-1", appeal_, "nonconforming_notice", "2026-03-25",
                             "2026-03-19T10:00:00+05:00")),
            "");
  EXPECT_EQ(apply(statusItem("i-2", appeal_, "in_work", "", "2026-03-18T10:00:00+05:00")), "");
  EXPECT_EQ(
      apply(statusItem("i-3", appeal_, "extended", "2026-05-10", "2026-03-18T11:00:00+05:00")), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "nonconforming_notice");
  EXPECT_EQ(appealNow(appeal_.id).due_date, "2026-05-12") << "it was extended all the same";
  EXPECT_EQ(clockOf(appeal_.id, "cure").status, "running");
}

// An old word on a withdrawal says nothing of what the body answered since.
TEST_F(AgencyStatusesTest, AWithdrawalThatWasAnsweredDoesNotComeBack) {
  deliver();
  clock_.set(instant("2026-03-20T05:00:00Z"));
  const std::string declared = "2026-03-18T10:00:00+05:00";
  EXPECT_EQ(apply(statusItem("i-1", appeal_, "withdrawn", "", declared)), "");
  EXPECT_EQ(
      apply(statusItem("i-2", appeal_, "withdrawal_refused", "", "2026-03-19T10:00:00+05:00")), "");
  applyAll({statusItem("i-3", appeal_, "withdrawn", "", declared)});
  EXPECT_EQ(appealNow(appeal_.id).state, "assigned");
  EXPECT_EQ(apply(statusItem("i-4", appeal_, "withdrawn")), "") << "once more";
  EXPECT_EQ(appealNow(appeal_.id).state, "withdrawn");
}

// Many systems know the day only.
TEST_F(AgencyStatusesTest, StepsOfOneDayAreTakenAsTheyCome) {
  deliver();
  clock_.set(instant("2026-03-18T12:00:00Z"));
  EXPECT_EQ(apply(statusItem("i-1", appeal_, "hearing_notified", "", "2026-03-18T10:00:00+05:00")),
            "");
  EXPECT_EQ(apply(statusItem("i-2", appeal_, "hearing_held", "", "2026-03-18T00:00:00+05:00")), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "hearing_held");
}

// The applicant hears of a right only if he has it: by the event that tells of the step.
TEST_F(AgencyStatusesTest, AStepThatIsNotTakenIsLateNews) {
  const auto count = [&](const std::string& type) {
    const auto types = eventTypes(appeal_.id);
    return std::count(types.begin(), types.end(), type);
  };
  auto message = taxAppeal("a-message");
  message.kind = "message";
  appeal_ = taken(message);
  deliver();
  EXPECT_EQ(apply(statusItem("i-1", appeal_, "hearing_notified")), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "assigned");
  EXPECT_EQ(count("status_hearing_notified"), 0);
  EXPECT_EQ(count("status_late"), 1);
  EXPECT_EQ(outboxOf(appeal_.id).state, OutboxState::kDelivered) << "the body has it all the same";
  EXPECT_EQ(apply(statusItem("i-2", appeal_, "withdrawal_refused")), "");
  EXPECT_EQ(count("status_withdrawal_refused"), 0) << "nothing was withdrawn";
  appeal_ = accepted("a-2");
  deliver();
  EXPECT_EQ(apply(statusItem("i-3", appeal_, "hearing_notified")), "");
  EXPECT_EQ(apply(statusItem("i-4", appeal_, "hearing_notified", "", "2026-03-17T09:00:00+05:00")),
            "");
  EXPECT_EQ(count("status_hearing_notified"), 1) << "told once";
  EXPECT_EQ(apply(statusItem("i-5", appeal_, "withdrawn")), "");
  EXPECT_EQ(apply(statusItem("i-6", appeal_, "nonconforming_notice", "2026-03-25")), "");
  EXPECT_EQ(count("status_nonconforming_notice"), 0) << "the withdrawal is not answered yet";
  EXPECT_EQ(eventsOf(appeal_.id).back().text_en.find("25.03.2026"), std::string::npos);
  EXPECT_EQ(apply(statusItem("i-7", appeal_, "withdrawal_refused")), "");
  EXPECT_EQ(count("status_withdrawal_refused"), 1);
}

// What one item says must not hold up what came with it.
TEST_F(AgencyStatusesTest, ADayOfDefectsThatIsOverCountsAsNotNamed) {
  deliver();
  auto other = accepted("a-2");
  auto third = accepted("a-3");
  applyAll({statusItem("i-1", appeal_, "nonconforming_notice", "1900-01-01"),
            statusItem("i-2", third, "nonconforming_notice", "2026-03-16"),
            statusItem("i-3", other, "in_work")});
  EXPECT_EQ(appealNow(other.id).state, "in_work");
  for (auto id : {appeal_.id, third.id}) {
    EXPECT_EQ(appealNow(id).state, "nonconforming_notice");
    EXPECT_FALSE(hasClock(id, "cure"));
    EXPECT_FALSE(hasClock(id, "return"));
    EXPECT_EQ(eventOf(id, "status_nonconforming_notice").text_en.find("Until"), std::string::npos);
  }
  auto fourth = accepted("a-4");
  EXPECT_EQ(apply(statusItem("i-4", fourth, "nonconforming_notice", "2026-03-17")), "");
  EXPECT_EQ(clockOf(fourth.id, "cure").due_date, "2026-03-17") << "the day itself is left";
}

// The applicant still has his days to mend the defects.
TEST_F(AgencyStatusesTest, ADeclinedWithdrawalLeavesTheNoticeOfDefects) {
  deliver();
  EXPECT_EQ(apply(statusItem("i-1", appeal_, "nonconforming_notice", "2026-03-25")), "");
  EXPECT_EQ(apply(statusItem("i-2", appeal_, "withdrawn")), "");
  EXPECT_EQ(apply(statusItem("i-3", appeal_, "withdrawal_refused")), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "nonconforming_notice");
  EXPECT_EQ(clockOf(appeal_.id, "cure").status, "running");
  EXPECT_EQ(eventOf(appeal_.id, "status_withdrawal_refused").to_state, "nonconforming_notice");
  EXPECT_EQ(apply(statusItem("i-4", appeal_, "in_work")), "");
  EXPECT_EQ(clockOf(appeal_.id, "cure").status, "met");
}

TEST_F(AgencyStatusesTest, WhatIsToldOfAWithdrawalIsFollowed) {
  deliver();
  EXPECT_EQ(apply(statusItem("i-1", appeal_, "withdrawn")), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "withdrawn");
  EXPECT_EQ(clockOf(appeal_.id, "consider").status, "running") << "until the body accepts it";
  EXPECT_EQ(apply(statusItem("i-2", appeal_, "withdrawal_refused")), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "assigned") << "it goes on where it stood";
  EXPECT_EQ(apply(statusItem("i-3", appeal_, "terminated")), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "terminated");
  const auto over = appealNow(appeal_.id);
  EXPECT_EQ(apply(statusItem("i-4", appeal_, "control_removed")), "");
  EXPECT_TRUE(hasEvent(appeal_.id, "status_control_removed"));
  EXPECT_EQ(appealNow(appeal_.id).updated_at, over.updated_at);
}

// A body that registered the appeal and says no without saying to what: not to the appeal.
TEST_F(AgencyStatusesTest, ANoThatNamesNothingIsToWhatWasNotAnsweredYet) {
  deliver();
  EXPECT_EQ(apply(statusItem("i-1", appeal_, "registered")), "");
  queueAfter(appeal_.id, "withdrawal/1", OutboxState::kAwaiting);
  const auto refusal = statusItem("i-2", appeal_, "refused", "", "2026-03-17T10:00:00+05:00");
  EXPECT_EQ(apply(refusal), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "in_work");
  EXPECT_TRUE(hasEvent(appeal_.id, "message_refused"));
  EXPECT_EQ(store_->outboxOf(appeal_.id)->at(1).state, OutboxState::kRejected);
  EXPECT_EQ(store_->outboxOf(appeal_.id)->at(0).state, OutboxState::kDelivered);
  // The same under another id is no second one.
  const auto events = eventsOf(appeal_.id).size();
  auto again = refusal;
  again.item_id = "i-3";
  applyAll({again});
  EXPECT_EQ(eventsOf(appeal_.id).size(), events);
  EXPECT_EQ(appealNow(appeal_.id).state, "in_work");
  // Another no is one to the appeal: nothing waits for its answer any more.
  EXPECT_EQ(apply(statusItem("i-4", appeal_, "refused", "", "2026-03-17T09:59:00+05:00")), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "awaiting_routing");
}

TEST_F(AgencyStatusesTest, ANoBeforeTheAppealWasRegisteredIsOneToTheAppeal) {
  deliver();
  EXPECT_EQ(apply(statusItem("i-1", appeal_, "delivered")), "");
  queueAfter(appeal_.id, "withdrawal/1", OutboxState::kAwaiting);
  EXPECT_EQ(apply(statusItem("i-2", appeal_, "refused")), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "awaiting_routing");
  EXPECT_EQ(store_->outboxOf(appeal_.id)->at(1).state, OutboxState::kAwaiting);
}

// Its word on a withdrawal answers what told it of one, though it names no message.
TEST_F(AgencyStatusesTest, AWordOnAWithdrawalEndsTheWaitForIt) {
  for (const char* word : {"withdrawn", "withdrawal_refused", "terminated"}) {
    const std::string name = word;
    appeal_ = accepted("a-" + name);
    deliver();
    EXPECT_EQ(apply(statusItem("i-1" + name, appeal_, "registered")), "");
    queueAfter(appeal_.id, "withdrawal/1", OutboxState::kAwaiting);
    EXPECT_EQ(apply(statusItem("i-2" + name, appeal_, word)), "");
    EXPECT_EQ(store_->outboxOf(appeal_.id)->at(1).state, OutboxState::kDelivered) << word;
    EXPECT_TRUE(hasEvent(appeal_.id, "status_" + name));
    if (name == "terminated") continue;
    EXPECT_EQ(apply(statusItem("i-3" + name, appeal_, "refused")), "");
    EXPECT_EQ(appealNow(appeal_.id).state, "awaiting_routing") << "a no to the appeal";
  }
}

TEST_F(AgencyStatusesTest, ANoAfterTheBodySpokeOfTheCaseIsOneToTheAppeal) {
  deliver();
  EXPECT_EQ(apply(statusItem("i-1", appeal_, "registered")), "");
  queueAfter(appeal_.id, "withdrawal/1", OutboxState::kAwaiting);
  const auto second = accepted("a-2"), third = accepted("a-3");
  clock_.advance(std::chrono::minutes(1));
  EXPECT_EQ(apply(statusItem("i-2", appeal_, "assigned")), "");
  EXPECT_EQ(apply(statusItem("i-3", appeal_, "refused")), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "awaiting_routing");
  appeal_ = second;
  deliver();
  EXPECT_EQ(apply(statusItem("i-4", appeal_, "registered")), "");
  queueAfter(appeal_.id, "withdrawal/1", OutboxState::kAwaiting);
  clock_.advance(std::chrono::minutes(1));
  EXPECT_EQ(apply(statusItem("i-5", appeal_, "delivered")), "") << "it came, no more";
  EXPECT_EQ(apply(statusItem("i-6", appeal_, "refused")), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "in_work");
  EXPECT_EQ(store_->outboxOf(appeal_.id)->at(1).state, OutboxState::kRejected);
  // News of a term asks for no answer.
  appeal_ = third;
  deliver();
  EXPECT_EQ(apply(statusItem("i-7", appeal_, "registered")), "");
  queueAfter(appeal_.id, "status/1", OutboxState::kDelivered);
  EXPECT_EQ(apply(statusItem("i-8", appeal_, "refused")), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "awaiting_routing");
}

// The body's no to a withdrawal or a changed term: the appeal stays with it.
TEST_F(AgencyStatusesTest, ARefusalOfWhatFollowedIsNoRefusalOfTheAppeal) {
  deliver();
  const auto message_id = queueAfter(appeal_.id, "withdrawal/1", OutboxState::kAwaiting);
  auto refusal = statusItem("i-1", appeal_, "refused");
  refusal.in_reply_to = message_id;
  EXPECT_EQ(apply(refusal), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "assigned");
  auto rows = store_->outboxOf(appeal_.id);
  ASSERT_EQ(rows->size(), 2U);
  EXPECT_EQ(rows->at(0).state, OutboxState::kAwaiting) << "the appeal's own delivery";
  EXPECT_EQ(rows->at(1).state, OutboxState::kRejected);
  EXPECT_TRUE(hasEvent(appeal_.id, "message_refused"));
  EXPECT_FALSE(hasEvent(appeal_.id, "status_refused"));
  // The same again under another name adds nothing; a receipt finishes the delivery.
  const auto events = eventsOf(appeal_.id).size();
  refusal.item_id = "i-2";
  applyAll({refusal});
  EXPECT_EQ(eventsOf(appeal_.id).size(), events);
}

// Systems answer every message in the same words.
TEST_F(AgencyStatusesTest, WhatFollowedIsSettledByAnswersInTheSameWords) {
  deliver();
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) {
    ids.push_back(queueAfter(appeal_.id, "status/1", OutboxState::kAwaiting));
  }
  for (std::size_t i : {0U, 1U}) {
    auto refusal = statusItem("no-" + ids[i], appeal_, "refused");
    refusal.in_reply_to = ids[i];
    EXPECT_EQ(apply(refusal), "");
    EXPECT_EQ(store_->outboxOf(appeal_.id)->at(i + 1).state, OutboxState::kRejected);
  }
  const auto types = eventTypes(appeal_.id);
  EXPECT_EQ(std::count(types.begin(), types.end(), "message_refused"), 2);
  // A receipt finishes the delivery and says nothing new of the case.
  auto receipt = statusItem("i-3", appeal_, "in_work");
  receipt.in_reply_to = ids[2];
  EXPECT_EQ(apply(receipt), "");
  EXPECT_EQ(store_->outboxOf(appeal_.id)->at(3).state, OutboxState::kDelivered);
  EXPECT_EQ(appealNow(appeal_.id).state, "assigned");
  EXPECT_EQ(eventTypes(appeal_.id), types);
  EXPECT_EQ(store_->outboxOf(appeal_.id)->at(0).state, OutboxState::kAwaiting);
}

}  // namespace
}  // namespace hub::exchange::testing
