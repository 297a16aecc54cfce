// Goal: the body's own three days to forward what is not its own (APPC 65(1)): open until the body takes the appeal up,
// missed by a forwarding or a refusal that comes late, and by nothing else; and who is charged with it.
#include "hub/exchange/answered_deliveries.h"
#include "hub/exchange/arrival.h"
#include "hub/exchange/case_reports.h"
#include "hub/exchange/event_texts.h"
#include "hub/exchange/forwarder.h"
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
    auto written = store_->write([&](store::Tx& tx) -> Status {
      if (auto s = followDelivery(tx, *lawBook(), appeal, clock_.now()); !s) return s;
      if (auto s = appealWasDelivered(tx, appeal); !s) return s;
      return tx.setAppealState(appeal.id, "assigned", clock_.now());
    });
    EXPECT_TRUE(written.ok());
    return appealNow(appeal.id);
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
  ASSERT_TRUE(store_
                  ->write([&](store::Tx& tx) {
                    return followDelivery(tx, *lawBook(), appealNow(appeal.id), clock_.now());
                  })
                  .ok());
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
  ASSERT_TRUE(store_
                  ->write([&](store::Tx& tx) {
                    return followDelivery(tx, *lawBook(), appealNow(appeal.id), clock_.now());
                  })
                  .ok());
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
  const auto named =
      makeEvent(appeal.id, "routed", clock_.now(), "hub", "registered", "routed", "addressee");
  ASSERT_TRUE(store_->write([&](store::Tx& tx) { return tx.addEvent(named); }).ok());
  on("2026-03-18T05:00:00Z");
  ASSERT_TRUE(
      work_->act(appeal, order("decline_competence", "agency", "Вопрос о земле"), system_).ok());
  on("2026-03-19T05:00:00Z");
  auto route = order("route", "registrar");
  route.body = "zher";
  good(appeal, route);
  on("2026-03-26T05:00:00Z");
  ASSERT_TRUE(store_
                  ->write([&](store::Tx& tx) {
                    return followDelivery(tx, *lawBook(), appealNow(appeal.id), clock_.now());
                  })
                  .ok());
  EXPECT_EQ(term(appeal), (Terms{"2026-03-20 missed", "2026-03-31 running"}));
}

class ForwardTermOfSystemsTest : public InboundWorld {
 protected:
  std::vector<std::string> afterStatus(const std::string& id,
                                       const std::vector<std::string>& statuses) {
    clock_.set(instant("2026-03-17T05:00:00Z"));
    const auto appeal = taken(taxAppeal(id));
    clock_.set(instant(kLate));
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
  EXPECT_EQ(afterStatus("s-1", {"delivered", "assigned"}), Terms{"2026-03-20 running"});
  EXPECT_EQ(afterStatus("s-2", {"delivered", "registered"}), Terms{"2026-03-20 cancelled"});
  EXPECT_EQ(afterStatus("s-3", {"delivered", "hearing_notified"}), Terms{"2026-03-20 cancelled"});
  EXPECT_EQ(afterStatus("s-4", {"delivered", "forwarded"}), Terms{"2026-03-20 missed"});
  EXPECT_EQ(afterStatus("s-5", {"delivered", "in_work", "forwarded"}),
            (Terms{"2026-03-20 cancelled", "2026-03-20 missed"}));
  EXPECT_EQ(afterStatus("s-6", {"delivered", "in_work", "refused"}),
            (Terms{"2026-03-20 cancelled", "2026-03-20 running"}));
}

}  // namespace
}  // namespace hub::exchange::testing
