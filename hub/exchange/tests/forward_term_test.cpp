// Goal: the body's own three days to forward what is not its own (APPC 65(1)): open until the body takes the appeal up,
// missed by a forwarding or a refusal that comes late, and by nothing else; and who is charged with it.
#include "hub/base/ids.h"
#include "hub/exchange/answered_deliveries.h"
#include "hub/exchange/arrival.h"
#include "hub/exchange/case_reports.h"
#include "hub/exchange/event_texts.h"
#include "hub/exchange/forwarder.h"
#include "hub/exchange/reception.h"
#include "hub/exchange/tests/casework_world.h"
#include "hub/exchange/tests/inbound_world.h"

namespace hub::exchange::testing {
namespace {

constexpr const char* kLate = "2026-03-26T05:00:00Z";

class ForwardTermTest : public CaseworkWorld {
 protected:
  // The body got it on the day of the receipt.
  store::AppealRow delivered(const std::string& source_id, const std::string& kind = {}) {
    auto appeal = kind.empty() ? accepted(source_id) : ofKind(kind, source_id);
    arrive(appeal);
    return appealNow(appeal.id);
  }
  // The hub's delivery to the body that it is sent to goes through.
  void arrive(const store::AppealRow& sent) {
    auto written = store_->write([&](store::Tx& tx) -> Status {
      auto appeal = appealNow(sent.id);
      const auto rows = tx.outboxOf(appeal.id);
      if (!rows) return rows.status();
      const Instant now = clock_.now();
      const store::AttemptRow went{
          rows->back().id, 1, now, now, static_cast<int>(otinish::Outcome::kDone), "", ""};
      if (auto s = tx.addAttempt(went); !s) return s;
      auto event = makeEvent(appeal.id, "delivered", now, "hub", appeal.state, "assigned");
      if (auto s = tx.addEvent(event); !s) return s;
      if (auto s = followDelivery(tx, *lawBook(), appeal, now); !s) return s;
      if (auto s = appealWasDelivered(tx, appeal); !s) return s;
      return tx.setAppealState(appeal.id, "assigned", now);
    });
    ASSERT_TRUE(written.ok()) << written.error().text;
  }
  // By the applicant's word, at the intake.
  void toAddressee(const store::AppealRow& appeal) {
    const auto named =
        makeEvent(appeal.id, "routed", clock_.now(), "hub", "registered", "routed", "addressee");
    ASSERT_TRUE(store_->write([&](store::Tx& tx) { return tx.addEvent(named); }).ok());
  }
  std::vector<std::string> term(const store::AppealRow& appeal) {
    return daysOf(appeal.id, "forward");
  }
  std::optional<std::string> untilOf(const store::AppealRow& appeal, const std::string& action) {
    const auto choices = work_->choices(appealNow(appeal.id), "");
    if (!choices.ok()) return std::nullopt;
    for (const auto& choice : choices->actions) {
      if (choice.action == action) return choice.until;
    }
    return std::nullopt;
  }
  std::int64_t breachesOf(const std::string& body) {
    const auto today = toLocal(clock_.now(), "Asia/Almaty");
    auto rows = disciplineReport(*store_, *lawBook(), {}, "body", today->date);
    EXPECT_TRUE(rows.ok());
    for (const auto& row : *rows) {
      if (row.group == body) return row.breaches;
    }
    return 0;
  }
};

using Terms = std::vector<std::string>;

TEST_F(ForwardTermTest, WhatTheBodyTakesUpIsNotToBeForwarded) {
  const auto appeal = delivered("f-1");
  EXPECT_EQ(term(appeal), Terms{"2026-03-20 running"});
  good(appeal, giveTo("mf-01"));
  EXPECT_EQ(term(appeal), Terms{"2026-03-20 running"}) << "whose executor it has says nothing yet";
  EXPECT_EQ(untilOf(appeal, "forward_prepare"), "2026-03-20");
  good(appeal, "start_work", "executor");
  EXPECT_EQ(term(appeal), Terms{"2026-03-20 met"});
}

// It is in its competence: that it was slow to say so is no breach of 65(1).
TEST_F(ForwardTermTest, WhoTakesItUpLateHasMissedNothing) {
  const auto started = delivered("f-2"), drafted = delivered("f-3"), silent = delivered("f-4");
  on(kLate);
  EXPECT_EQ(breachesOf("minfin"), 0) << "nobody knows yet";
  good(started, "start_work", "executor");
  EXPECT_EQ(term(started), Terms{"2026-03-20 cancelled"});
  decided(drafted, decision("act_favourable", "Налог пересчитан."));
  EXPECT_EQ(term(drafted), Terms{"2026-03-20 cancelled"});
  EXPECT_EQ(term(silent), Terms{"2026-03-20 running"}) << "and supervision sees that";
  EXPECT_EQ(breachesOf("minfin"), 0);
}

TEST_F(ForwardTermTest, ALateForwardingIsABreachOfWhoForwards) {
  const auto silent = delivered("f-5"), worked = delivered("f-6");
  good(worked, "start_work", "executor");
  on(kLate);
  for (const auto& appeal : {silent, worked}) {
    EXPECT_EQ(untilOf(appeal, "forward_prepare"), "2026-03-20");
    good(appeal, order("forward_prepare", "executor", "Вопрос о земле"));
    EXPECT_EQ(term(appeal).back(), "2026-03-20 running") << "it is not the body's own";
    EXPECT_EQ(untilOf(appeal, "forward_agree"), "2026-03-20");
  }
  EXPECT_EQ(breachesOf("minfin"), 2) << "from the draft on";
  for (const auto& appeal : {silent, worked}) {
    good(appeal, "forward_agree", "controller");
    good(appeal, "forward_sign", kHead);
    EXPECT_EQ(untilOf(appeal, "forward_whole"), "2026-03-20");
    good(appeal, orderTo("zher", "forward_whole"));
  }
  EXPECT_EQ(term(silent), (Terms{"2026-03-20 missed", "2026-03-31 running"}));
  EXPECT_EQ(term(worked), (Terms{"2026-03-20 met", "2026-03-20 missed", "2026-03-31 running"}))
      << "the next body has three days of its own";
  EXPECT_EQ(breachesOf("minfin"), 2);
  EXPECT_EQ(breachesOf("zher"), 0);
}

TEST_F(ForwardTermTest, AForwardingInTimeIsNone) {
  const auto appeal = delivered("f-7");
  good(appeal, "start_work", "executor");
  on("2026-03-20T05:00:00Z");
  forwardSigned(appeal);
  auto part = orderTo("zher", "forward_part");
  part.reason = "Вопрос о земле";
  good(appeal, part);
  EXPECT_EQ(term(appeal), (Terms{"2026-03-20 met", "2026-03-20 met"}));
  // Another part of it is to go within the same days.
  on(kLate);
  forwardSigned(appeal);
  good(appeal, part);
  EXPECT_EQ(term(appeal).back(), "2026-03-20 missed");
  EXPECT_EQ(breachesOf("minfin"), 2) << "that, and nobody told the applicant of the first part";
}

TEST_F(ForwardTermTest, ADraftSentBackSaysThatItIsTheBodysOwn) {
  const auto appeal = delivered("f-8");
  on(kLate);
  good(appeal, order("forward_prepare", "executor", "Вопрос о земле"));
  EXPECT_EQ(breachesOf("minfin"), 1);
  good(appeal, order("forward_reject", kHead, "Это налог"));
  EXPECT_EQ(term(appeal), Terms{"2026-03-20 cancelled"});
  EXPECT_EQ(breachesOf("minfin"), 0);
}

TEST_F(ForwardTermTest, WhatIsDeclinedInTimeAndLiesAtTheDeskIsNobodysBreach) {
  const auto appeal = delivered("f-9");
  auto decline = order("decline_competence", "agency", "Вопрос о земле");
  ASSERT_TRUE(work_->act(appeal, decline, system_).ok());
  EXPECT_EQ(term(appeal), Terms{"2026-03-20 running"});
  on(kLate);
  EXPECT_EQ(breachesOf("minfin"), 0);
  EXPECT_EQ(breachesOf("-"), 1);
  good(appeal, orderTo("zher", "route"));
  arrive(appeal);
  EXPECT_EQ(term(appeal), (Terms{"2026-03-20 missed", "2026-03-31 running"}));
  EXPECT_EQ(breachesOf("-"), 1);
  EXPECT_EQ(breachesOf("minfin"), 0);
  EXPECT_EQ(breachesOf("zher"), 0);
}

TEST_F(ForwardTermTest, WhoDeclinesLateIsCharged) {
  const auto appeal = delivered("f-10");
  good(appeal, "start_work", "executor");
  on(kLate);
  auto decline = order("decline_competence", "agency", "Вопрос о земле");
  ASSERT_TRUE(work_->act(appeal, decline, system_).ok());
  EXPECT_EQ(term(appeal), (Terms{"2026-03-20 met", "2026-03-20 running"}));
  good(appeal, orderTo("zher", "route"));
  arrive(appeal);
  EXPECT_EQ(breachesOf("minfin"), 1) << "it had it when the term ended";
}

TEST_F(ForwardTermTest, ACaseThatEndsBySilenceEndsTheTermWithoutABreachOfIt) {
  const auto appeal = delivered("f-11");
  on("2026-04-13T05:00:00Z");
  ASSERT_TRUE(work_->deemRefusals().ok());
  EXPECT_EQ(appealNow(appeal.id).state, "deemed_refused");
  EXPECT_EQ(term(appeal), Terms{"2026-03-20 cancelled"});
}

// Who forwards tells the applicant, 65(1): he owes it, though the appeal is another body's by then.
TEST_F(ForwardTermTest, TheNoticeOfAForwardingIsOwedByWhoForwarded) {
  const auto late = delivered("n-1"), told = delivered("n-2");
  for (const auto& appeal : {late, told}) {
    good(appeal, "start_work", "executor");
    forwardSigned(appeal);
  }
  on("2026-03-18T05:00:00Z");
  const auto today = parseDate("2026-03-18");
  for (const auto& appeal : {late, told}) good(appeal, orderTo("zher", "forward_whole"));
  const auto owes = [&](const store::AppealRow& appeal, const char* body) {
    return *owesForwardNotice(*store_, *lawBook(), *today, appealNow(appeal.id), body);
  };
  EXPECT_TRUE(owes(told, kMinfinBin));
  EXPECT_FALSE(owes(told, appealNow(told.id).body_bin.c_str())) << "the body that got it";
  const auto owed =
      asOwed(*store_, *lawBook(), *today, clockOf(told.id, "forward_notice"), appealNow(told.id));
  EXPECT_EQ(owed->destination, "minfin");
  EXPECT_EQ(owed->body_bin, kMinfinBin);
  const auto other =
      asOwed(*store_, *lawBook(), *today, clockOf(told.id, "consider"), appealNow(told.id));
  EXPECT_EQ(other->destination, "zher");
  on("2026-03-19T05:00:00Z");
  EXPECT_EQ(breachesOf("minfin"), 2) << "both run past their day";
  good(told, order("notify", "registrar"));
  EXPECT_FALSE(owes(told, kMinfinBin));
  EXPECT_EQ(clockOf(told.id, "forward_notice").status, "missed");
  EXPECT_EQ(breachesOf("minfin"), 2) << "one was missed, one runs";
  EXPECT_EQ(breachesOf("zher"), 0);
}

TEST_F(ForwardTermTest, ItMayBeRecordedWhateverTheNextBodyDidMeanwhile) {
  const auto appeal = delivered("n-3");
  good(appeal, "start_work", "executor");
  forwardSigned(appeal);
  on("2026-03-18T05:00:00Z");
  good(appeal, orderTo("zher", "forward_whole"));
  good(appeal, giveTo("zh-01"));
  good(appeal, "start_work", "executor");
  decided(appeal, decision("act_favourable", "Акт исправлен."));
  good(appeal, order("notify", "registrar"));
  EXPECT_EQ(clockOf(appeal.id, "forward_notice").status, "met");
}

TEST_F(ForwardTermTest, WhoDeclinesByAClientOfItsOwnIsNamedAsTheBody) {
  const auto appeal = delivered("m-1");
  on("2026-03-18T05:00:00Z");
  auto decline = order("decline_competence", "agency", "Вопрос о земле");
  ASSERT_TRUE(work_->act(appeal, decline, system_).ok());
  const auto rows = misroutedReport(*store_, *lawBook(), std::nullopt, std::nullopt, limits_);
  ASSERT_TRUE(rows.ok());
  ASSERT_EQ(rows->size(), 1U);
  EXPECT_EQ((*rows)[0].way.refused_by, "minfin") << "not the name of the client";
}

// The applicant named the wrong body; the act route sends it on as the desk's own order does.
TEST_F(ForwardTermTest, AfterTheAddresseeTheActRouteGivesTheNextBodyATermOfItsOwn) {
  const auto appeal = accepted("r-1");
  toAddressee(appeal);
  on("2026-03-18T05:00:00Z");
  ASSERT_TRUE(
      work_->act(appeal, order("decline_competence", "agency", "Вопрос о земле"), system_).ok());
  on("2026-03-19T05:00:00Z");
  auto route = order("route", "registrar");
  route.body = "zher";
  good(appeal, route);
  on("2026-03-26T05:00:00Z");
  arrive(appeal);
  EXPECT_EQ(term(appeal), (Terms{"2026-03-20 missed", "2026-03-31 running"}));
}

// The hub chose the body and could not deliver for days: what ran out on the way is no breach of the body's.
TEST_F(ForwardTermTest, ABodyIsNotChargedBeforeItHasTheAppeal) {
  const auto appeal = accepted("d-1");
  on(kLate);
  const auto today = *parseDate("2026-03-26");
  EXPECT_EQ(breachesOf("minfin"), 0);
  EXPECT_EQ(breachesOf("-"), 1) << "whoever runs the hub is late";
  auto owed =
      asOwed(*store_, *lawBook(), today, clockOf(appeal.id, "forward"), appealNow(appeal.id));
  EXPECT_EQ(owed->destination, "");
  EXPECT_EQ(owed->body_bin, "");
  arrive(appeal);
  EXPECT_EQ(term(appeal), (Terms{"2026-03-20 missed", "2026-03-31 running"}));
  EXPECT_EQ(breachesOf("minfin"), 0) << "it got it after that day";
  EXPECT_EQ(breachesOf("-"), 1);
  owed = asOwed(*store_, *lawBook(), today, clockOf(appeal.id, "forward"), appealNow(appeal.id));
  EXPECT_EQ(owed->destination, "minfin");
  on("2026-04-01T05:00:00Z");
  good(appeal, "start_work", "executor");
  good(appeal, order("forward_prepare", "executor", "Вопрос о земле"));
  EXPECT_EQ(breachesOf("minfin"), 1) << "its own three days are over";
  EXPECT_EQ(breachesOf("-"), 1);
}

// What no body ever had is charged to none, whatever became of it before the delivery; and not in the list of what is
// overdue, either.
TEST_F(ForwardTermTest, WhatEndedBeforeItReachedABodyIsNobodys) {
  const auto withdrawn = accepted("d-6"), ended = accepted("d-7"), had = delivered("d-8");
  for (const auto& appeal : {withdrawn, ended, had}) {
    good(appeal, order("withdraw", "applicant"));
  }
  const auto owed = [&](const store::AppealRow& appeal, const char* clock, const char* day) {
    const auto row = asOwed(*store_, *lawBook(), *parseDate(day), clockOf(appeal.id, clock),
                            appealNow(appeal.id));
    return row.ok() ? row->destination : row.error().code;
  };
  EXPECT_EQ(owed(withdrawn, "consider", "2026-04-20"), "");
  EXPECT_EQ(owed(withdrawn, "consider", "2026-03-20"), "minfin") << "it is not over yet";
  EXPECT_EQ(owed(had, "consider", "2026-04-20"), "minfin");
  // Its people answer the withdrawal: they have it by that.
  on("2026-03-17T06:00:00Z");
  good(ended, "withdrawal_prepare", "executor");
  good(ended, "withdrawal_agree", "controller");
  auto sign = order("withdrawal_accept", kHead);
  sign.official = kHeadsName;
  good(ended, sign);
  EXPECT_EQ(owed(ended, "termination_notice", "2026-04-20"), "minfin");
  // The act of the hub alone tells nothing of a body.
  const auto silent = accepted("d-9");
  on("2026-04-13T05:00:00Z");
  ASSERT_TRUE(work_->deemRefusals().ok());
  ASSERT_EQ(appealNow(silent.id).state, "deemed_refused");
  EXPECT_EQ(owed(silent, "consider", "2026-04-20"), "");
  // Nor is the hub's silence that of people who work on it after the refusal, which they may.
  on("2026-04-14T05:00:00Z");
  good(silent, "decision_prepare", "executor");
  EXPECT_EQ(store_->hadOn(silent.id, "2026-04-13").value(), "");
  EXPECT_EQ(store_->hadOn(silent.id, "2026-04-14").value(), "minfin");
}

TEST_F(ForwardTermTest, WhatReachesTheAddresseeAfterTheTermIsASecondOneToo) {
  const auto within = accepted("d-2"), after = accepted("d-3");
  toAddressee(within);
  toAddressee(after);
  on("2026-03-19T05:00:00Z");
  arrive(within);
  EXPECT_EQ(term(within), Terms{"2026-03-20 running"}) << "the hub receives for the addressee";
  on(kLate);
  arrive(after);
  EXPECT_EQ(term(after), (Terms{"2026-03-20 missed", "2026-03-31 running"}));
  good(within, order("forward_prepare", "executor", "Вопрос о земле"));
  EXPECT_EQ(breachesOf("minfin"), 1) << "of the one that it had on that day";
  EXPECT_EQ(breachesOf("-"), 1);
}

// Who forwards in time is not charged with the hub's delivery to the next body, nor is that body.
TEST_F(ForwardTermTest, WhatIsForwardedAndNotDeliveredIsTheHubs) {
  const auto appeal = delivered("d-4");
  good(appeal, "start_work", "executor");
  forwardSigned(appeal);
  on("2026-03-18T05:00:00Z");
  good(appeal, orderTo("zher", "forward_whole"));
  good(appeal, order("notify", "registrar"));
  on("2026-03-27T05:00:00Z");
  EXPECT_EQ(breachesOf("minfin"), 0);
  EXPECT_EQ(breachesOf("zher"), 0);
  EXPECT_EQ(breachesOf("-"), 1);
  arrive(appeal);
  EXPECT_EQ(breachesOf("minfin"), 0);
  EXPECT_EQ(breachesOf("zher"), 0);
  EXPECT_EQ(breachesOf("-"), 1);
}

// APPC 65(3), 76(2): the next body's fifteen days start when it gets the appeal, not when it was sent there.
TEST_F(ForwardTermTest, TheNextBodyConsidersFromItsArrival) {
  const auto first = accepted("n-1"), sent = delivered("n-2"), silent = delivered("n-3"),
             whole = delivered("n-4");
  const auto considers = [&](const store::AppealRow& appeal) {
    return daysOf(appeal.id, "consider");
  };
  for (const auto& appeal : {sent, silent, whole}) {
    good(appeal, "start_work", "executor");
    forwardSigned(appeal);
  }
  on("2026-03-18T05:00:00Z");
  for (const auto& appeal : {sent, silent}) good(appeal, orderTo("zher", "forward_whole"));
  auto split = orderTo("zher", "forward_part");
  split.reason = "Вопрос о земле";
  good(whole, split);
  EXPECT_EQ(considers(sent).back(), "2026-04-13 running");
  const auto part = **store_->findByNumber(whole.reg_number + "/1");
  on(kLate);
  for (const auto& appeal : {first, sent, part}) arrive(appeal);
  EXPECT_EQ(considers(first), Terms{"2026-04-10 running"}) << "the applicant's days, 76(1)";
  for (const auto& appeal : {sent, part}) {
    const auto terms = considers(appeal);
    ASSERT_GE(terms.size(), 2U);
    EXPECT_EQ(terms[terms.size() - 2], "2026-04-13 cancelled");
    EXPECT_EQ(terms.back(), "2026-04-16 running");
    EXPECT_EQ(appealNow(appeal.id).due_date, "2026-04-16");
    const auto events = eventsOf(appeal.id);
    const auto told = std::find_if(events.begin(), events.end(), [](const auto& event) {
      return event.type == "term_restarted";
    });
    ASSERT_NE(told, events.end());
    EXPECT_NE(told->text_ru.find("срок ответа до 16.04.2026"), std::string::npos);
  }
  on("2026-04-14T05:00:00Z");
  ASSERT_TRUE(work_->deemRefusals().ok());
  EXPECT_NE(appealNow(sent.id).state, "deemed_refused");
  ASSERT_EQ(appealNow(silent.id).state, "deemed_refused");
  // A refusal that was presumed before stays.
  const auto before = considers(silent);
  auto written = store_->write([&](store::Tx& tx) {
    auto appeal = appealNow(silent.id);
    return followDelivery(tx, *lawBook(), appeal, clock_.now());
  });
  ASSERT_TRUE(written.ok());
  EXPECT_EQ(considers(silent), before);
  EXPECT_EQ(appealNow(silent.id).due_date, silent.due_date.empty() ? "" : "2026-04-13");
  on("2026-04-17T05:00:00Z");
  ASSERT_TRUE(work_->deemRefusals().ok());
  EXPECT_EQ(appealNow(sent.id).state, "deemed_refused");
}

// 91(4): three days of the body complained of, not of the hub that could not deliver.
TEST_F(ForwardTermTest, TheDaysToSatisfyAComplaintStartWithItsArrival) {
  const auto late = atBodyComplainedOf("u-1"), addressed = atBodyComplainedOf("u-2"),
             over = atBodyComplainedOf("u-3");
  const auto days = [&](const store::AppealRow& appeal) { return daysOf(appeal.id, "send_up"); };
  ASSERT_EQ(days(late), Terms{"2026-03-20 running"});
  toAddressee(addressed);
  toAddressee(over);
  on("2026-03-19T05:00:00Z");
  arrive(addressed);
  EXPECT_EQ(days(addressed), Terms{"2026-03-20 running"}) << "the hub receives for the addressee";
  on(kLate);
  for (const auto& appeal : {late, over}) {
    arrive(appeal);
    EXPECT_EQ(days(appeal), (Terms{"2026-03-20 missed", "2026-03-31 running"}));
    EXPECT_EQ(daysOf(appeal.id, "consider").size(), 1U);
  }
  EXPECT_EQ(breachesOf("minfin"), 1) << "of the one that it had";
  good(late, "start_work", "executor");
  good(late, order("satisfy_prepare", "executor", "Согласны"));
}

// 91(2): who was silent is counted, though it decides later.
// Its three days came with the complaint, a day after it was sent there: they are its own whatever it missed.
TEST_F(ForwardTermTest, WhatComesOvernightFromAnotherBodyGoesUpAfterThePresumedRefusal) {
  const auto appeal = ofKind("complaint", "u-4");
  arrive(appeal);
  good(appeal, "start_work", "executor");
  forwardSigned(appeal);
  on("2026-03-18T05:00:00Z");
  good(appeal, orderTo("akimat", "forward_whole"));
  on("2026-03-19T05:00:00Z");
  arrive(appeal);
  ASSERT_EQ(daysOf(appeal.id, "send_up").back(), "2026-03-27 running");
  on("2026-06-01T05:00:00Z");
  ASSERT_GE(*work_->deemRefusals(), 1);
  ASSERT_EQ(appealNow(appeal.id).state, "deemed_refused");
  good(appeal, order("send_to_higher", kHead, "Нарочным"));
  EXPECT_EQ(appealNow(appeal.id).state, "sent_to_higher");
}

// Directed elsewhere on the day of the receipt, before anybody had it: no other body considered it, 76(1).
TEST_F(ForwardTermTest, WhatNoOtherBodyHadIsConsideredFromItsReceipt) {
  const auto appeal = accepted("n-5");
  const Reception desk(*store_, currentLaw(), limits_, clock_, "hub",
                       {[this](const std::string& alias) { return connected_.count(alias) > 0; }});
  const auto routed = desk.direct(appeal, {"akimat", "Система органа отключена"}, desk_);
  ASSERT_TRUE(routed.ok()) << routed.error().text;
  const auto before = daysOf(appeal.id, "consider");
  on(kLate);
  arrive(appeal);
  EXPECT_EQ(daysOf(appeal.id, "consider"), before);
  EXPECT_EQ(before, Terms{"2026-04-10 running"});
}

TEST_F(ForwardTermTest, ADeemedRefusalIsCountedWhateverComesAfterIt) {
  const auto decided_late = delivered("y-1");
  on("2026-04-20T05:00:00Z");
  ASSERT_TRUE(work_->deemRefusals().ok());
  ASSERT_EQ(appealNow(decided_late.id).state, "deemed_refused");
  EXPECT_EQ(appealNow(decided_late.id).decided_on, "2026-04-11");
  const auto counted = [&](const std::string& body) {
    const auto today = toLocal(clock_.now(), "Asia/Almaty");
    const auto rows = disciplineReport(*store_, *lawBook(), {}, "body", today->date);
    for (const auto& row : *rows) {
      if (row.group == body) return row.deemed_refused;
    }
    return std::int64_t{0};
  };
  EXPECT_EQ(counted("minfin"), 1);
  on("2026-04-21T05:00:00Z");
  decisionAgreed(decided_late);
  good(decided_late, decision("act_favourable", "Налог пересчитан."));
  const auto now = appealNow(decided_late.id);
  EXPECT_EQ(now.decision_outcome, "act_favourable");
  EXPECT_EQ(now.decided_on, "2026-04-21");
  EXPECT_EQ(counted("minfin"), 1);
  on("2026-04-28T05:00:00Z");
  if (appealNow(decided_late.id).state == "decision_signed") {
    good(decided_late, "deliver_decision", "registrar");
  }
  EXPECT_EQ(appealNow(decided_late.id).decided_on, "2026-04-21") << "not the delivery";
}

// 64(9): a withdrawal ends the case; what was missed before it stays missed.
TEST_F(ForwardTermTest, AWithdrawalHidesNoBreachThatWasThereBefore) {
  const auto late = taken(stray(taxAppeal("w-1"))), early = taken(stray(taxAppeal("w-2")));
  ASSERT_EQ(late.state, "awaiting_routing");
  good(early, order("withdraw", "applicant"));
  on(kLate);
  EXPECT_EQ(breachesOf("-"), 1) << "nobody had to go on with the one that was withdrawn";
  good(late, order("withdraw", "applicant"));
  EXPECT_EQ(breachesOf("-"), 1);
  for (const auto& appeal : {late, early}) {
    good(appeal, "withdrawal_prepare", "executor");
    good(appeal, "withdrawal_agree", "controller");
    EXPECT_EQ(breachesOf("-"), 1);
    auto sign = order("withdrawal_accept", kHead);
    sign.official = kHeadsName;
    good(appeal, sign);
  }
  EXPECT_EQ(term(late), Terms{"2026-03-20 missed"});
  EXPECT_EQ(term(early), Terms{"2026-03-20 cancelled"});
  EXPECT_EQ(breachesOf("-"), 1);
}

// Before decision 18 the hub's delivery ended the term for good, and the next body got none.
TEST_F(ForwardTermTest, WhatBeganBeforeTheBodyHadTheAppealIsReckonedAnew) {
  const auto in_time = accepted("o-1"), late = accepted("o-2");
  for (const auto& appeal : {in_time, late}) {
    ASSERT_TRUE(
        store_->write([&](store::Tx& tx) { return tx.setClockStatus(appeal.id, "forward", "met"); })
            .ok());
    arrive(appeal);
    on("2026-03-18T05:00:00Z");
    ASSERT_TRUE(store_
                    ->write([&](store::Tx& tx) -> Status {
                      auto row = *tx.appeal(appeal.id);
                      row.state = "routed";
                      row.destination = "zher";
                      row.body_bin = lawBook()->bodyByAlias("zher", *parseDate("2026-03-18"))->bin;
                      return tx.updateAppeal(row);
                    })
                    .ok());
    on("2026-03-26T05:00:00Z");
    auto routed = makeEvent(appeal.id, "routed", clock_.now(), "operator:desk", "awaiting_routing",
                            "routed", "operator");
    ASSERT_TRUE(store_->write([&](store::Tx& tx) { return tx.addEvent(routed); }).ok());
    auto came = makeEvent(appeal.id, "delivered", clock_.now(), "hub", "routed", "assigned");
    ASSERT_TRUE(store_
                    ->write([&](store::Tx& tx) -> Status {
                      if (auto s = tx.addEvent(came); !s) return s;
                      return tx.setAppealState(appeal.id, "assigned", clock_.now());
                    })
                    .ok());
    clock_.set(instant("2026-03-17T05:00:00Z"));
  }
  on("2026-03-27T05:00:00Z");
  good(in_time, order("forward_prepare", "executor", "Вопрос о налогах"));
  EXPECT_EQ(term(in_time), (Terms{"2026-03-20 met", "2026-03-31 running"}))
      << "three days from its arrival there";
  on("2026-04-02T05:00:00Z");
  ASSERT_TRUE(
      work_->act(late, order("decline_competence", "agency", "Вопрос о налогах"), system_).ok());
  EXPECT_EQ(term(late), (Terms{"2026-03-20 met", "2026-03-31 running"}));
  good(late, orderTo("minfin", "route"));
  on("2026-04-03T05:00:00Z");
  arrive(late);
  EXPECT_EQ(term(late), (Terms{"2026-03-20 met", "2026-03-31 missed", "2026-04-08 running"}));
}

TEST_F(ForwardTermTest, MisroutedTellsOfForwardingsAndOfRefusalsForWantOfCompetence) {
  const auto forwarded = delivered("m-2"), refused = accepted("m-3"), damaged = accepted("m-4");
  good(forwarded, "start_work", "executor");
  forwardSigned(forwarded);
  on("2026-03-18T05:00:00Z");
  good(forwarded, orderTo("zher", "forward_whole"));
  for (const auto& [appeal, code] : {std::pair(refused, "adapter.not_competent"),
                                     std::pair(damaged, "adapter.refused_by_agency")}) {
    const auto event = makeEvent(appeal.id, "delivery_refused", clock_.now(), "hub", "routed",
                                 "awaiting_routing", code);
    ASSERT_TRUE(store_
                    ->write([&](store::Tx& tx) -> Status {
                      if (auto s = tx.addEvent(event); !s) return s;
                      return tx.setAppealState(appeal.id, "awaiting_routing", clock_.now());
                    })
                    .ok());
  }
  const auto rows = misroutedReport(*store_, *lawBook(), std::nullopt, std::nullopt, limits_);
  ASSERT_TRUE(rows.ok());
  ASSERT_EQ(rows->size(), 2U) << "what was damaged may be its own";
  for (const auto& row : *rows) {
    EXPECT_EQ(row.way.refused_by, "minfin");
    const bool went_on = row.way.then_to == "zher";
    EXPECT_EQ(row.way.then_to, went_on ? "zher" : "");
    EXPECT_EQ(row.last_number, (went_on ? forwarded : refused).reg_number);
    EXPECT_FALSE(row.way.rule.empty());
    EXPECT_NE(row.way.rule, "procedure") << "the row that chose the body that forwarded it";
  }
}

class ForwardTermOfSystemsTest : public InboundWorld {
 protected:
  std::vector<std::string> afterStatus(const std::string& id,
                                       const std::vector<std::string>& statuses) {
    clock_.set(instant("2026-03-17T05:00:00Z"));
    const auto appeal = taken(taxAppeal(id));
    EXPECT_EQ(apply(statusItem(id + "-0", appeal, "delivered")), "");
    clock_.set(instant(kLate));
    return termsAfter(id, appeal, statuses);
  }
  std::vector<std::string> termsAfter(const std::string& id, const store::AppealRow& appeal,
                                      const std::vector<std::string>& statuses) {
    int n = 0;
    for (const auto& status : statuses) {
      const auto item = id + "-" + std::to_string(++n);
      EXPECT_EQ(apply(statusItem(item, appeal, status)), "") << status;
    }
    std::vector<std::string> days;
    for (const auto& clock : clocksOf(appeal.id)) {
      if (clock.name == "forward") days.push_back(clock.due_date + " " + clock.status);
    }
    return days;
  }
};

TEST_F(ForwardTermOfSystemsTest, WhatItsSystemTellsOfSaysWhoseItIs) {
  EXPECT_EQ(afterStatus("s-1", {"assigned"}), Terms{"2026-03-20 running"});
  EXPECT_EQ(afterStatus("s-2", {"registered"}), Terms{"2026-03-20 cancelled"});
  EXPECT_EQ(afterStatus("s-3", {"hearing_notified"}), Terms{"2026-03-20 cancelled"});
  EXPECT_EQ(afterStatus("s-4", {"forwarded"}), Terms{"2026-03-20 missed"});
  EXPECT_EQ(afterStatus("s-5", {"in_work", "forwarded"}),
            (Terms{"2026-03-20 cancelled", "2026-03-20 missed"}));
  EXPECT_EQ(afterStatus("s-6", {"in_work", "refused"}),
            (Terms{"2026-03-20 cancelled", "2026-03-20 running"}));
}

// The answer to the delivery was lost: the body's word is the first that tells of its arrival.
TEST_F(ForwardTermOfSystemsTest, AWordOfItsSystemTellsThatItHasTheAppeal) {
  clock_.set(instant("2026-03-17T05:00:00Z"));
  const auto silent = taken(taxAppeal("l-1")), told = taken(taxAppeal("l-2")),
             gone = taken(taxAppeal("l-3"));
  clock_.set(instant(kLate));
  EXPECT_EQ(termsAfter("l-1", silent, {"assigned"}),
            (Terms{"2026-03-20 missed", "2026-03-31 running"}));
  EXPECT_EQ(termsAfter("l-3", gone, {"registered", "forwarded"}),
            (Terms{"2026-03-20 missed", "2026-03-31 met", "2026-03-31 met"}));
  auto item = statusItem("l-2-0", told, "delivered", {}, "2026-03-17T11:00:00+05:00");
  EXPECT_EQ(apply(item), "");
  EXPECT_EQ(termsAfter("l-2", told, {}), Terms{"2026-03-20 running"}) << "since the day it names";
}

TEST_F(ForwardTermOfSystemsTest, AWordOfItsSystemTellsSoWhileAWithdrawalWaits) {
  clock_.set(instant("2026-03-17T05:00:00Z"));
  const auto appeal = taken(taxAppeal("l-4"));
  auto event = makeEvent(appeal.id, "acted", clock_.now(), "applicant:portal", "routed",
                         "withdrawn", "withdraw");
  ASSERT_TRUE(store_
                  ->write([&](store::Tx& tx) -> Status {
                    if (auto s = tx.addEvent(event); !s) return s;
                    return tx.setAppealState(appeal.id, "withdrawn", clock_.now());
                  })
                  .ok());
  clock_.set(instant("2026-03-18T05:00:00Z"));
  EXPECT_EQ(termsAfter("l-4", appeal, {"assigned"}),
            (Terms{"2026-03-20 met", "2026-03-26 running"}));
  EXPECT_EQ(store_->appeal(appeal.id)->state, "withdrawn");
  EXPECT_EQ(termsAfter("l-5", appeal, {"withdrawal_refused"}),
            (Terms{"2026-03-20 met", "2026-03-26 running"}));
  EXPECT_EQ(store_->appeal(appeal.id)->state, "assigned") << "it has the appeal";
}

// Its clock goes wrong, or it knows the day alone: it still owes the notice of its own forwarding.
TEST_F(ForwardTermOfSystemsTest, TheNoticeIsOwedByTheBodyThatTellsOfTheForwarding) {
  const auto sent = [&](const char* alias, const char* at) {
    clock_.set(instant(at));
    ASSERT_TRUE(store_
                    ->write([&](store::Tx& tx) -> Status {
                      store::MessageRow message{
                          newUuid7(clock_.now()), appeal_.id, "appeal/1", "out", alias,
                          clock_.now(),           "<x/>"};
                      if (auto s = tx.addMessage(message); !s) return s;
                      store::OutboxRow row;
                      row.message_id = message.message_id;
                      row.destination = alias;
                      row.appeal = appeal_.id;
                      row.type = "appeal/1";
                      row.state = store::OutboxState::kDelivered;
                      row.created_at = row.next_at = clock_.now();
                      auto added = tx.addOutbox(row);
                      if (!added) return added.status();
                      auto routed = makeEvent(appeal_.id, "routed", clock_.now(), "operator:desk",
                                              "awaiting_routing", "routed", "operator");
                      if (auto s = tx.addEvent(routed); !s) return s;
                      auto appeal = *tx.appeal(appeal_.id);
                      appeal.destination = alias;
                      appeal.state = "assigned";
                      return tx.updateAppeal(appeal);
                    })
                    .ok());
  };
  sent("zher", "2026-03-18T05:00:00Z");
  sent("minfin", "2026-03-19T09:00:00Z");
  clock_.set(instant("2026-03-19T12:00:00Z"));
  EXPECT_EQ(apply(statusItem("k-1", appeal_, "forwarded", {}, "2026-03-19T00:00:00+05:00")), "");
  const auto notice = clockOf(appeal_.id, "forward_notice");
  const auto had = hadBefore(*store_, appealNow(appeal_.id), notice.start_at);
  ASSERT_TRUE(had.ok());
  EXPECT_EQ(*had, "minfin") << "not zher, which had it at the midnight that minfin names";
}

}  // namespace
}  // namespace hub::exchange::testing
