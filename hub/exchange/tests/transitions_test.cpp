#include "hub/exchange/transitions.h"

#include <gtest/gtest.h>

#include "hub/exchange/answer_words.h"
#include "hub/exchange/event_texts.h"
#include "hub/model/codes.h"

namespace hub::exchange {
namespace {

using otinish::Outcome;
using store::OutboxState;

Instant at(int seconds) { return Instant(std::chrono::seconds(seconds)); }

TEST(BroughtNothing, OnlyWhatSurelySentNothing) {
  using enum Outcome;
  for (const char* code : {"adapter.files_go_on", "adapter.case_unknown", "transport.name_taken",
                           "hosting.busy", "transport.unreachable"}) {
    EXPECT_TRUE(broughtNothing(kRetry, code)) << code;
  }
  for (const char* code :
       {"adapter.files_follow", "transport.timeout", "adapter.http_status", "", "store.busy"}) {
    EXPECT_FALSE(broughtNothing(kRetry, code)) << code;
  }
  EXPECT_TRUE(broughtNothing(kMisconfigured, "adapter.bad_setting"));
  EXPECT_TRUE(broughtNothing(kUnsupported, "adapter.mapping_failed"));
  EXPECT_TRUE(broughtNothing(kRejected, "agency.not_ours"));
  EXPECT_FALSE(broughtNothing(kRejected, "transport.refused"));
  EXPECT_FALSE(broughtNothing(kFault, "hosting.busy")) << "of an outcome that it is not";
  EXPECT_FALSE(broughtNothing(kDone, ""));
  EXPECT_FALSE(broughtNothing(kPending, ""));
}

TEST(EventTexts, WithoutADateTheySayNone) {
  const Instant when{};
  for (const char* type : {"registered", "status_extended", "extension_notified", "term_moved"}) {
    const auto dated = makeEvent(1, type, when, "hub", "", "", "", "10.04.2026");
    EXPECT_NE(dated.text_en.find("10.04.2026"), std::string::npos) << type;
    const auto undated = makeEvent(1, type, when, "hub", "", "");
    for (const auto* text : {&undated.text_en, &undated.text_ru, &undated.text_kk}) {
      ASSERT_FALSE(text->empty()) << type;
      EXPECT_NE(text->back(), ' ') << *text;
      EXPECT_EQ(text->find("  "), std::string::npos) << *text;
    }
    EXPECT_EQ(undated.text_en.find(" until "), std::string::npos) << undated.text_en;
  }
  EXPECT_TRUE(isEventType("status_extended"));
  EXPECT_FALSE(isEventType("status_extended, no date"));
}

TEST(Transitions, EveryOutcomeHasItsStep) {
  EXPECT_EQ(afterOutcome(Outcome::kDone, 1).next, OutboxState::kDelivered);
  EXPECT_EQ(afterOutcome(Outcome::kPending, 1).next, OutboxState::kAwaiting);
  EXPECT_EQ(afterOutcome(Outcome::kRejected, 1).next, OutboxState::kRejected);
  EXPECT_EQ(afterOutcome(Outcome::kUnsupported, 1).next, OutboxState::kDead);
  EXPECT_EQ(afterOutcome(Outcome::kMisconfigured, 1).next, OutboxState::kDead);
  EXPECT_TRUE(afterOutcome(Outcome::kRetry, 1000).again) << "retries never end by themselves";
}

TEST(Transitions, FaultsAreTriedAgainThenKeptAsDeadLetter) {
  EXPECT_TRUE(afterOutcome(Outcome::kFault, 1).again);
  auto last = afterOutcome(Outcome::kFault, kFaultAttemptsMax);
  EXPECT_FALSE(last.again);
  EXPECT_EQ(last.next, OutboxState::kDead);
  EXPECT_EQ(afterOutcome(static_cast<Outcome>(99), 1).next, OutboxState::kDead);
}

TEST(Transitions, BackOffHasFullJitterACapAndRespectsTheHint) {
  Limits limits;
  limits.retry_ms_first = 1000;
  limits.retry_ms_max = 60'000;
  EXPECT_EQ(backOffMs(1, 0, 0.0, limits), 0);
  EXPECT_EQ(backOffMs(1, 0, 0.5, limits), 500);
  EXPECT_EQ(backOffMs(4, 0, 0.5, limits), 4000);
  EXPECT_LE(backOffMs(63, 0, 0.999, limits), 60'000);
  EXPECT_EQ(backOffMs(1, 30'000, 0.0, limits), 30'000);
  EXPECT_EQ(backOffMs(1, 999'999, 0.0, limits), 999'999) << "the agency knows better than our cap";
  EXPECT_EQ(backOffMs(1, 999'999'999, 0.0, limits), 6 * 3'600'000);
  EXPECT_EQ(backOffMs(1, -5, 0.0, limits), 0);
}

TEST(Transitions, AnAgencyCannotMoveAnAppealBackwards) {
  EXPECT_EQ(appealStateAfterStatus("routed", "delivered"), "assigned");
  EXPECT_EQ(appealStateAfterStatus("assigned", "registered"), "in_work");
  EXPECT_EQ(appealStateAfterStatus("in_work", "delivered"), std::nullopt);
  EXPECT_EQ(appealStateAfterStatus("extended", "in_work"), std::nullopt);
  EXPECT_EQ(appealStateAfterStatus("executed", "in_work"), std::nullopt);
  EXPECT_EQ(appealStateAfterStatus("assigned", "refused"), "awaiting_routing");
  EXPECT_EQ(appealStateAfterStatus("routed", "no-such-status"), std::nullopt);
}

TEST(Transitions, EveryStatusOfTheContractHasItsRow) {
  for (const auto& status : model::codes::kStatus.codes) {
    const auto next = appealStateAfterStatus("assigned", status);
    ASSERT_TRUE(next.has_value()) << status << " is late news for every appeal";
    EXPECT_TRUE(model::hasCode(model::codes::kState, *next)) << status << " to " << *next;
    EXPECT_TRUE(isEventType("status_" + std::string(status))) << status << " has no words";
  }
}

TEST(Transitions, StepsOfTheProcedureAreTakenFromWhereverTheAppealIsOpen) {
  for (const char* step : {"nonconforming_notice", "hearing_notified", "hearing_held"}) {
    EXPECT_EQ(appealStateAfterStatus("in_work", step), step);
    EXPECT_EQ(appealStateAfterStatus("extended", step), step);
    EXPECT_EQ(appealStateAfterStatus(step, "registered"), step) << "not undone by routine news";
    for (const char* open : {"withdrawn", "withdrawal_prepared", "withdrawal_agreed"}) {
      EXPECT_EQ(appealStateAfterStatus(open, step), open) << "not answered yet";
    }
    EXPECT_EQ(appealStateAfterStatus("decision_signed", step), "decision_signed");
    EXPECT_EQ(appealStateAfterStatus("executed", step), std::nullopt);
  }
  EXPECT_EQ(appealStateAfterStatus("hearing_held", "in_work"), "hearing_held");
  EXPECT_EQ(appealStateAfterStatus("nonconforming_notice", "in_work"), "in_work") << "cured";
  EXPECT_EQ(appealStateAfterStatus("hearing_held", "withdrawn"), "withdrawn");
  for (const char* open : {"withdrawn", "withdrawal_prepared", "withdrawal_agreed"}) {
    EXPECT_EQ(appealStateAfterStatus(open, "withdrawal_refused"), "withdrawal_refused");
    EXPECT_EQ(appealStateAfterStatus(open, "in_work"), open);
  }
  EXPECT_EQ(appealStateAfterStatus("in_work", "withdrawal_refused"), "in_work");
  EXPECT_EQ(appealStateAfterStatus("assigned", "not_registered"), "awaiting_routing");
}

TEST(Transitions, NewsOfTheBodysOwnOrderChangesNothing) {
  EXPECT_EQ(appealStateAfterStatus("routed", "assigned"), "assigned");
  EXPECT_EQ(appealStateAfterStatus("in_work", "assigned"), "in_work") << "another executor";
  EXPECT_EQ(appealStateAfterStatus("extended", "assigned"), "extended");
  EXPECT_EQ(appealStateAfterStatus("hearing_held", "assigned"), "hearing_held");
  EXPECT_EQ(appealStateAfterStatus("in_work", "term_changed"), "in_work");
  EXPECT_EQ(appealStateAfterStatus("executed", "term_changed"), std::nullopt);
  EXPECT_EQ(appealStateAfterStatus("in_work", "control_set"), "in_work");
  EXPECT_EQ(appealStateAfterStatus("executed", "control_removed"), "executed") << "APPC 86(3)";
  EXPECT_EQ(appealStateAfterStatus("awaiting_routing", "control_set"), std::nullopt);
}

TEST(Transitions, ADecisionEndsTheAppealOnce) {
  EXPECT_EQ(appealStateAfterDecision("in_work", "answered"), "executed");
  EXPECT_EQ(appealStateAfterDecision("in_work", "terminated"), "terminated");
  EXPECT_EQ(appealStateAfterDecision("executed", "answered"), "executed") << "a correction";
  EXPECT_EQ(appealStateAfterDecision("terminated", "answered"), std::nullopt);
}

TEST(Breaker, OpensAfterFailuresAndLetsOneTrialThrough) {
  Breaker breaker({.failures_to_open = 2, .open_ms_first = 1000, .open_ms_max = 4000});
  EXPECT_TRUE(breaker.allow(at(0)));
  breaker.failed(at(0));
  EXPECT_EQ(breaker.state(at(0)), "closed");
  breaker.failed(at(0));
  EXPECT_EQ(breaker.state(at(0)), "open");
  EXPECT_FALSE(breaker.allow(at(0)));
  EXPECT_EQ(breaker.retryAt(at(0)), at(1));
  EXPECT_EQ(breaker.state(at(1)), "half-open");
  EXPECT_TRUE(breaker.allow(at(1)));
  EXPECT_FALSE(breaker.allow(at(1))) << "one trial at a time";
  breaker.failed(at(1));
  EXPECT_FALSE(breaker.allow(at(2))) << "the second pause is longer";
  EXPECT_TRUE(breaker.allow(at(3)));
  breaker.succeeded();
  EXPECT_EQ(breaker.state(at(3)), "closed");
}

TEST(Breaker, APauseOfAClockThatWasAheadIsOver) {
  Breaker breaker({.failures_to_open = 1, .open_ms_first = 1000, .open_ms_max = 4000});
  breaker.failed(at(6 * 3600));
  EXPECT_EQ(breaker.state(at(6 * 3600)), "open");
  EXPECT_EQ(breaker.state(at(0)), "half-open");
  EXPECT_EQ(breaker.retryAt(at(0)), at(0));
  EXPECT_TRUE(breaker.allow(at(0)));
}

TEST(Breaker, PausesAreCapped) {
  Breaker breaker({.failures_to_open = 1, .open_ms_first = 1000, .open_ms_max = 4000});
  Instant now = at(0);
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(breaker.allow(now));
    breaker.failed(now);
    now = breaker.retryAt(now);
  }
  EXPECT_LE(breaker.retryAt(at(0)) - at(0), std::chrono::seconds(40));
}

}  // namespace
}  // namespace hub::exchange
