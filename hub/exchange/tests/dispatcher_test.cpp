#include "hub/exchange/dispatcher.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <new>
#include <set>
#include <thread>

#include "hub/base/ids.h"
#include "hub/base/log.h"
#include "hub/exchange/case_file.h"
#include "hub/exchange/event_texts.h"
#include "hub/exchange/outgoing.h"
#include "hub/exchange/quarantine.h"
#include "hub/exchange/retry.h"
#include "hub/exchange/term_news.h"
#include "hub/exchange/tests/agency_world.h"

namespace hub::exchange::testing {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using store::OutboxState;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class DispatcherTest : public AgencyWorld {
 protected:
  // An agency, its script and its loops.
  struct Desk {
    std::shared_ptr<Script> script = std::make_shared<Script>();
    std::unique_ptr<Agency> agency;
    std::unique_ptr<Dispatcher> dispatcher;
  };

  void SetUp() override {
    limits_.outbox_attempts_before_escalation = 3;
    limits_.retry_ms_first = 1'000;
    limits_.retry_ms_max = 60'000;
    World::SetUp();
    minfin_.script->collects = false;
    config_ = scriptedAgency("minfin", minfin_.script);
    // So high that only the breaker's own tests meet it.
    config_.failures_to_open = 1'000;
  }

  void open(Desk& desk, const AgencyConfig& config) {
    desk.agency = openAgency(config);
    ASSERT_NE(desk.agency, nullptr);
    desk.dispatcher = dispatcherOf(*desk.agency, inbound_);
  }
  // Runs the loops until so many deliveries (since the beginning) began and their results are
  // stored.
  void run(std::size_t deliveries) {
    if (!minfin_.agency) open(minfin_, config_);
    minfin_.dispatcher = dispatcherOf(*minfin_.agency, inbound_);
    minfin_.dispatcher->start();
    EXPECT_TRUE(minfin_.script->waitDelivered(deliveries));
    minfin_.dispatcher->stop();
    EXPECT_EQ(minfin_.script->delivered().size(), deliveries);
  }
  void answer(Outcome outcome, const std::string& code = {}) {
    minfin_.script->on_deliver = [outcome, code](const otinish::Message&) {
      return answerOf(outcome, code);
    };
  }
  // From now on the agency's system answers something to every call.
  void speak() {
    auto folder = folder_.file("agency");
    std::filesystem::create_directory(folder);
    std::ofstream(folder + "/answer") << "garbage";
    transport::EndpointConfig endpoint;
    endpoint.name = "main";
    endpoint.url = "file://" + folder;
    endpoint.security.name = "none";
    config_.endpoints = {endpoint};
    config_.start = [script = minfin_.script](
                        const hosting::AdapterConfig&, hosting::HostServices& host,
                        const Limits&) -> Result<std::unique_ptr<hosting::Adapter>> {
      script->before = [&host] {
        otinish::ExchangeRequest request;
        request.endpoint = "main";
        request.method = "GET";
        request.path = "answer";
        EXPECT_TRUE(
            host.exchange(request, std::chrono::steady_clock::now() + std::chrono::seconds(60)).ok);
      };
      return std::unique_ptr<hosting::Adapter>(std::make_unique<ScriptedAdapter>(script));
    };
  }
  // A first attempt with this outcome; the delivery as it stands then.
  store::OutboxRow afterFirst(Outcome outcome, const std::string& code = {}) {
    appeal_ = accepted("a-1");
    answer(outcome, code);
    run(1);
    return outboxOf(appeal_.id);
  }
  std::vector<store::AttemptRow> attemptsOf(store::RowId outbox) {
    auto rows = store_->attempts(outbox);
    return rows.ok() ? std::move(rows).value() : std::vector<store::AttemptRow>{};
  }
  std::int64_t journalSize() { return store_->head()->size; }
  bool due(Instant at) { return !store_->dueOutbox("minfin", at, 10)->empty(); }

  // "2026-03-20 running": of every term of the name, in their order.
  std::vector<std::string> clocksNamed(const std::string& name) {
    std::vector<std::string> days;
    for (const auto& clock : clocksOf(appeal_.id)) {
      if (clock.name == name) days.push_back(clock.due_date + " " + clock.status);
    }
    return days;
  }

  void withdrawn() {
    auto event = makeEvent(appeal_.id, "acted", clock_.now(), "applicant:portal", "routed",
                           "withdrawn", "withdraw");
    ASSERT_TRUE(store_
                    ->write([&](store::Tx& tx) -> Status {
                      if (auto s = tx.addEvent(event); !s) return s;
                      return tx.setAppealState(appeal_.id, "withdrawn", clock_.now());
                    })
                    .ok());
  }
  std::string stoodBefore() {
    auto file = readCase(*store_, lawBook(), appeal_.id, clock_);
    return file.ok() ? file->before : "?";
  }

  Inbound inbound_{limits_, model::IdentityCheck::kStrict, nullptr, &currentLaw()};
  Desk minfin_;
  AgencyConfig config_;
  store::AppealRow appeal_;
};

TEST_F(DispatcherTest, DoneIsDelivered) {
  auto row = afterFirst(Outcome::kDone);
  EXPECT_EQ(row.state, OutboxState::kDelivered);
  EXPECT_EQ(row.attempts, 1);
  EXPECT_EQ(appealNow(appeal_.id).state, "assigned");
  auto event = eventOf(appeal_.id, "delivered");
  EXPECT_EQ(event.from_state, "routed");
  EXPECT_EQ(event.to_state, "assigned");
  EXPECT_EQ(clockOf(appeal_.id, "forward").status, "running") << "the body's own to forward it";
  EXPECT_EQ(clockOf(appeal_.id, "consider").status, "running");
  auto attempts = attemptsOf(row.id);
  ASSERT_EQ(attempts.size(), 1u);
  EXPECT_EQ(attempts[0].outcome, static_cast<int>(Outcome::kDone));
  // What left is in the journal: same message, digest of what the adapter got.
  ASSERT_EQ(journalSize(), 2);
  auto record = store_->journal(1);
  ASSERT_TRUE(record.ok() && record->has_value());
  EXPECT_EQ((*record)->direction, "out");
  EXPECT_EQ((*record)->party, "minfin");
  EXPECT_EQ((*record)->message_id, row.message_id);
  EXPECT_EQ((*record)->body_sha256, event.payload_sha256);
  EXPECT_EQ(minfin_.script->delivered().front().body, (*store_->message(row.message_id))->body);
}

TEST_F(DispatcherTest, WhatAMessageDoesToTheHubDoesNotEndTheHub) {
  appeal_ = accepted("a-1");
  minfin_.script->on_deliver = [](const otinish::Message&) -> otinish::Answer {
    throw std::bad_alloc();
  };
  run(1);
  EXPECT_EQ(outboxOf(appeal_.id).state, OutboxState::kPending);
  answer(Outcome::kDone);
  run(2);
  EXPECT_EQ(outboxOf(appeal_.id).state, OutboxState::kDelivered);
  EXPECT_EQ(minfin_.script->delivered().back().attempt, 2) << "it may have got the first";
}

// Nobody waits for a result, so it shares the commit of another instead of having its own.
TEST_F(DispatcherTest, ResultsAreCommittedTogether) {
  store_.reset();
  store_options_.patience_us = 2'000'000'000;
  store_options_.patience_units_max = 2;
  openStore();
  accepted("a-1");
  accepted("a-2");
  answer(Outcome::kDone);
  config_.concurrency = 1;
  run(2);
  ASSERT_EQ(journalSize(), 4);
  EXPECT_EQ(store_->prove(2)->head.size, 4);
}

TEST_F(DispatcherTest, PendingWaitsForTheAnswer) {
  minfin_.script->on_deliver = [](const otinish::Message&) {
    auto said = answerOf(Outcome::kPending);
    said.external_id = "MF-7";
    return said;
  };
  appeal_ = accepted("a-1");
  run(1);
  auto row = outboxOf(appeal_.id);
  EXPECT_EQ(row.state, OutboxState::kAwaiting);
  EXPECT_EQ(row.external_id, "MF-7");
  EXPECT_EQ(appealNow(appeal_.id).state, "assigned");
  EXPECT_TRUE(hasEvent(appeal_.id, "delivered"));
  EXPECT_EQ(journalSize(), 2);
  auto ids = store_->externalIds(appeal_.id);
  ASSERT_TRUE(ids.ok());
  EXPECT_EQ(*ids, (std::vector<std::pair<std::string, std::string>>{{"minfin", "MF-7"}}));
  EXPECT_FALSE(due(clock_.now() + hours(24 * 365)));
}

TEST_F(DispatcherTest, AnAnswerThatDoesNotComeIsEscalatedOnce) {
  config_.await_hours_max = 12;
  auto row = afterFirst(Outcome::kPending);
  ASSERT_EQ(row.state, OutboxState::kAwaiting);
  EXPECT_EQ(row.next_at, clock_.now() + hours(12));
  clock_.advance(hours(12) - seconds(1));
  minfin_.dispatcher->escalateOverdue();
  EXPECT_FALSE(hasEvent(appeal_.id, "answer_overdue"));
  EXPECT_TRUE(store_->overdueCounts()->empty());
  clock_.advance(seconds(1));
  minfin_.dispatcher->escalateOverdue();
  row = outboxOf(appeal_.id);
  EXPECT_EQ(row.state, OutboxState::kAwaiting) << "the answer may still come";
  EXPECT_TRUE(row.escalated);
  EXPECT_EQ(row.last_code, "exchange.answer_overdue");
  EXPECT_NE(row.last_text.find("12 hours"), std::string::npos);
  auto event = eventOf(appeal_.id, "answer_overdue");
  EXPECT_EQ(event.reason, "exchange.answer_overdue");
  EXPECT_EQ(event.to_state, "assigned");
  auto counts = *store_->overdueCounts();
  ASSERT_EQ(counts.size(), 1u);
  EXPECT_EQ(counts[0].destination, "minfin");
  EXPECT_EQ(counts[0].count, 1);
  auto events = eventsOf(appeal_.id).size();
  clock_.advance(hours(48));
  minfin_.dispatcher->escalateOverdue();
  EXPECT_EQ(eventsOf(appeal_.id).size(), events) << "told once";
  EXPECT_FALSE(due(clock_.now())) << "only a person has it delivered again";
}

TEST_F(DispatcherTest, NobodyWaitsForAnAnswerOnceTheCaseIsOverOrElsewhere) {
  afterFirst(Outcome::kPending);
  queueAfter(appeal_.id, "withdrawal/1", OutboxState::kAwaiting);
  const auto other = accepted("a-2");
  run(2);
  clock_.advance(hours(25));
  minfin_.dispatcher->escalateOverdue();
  ASSERT_EQ(store_->overdueCounts()->at(0).count, 3);
  ASSERT_TRUE(store_
                  ->write([&](store::Tx& tx) -> Status {
                    auto over = *tx.appeal(appeal_.id), elsewhere = *tx.appeal(other.id);
                    over.state = "executed";
                    elsewhere.destination = "akimat";
                    if (auto s = tx.updateAppeal(over); !s) return s;
                    return tx.updateAppeal(elsewhere);
                  })
                  .ok());
  clock_.advance(hours(25));
  minfin_.dispatcher->escalateOverdue();
  EXPECT_TRUE(store_->overdueCounts()->empty());
  for (const auto id : {appeal_.id, other.id}) {
    const auto rows = store_->outboxOf(id).value();
    for (const auto& row : rows) {
      EXPECT_EQ(row.state, OutboxState::kDelivered);
      EXPECT_EQ(row.last_code, "exchange.case_over");
    }
  }
}

TEST_F(DispatcherTest, TheLoopLooksForOverdueAnswers) {
  afterFirst(Outcome::kPending);
  clock_.advance(hours(25));
  answer(Outcome::kDone);
  auto second = accepted("a-2");
  run(2);
  EXPECT_TRUE(hasEvent(appeal_.id, "answer_overdue"));
  EXPECT_FALSE(hasEvent(second.id, "answer_overdue"));
}

TEST_F(DispatcherTest, RetryBacksOffWithinTheWindow) {
  auto row = afterFirst(Outcome::kRetry, "transport.down");
  EXPECT_EQ(row.state, OutboxState::kRetryWait);
  EXPECT_EQ(row.attempts, 1);
  EXPECT_EQ(row.last_code, "transport.down");
  EXPECT_GE(row.next_at, clock_.now());
  EXPECT_LE(row.next_at, clock_.now() + milliseconds(limits_.retry_ms_first));
  EXPECT_EQ(appealNow(appeal_.id).state, "routed");
  EXPECT_FALSE(hasEvent(appeal_.id, "delivered"));
  EXPECT_EQ(journalSize(), 1) << "nothing reached the agency";
  EXPECT_TRUE(due(row.next_at));
}

// A mapping may give what an agency said any code.
TEST_F(DispatcherTest, OnlyTheHubsOwnWordsOfAFailureAreLogged) {
  static std::string log;
  const auto logged = [&](const std::string& source_id, std::size_t deliveries) {
    log.clear();
    setLogSink([](std::string_view line) {
      if (line.find("outbox.attempt_failed") != std::string_view::npos) log += line;
    });
    (void)accepted(source_id);
    run(deliveries);
    setLogSink(nullptr);
    return log;
  };
  minfin_.script->on_deliver = [](const otinish::Message&) {
    auto said = answerOf(Outcome::kRejected, "transport.timeout");
    said.text = "Үлгібаев is not known to us";
    return said;
  };
  EXPECT_THAT(logged("a-1", 1),
              AllOf(HasSubstr("transport.timeout"), Not(HasSubstr("known to us"))));

  transport::EndpointConfig drop;
  drop.name = "drop";
  drop.url = "file:///nowhere/at/all";
  config_.endpoints = {drop};
  minfin_.agency.reset();
  minfin_.script->on_deliver = [this](const otinish::Message&) {
    otinish::ExchangeRequest request;
    request.endpoint = "drop";
    request.method = "LIST";
    const auto failed = minfin_.agency->exchange(
        request, std::chrono::steady_clock::now() + std::chrono::minutes(1));
    auto said = answerOf(Outcome::kRejected, failed.code);
    said.text = "words of the adapter";
    return said;
  };
  EXPECT_THAT(logged("a-2", 2),
              AllOf(HasSubstr("transport.unreachable"), HasSubstr("the folder cannot be opened"),
                    Not(HasSubstr("words of the adapter"))));
}

TEST_F(DispatcherTest, TheAgencysHintIsKept) {
  minfin_.script->on_deliver = [](const otinish::Message&) {
    auto said = answerOf(Outcome::kRetry, "agency.busy");
    said.retry_after_ms = 30'000;
    return said;
  };
  appeal_ = accepted("a-1");
  run(1);
  auto row = outboxOf(appeal_.id);
  EXPECT_EQ(row.next_at, clock_.now() + seconds(30));
  EXPECT_FALSE(due(clock_.now() + milliseconds(29'999)));
  // Another appeal passes meanwhile; the waiting one is not touched before its time.
  answer(Outcome::kDone);
  auto other = accepted("a-2");
  run(2);
  EXPECT_EQ(outboxOf(appeal_.id).attempts, 1);
  EXPECT_EQ(outboxOf(other.id).state, OutboxState::kDelivered);
  clock_.advance(seconds(30));
  run(3);
  EXPECT_EQ(outboxOf(appeal_.id).state, OutboxState::kDelivered);
}

TEST_F(DispatcherTest, EveryAttemptCarriesTheSameMessageId) {
  appeal_ = accepted("a-1");
  answer(Outcome::kRetry, "transport.down");
  for (std::size_t i = 1; i <= 4; ++i) {
    run(i);
    clock_.advance(minutes(2));
  }
  auto delivered = minfin_.script->delivered();
  std::set<std::string> ids, bodies;
  for (const auto& message : delivered) {
    ids.insert(message.message_id);
    bodies.insert(message.body);
  }
  EXPECT_EQ(ids.size(), 1u);
  EXPECT_EQ(bodies.size(), 1u);
  EXPECT_EQ(delivered.back().attempt, 4);
  EXPECT_EQ(delivered.back().correlation_id, appeal_.hub_id);
  EXPECT_EQ(delivered.back().reg_number, appeal_.reg_number);
  auto attempts = attemptsOf(outboxOf(appeal_.id).id);
  ASSERT_EQ(attempts.size(), 4u);
  EXPECT_EQ(attempts.back().number, 4);
}

TEST_F(DispatcherTest, LongTroubleIsEscalatedOnceAndGoesOn) {
  appeal_ = accepted("a-1");
  answer(Outcome::kRetry, "transport.down");
  auto escalations = [this] {
    auto types = eventTypes(appeal_.id);
    return std::count(types.begin(), types.end(), "escalated");
  };
  for (std::size_t i = 1; i <= 5; ++i) {
    run(i);
    EXPECT_EQ(escalations(), i >= 3 ? 1 : 0) << "attempt " << i;
    clock_.advance(minutes(2));
  }
  auto row = outboxOf(appeal_.id);
  EXPECT_TRUE(row.escalated);
  EXPECT_EQ(row.state, OutboxState::kRetryWait) << "retries never end by themselves";
}

// The flag says that a person was told: it stands where the event does.
TEST_F(DispatcherTest, WhatWasSettledMeanwhileIsNotEscalated) {
  limits_.outbox_attempts_before_escalation = 1;
  appeal_ = accepted("a-1");
  minfin_.script->on_deliver = [this](const otinish::Message&) {
    EXPECT_TRUE(store_
                    ->write([this](store::Tx& tx) {
                      auto row = tx.outboxOf(appeal_.id)->front();
                      row.state = OutboxState::kDelivered;
                      return tx.updateOutbox(row);
                    })
                    .ok());
    return answerOf(Outcome::kRetry, "transport.down");
  };
  run(1);
  EXPECT_EQ(outboxOf(appeal_.id).state, OutboxState::kDelivered);
  EXPECT_FALSE(outboxOf(appeal_.id).escalated);
  EXPECT_FALSE(hasEvent(appeal_.id, "escalated"));
}

TEST_F(DispatcherTest, TheLastDayOfForwardingIsEscalatedAtOnce) {
  appeal_ = accepted("a-1");
  answer(Outcome::kRetry, "transport.down");
  clock_.set(instant("2026-03-20T05:00:00Z"));  // APPC 65(1): due on this day
  run(1);
  EXPECT_TRUE(hasEvent(appeal_.id, "escalated"));
}

TEST_F(DispatcherTest, DeliveredLateMissesTheForwardingTerm) {
  appeal_ = accepted("a-1");
  clock_.set(instant("2026-03-26T05:00:00Z"));
  answer(Outcome::kDone);
  run(1);
  // The body that the hub chose has three days of its own, APPC 65(1).
  EXPECT_EQ(clocksNamed("forward"),
            (std::vector<std::string>{"2026-03-20 missed", "2026-03-31 running"}));
}

TEST_F(DispatcherTest, ADayLaterTheHubsForwardingIsMetAndTheBodysOwnBegins) {
  appeal_ = accepted("a-1");
  clock_.set(instant("2026-03-18T05:00:00Z"));
  answer(Outcome::kDone);
  run(1);
  EXPECT_EQ(clocksNamed("forward"),
            (std::vector<std::string>{"2026-03-20 met", "2026-03-26 running"}));
}

// For the body that the applicant named the hub receives: its three days are those of the receipt, if it reaches it
// before they are over.
TEST_F(DispatcherTest, TheAddresseesTermToForwardRunsSinceTheReceipt) {
  auto named = taxAppeal("a-1");
  named.addressee_body.bin = kMinfinBin;
  appeal_ = taken(named);
  clock_.set(instant("2026-03-20T05:00:00Z"));
  answer(Outcome::kDone);
  run(1);
  EXPECT_EQ(clocksNamed("forward"), std::vector<std::string>{"2026-03-20 running"});
}

TEST_F(DispatcherTest, ATermThatWasOverBeforeItReachedTheAddresseeIsTheHubs) {
  auto named = taxAppeal("a-1");
  named.addressee_body.bin = kMinfinBin;
  appeal_ = taken(named);
  clock_.set(instant("2026-03-26T05:00:00Z"));
  answer(Outcome::kDone);
  run(1);
  EXPECT_EQ(clocksNamed("forward"),
            (std::vector<std::string>{"2026-03-20 missed", "2026-03-31 running"}));
  EXPECT_EQ(store_->hadOn(appeal_.id, "2026-03-20").value(), "");
  EXPECT_EQ(store_->hadOn(appeal_.id, "2026-03-26").value(), "minfin");
}

// 64(9): it waits for the answer to the withdrawal, and the body that has the appeal may have to forward it after that.
TEST_F(DispatcherTest, AWithdrawalOnTheWayKeepsNoTermFromItsBody) {
  appeal_ = accepted("a-1");
  withdrawn();
  clock_.set(instant("2026-03-18T05:00:00Z"));
  answer(Outcome::kDone);
  run(1);
  EXPECT_EQ(store_->appeal(appeal_.id)->state, "withdrawn");
  EXPECT_EQ(clocksNamed("forward"),
            (std::vector<std::string>{"2026-03-20 met", "2026-03-26 running"}));
  EXPECT_EQ(stoodBefore(), "assigned") << "there it goes on, if the withdrawal is declined";
}

TEST_F(DispatcherTest, WhatIsRefusedWhileItIsWithdrawnGoesBackToRoutingAfterIt) {
  appeal_ = accepted("a-1");
  withdrawn();
  answer(Outcome::kRetry, "transport.down");
  run(1);
  EXPECT_EQ(stoodBefore(), "routed");
  clock_.advance(minutes(2));
  answer(Outcome::kRejected, "agency.not_ours");
  run(2);
  EXPECT_EQ(store_->appeal(appeal_.id)->state, "withdrawn");
  EXPECT_EQ(stoodBefore(), "awaiting_routing");
}

TEST_F(DispatcherTest, NewsThatIsNoLongerTrueIsNotTold) {
  afterFirst(Outcome::kDone);
  ASSERT_TRUE(store_
                  ->write([&](store::Tx& tx) -> Status {
                    const auto appeal = *tx.appeal(appeal_.id);
                    for (const std::string& due : {std::string("2026-01-01"), appeal.due_date}) {
                      auto s = queueMessage(tx, termNews(appeal, due, "hub", clock_.now()),
                                            clock_.now());
                      if (!s) return s;
                    }
                    return {};
                  })
                  .ok());
  run(2);
  const auto told = minfin_.script->delivered().back();
  EXPECT_EQ(told.type, "status/1");
  EXPECT_NE(told.body.find("<until>" + appealNow(appeal_.id).due_date), std::string::npos);
  const auto rows = store_->outboxOf(appeal_.id).value();
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[1].state, OutboxState::kRejected);
  EXPECT_EQ(rows[1].last_code, "exchange.news_overtaken");
  EXPECT_EQ(rows[2].state, OutboxState::kDelivered);
  EXPECT_FALSE(hasEvent(appeal_.id, "message_refused"));
}

TEST_F(DispatcherTest, NewsOfAnAppealThatWentElsewhereIsNotTold) {
  afterFirst(Outcome::kMisconfigured);
  ASSERT_EQ(outboxOf(appeal_.id).state, OutboxState::kDead);
  ASSERT_TRUE(store_
                  ->write([&](store::Tx& tx) {
                    const auto appeal = *tx.appeal(appeal_.id);
                    return queueMessage(tx, termNews(appeal, appeal.due_date, "hub", clock_.now()),
                                        clock_.now());
                  })
                  .ok());
  // Another appeal shows that the loop has been there.
  accepted("a-2");
  run(2);
  EXPECT_EQ(minfin_.script->delivered().back().type, "appeal/1");
  EXPECT_EQ(store_->outboxOf(appeal_.id)->at(1).last_code, "exchange.news_overtaken");
}

TEST_F(DispatcherTest, ATermThatMovedMeanwhileIsToldOnceTheBodyHasTheAppeal) {
  config_.tell_term_changes = true;
  afterFirst(Outcome::kRetry, "transport.down");
  clock_.advance(minutes(5));
  ASSERT_TRUE(store_
                  ->write([&](store::Tx& tx) {
                    return tx.setAppealDue(appeal_.id, "2026-12-31", clock_.now());
                  })
                  .ok());
  answer(Outcome::kDone);
  run(3);
  const auto told = minfin_.script->delivered().back();
  EXPECT_EQ(told.type, "status/1");
  EXPECT_NE(told.body.find("<until>2026-12-31</until>"), std::string::npos) << told.body;
  EXPECT_EQ(store_->outboxOf(appeal_.id)->size(), 2u);
}

TEST_F(DispatcherTest, RejectedGoesBackToRouting) {
  auto row = afterFirst(Outcome::kRejected, "agency.not_ours");
  EXPECT_EQ(row.state, OutboxState::kRejected);
  EXPECT_EQ(appealNow(appeal_.id).state, "awaiting_routing");
  auto event = eventOf(appeal_.id, "delivery_refused");
  EXPECT_EQ(event.reason, "agency.not_ours");
  EXPECT_EQ(event.to_state, "awaiting_routing");
  EXPECT_EQ(journalSize(), 1);
  EXPECT_EQ(clockOf(appeal_.id, "forward").status, "running");
}

// The words of an agency may name a person: they stand with the delivery and in no log.
TEST_F(DispatcherTest, WhatAnAgencySaysIsNotLogged) {
  static std::mutex guard;
  static std::string log;
  log.clear();
  setLogSink([](std::string_view line) {
    const std::lock_guard lock(guard);
    log.append(line);
  });
  const std::string theirs = "Үлгібаев Әбілқайыр already has a case";
  appeal_ = accepted("a-1");
  minfin_.script->on_deliver = [theirs](const otinish::Message&) {
    auto answer = answerOf(Outcome::kRejected, "agency.not_ours");
    answer.text = theirs;
    return answer;
  };
  run(1);
  setLogSink(nullptr);
  EXPECT_EQ(outboxOf(appeal_.id).last_text, theirs);
  const std::lock_guard lock(guard);
  EXPECT_EQ(log.find(theirs), std::string::npos);
  EXPECT_NE(log.find("agency.not_ours"), std::string::npos) << log;
}

TEST_F(DispatcherTest, UnsupportedAndMisconfiguredAreDeadLetters) {
  auto row = afterFirst(Outcome::kUnsupported, "adapter.no_verb");
  EXPECT_EQ(row.state, OutboxState::kDead);
  EXPECT_EQ(eventOf(appeal_.id, "delivery_failed").reason, "adapter.no_verb");
  EXPECT_EQ(appealNow(appeal_.id).state, "routed");
  auto other = accepted("a-2");
  answer(Outcome::kMisconfigured, "adapter.bad_settings");
  run(2);
  EXPECT_EQ(outboxOf(other.id).state, OutboxState::kDead);
  EXPECT_TRUE(hasEvent(other.id, "delivery_failed"));
  EXPECT_FALSE(due(clock_.now() + hours(24 * 365)));
}

TEST_F(DispatcherTest, FaultIsTriedAgainThenDead) {
  appeal_ = accepted("a-1");
  answer(Outcome::kFault, "adapter.broken");
  for (int i = 1; i <= kFaultAttemptsMax; ++i) {
    run(static_cast<std::size_t>(i));
    auto row = outboxOf(appeal_.id);
    EXPECT_EQ(row.state, i < kFaultAttemptsMax ? OutboxState::kRetryWait : OutboxState::kDead);
    clock_.advance(minutes(2));
  }
  EXPECT_TRUE(hasEvent(appeal_.id, "delivery_failed"));
}

// An agency that was down, and what a person sends again, have their five, too.
TEST_F(DispatcherTest, OnlyFaultsInARowMakeADeadLetter) {
  appeal_ = accepted("a-1");
  std::size_t runs = 0;
  const auto once = [&](Outcome outcome) {
    answer(outcome, "adapter.broken");
    run(++runs);
    clock_.advance(hours(1));
    return outboxOf(appeal_.id).state;
  };
  for (int i = 1; i < kFaultAttemptsMax; ++i) {
    EXPECT_EQ(once(Outcome::kRetry), OutboxState::kRetryWait);
    EXPECT_EQ(once(Outcome::kFault), OutboxState::kRetryWait);
  }
  EXPECT_EQ(once(Outcome::kRetry), OutboxState::kRetryWait);
  for (int i = 1; i < kFaultAttemptsMax; ++i) {
    EXPECT_EQ(once(Outcome::kFault), OutboxState::kRetryWait) << i;
  }
  EXPECT_EQ(once(Outcome::kFault), OutboxState::kDead);
  const auto retried = retryDelivery(*store_, outboxOf(appeal_.id).id, {}, clock_,
                                     [](const std::string&) { return true; });
  ASSERT_TRUE(retried.ok()) << retried.error().text;
  EXPECT_EQ(once(Outcome::kFault), OutboxState::kRetryWait);
}

// The machine started hours ahead, and its clock was set right.
TEST_F(DispatcherTest, AClockThatIsSetBackStopsNoDelivery) {
  const auto right = clock_.now();
  clock_.advance(hours(30));
  appeal_ = accepted("a-1");
  answer(Outcome::kRetry, "transport.down");
  run(1);
  const auto untried = accepted("a-2");
  clock_.set(right);
  answer(Outcome::kDone);
  run(3);
  EXPECT_EQ(outboxOf(appeal_.id).state, OutboxState::kDelivered);
  EXPECT_EQ(outboxOf(untried.id).state, OutboxState::kDelivered);
}

// It came back to the body by another way: the old message would make a second case there.
TEST_F(DispatcherTest, AnOldDeliveryIsNotSentBesideANewerOne) {
  appeal_ = accepted("a-1");
  const auto old = outboxOf(appeal_.id);
  store::RowId newer = 0;
  const auto retried = [&](store::RowId id) {
    const auto done =
        retryDelivery(*store_, id, {}, clock_, [](const std::string&) { return true; });
    return done ? std::string("sent") : done.error().code;
  };
  const auto put = [&](OutboxState state, const std::string& code) {
    auto row = old;
    row.state = state;
    row.last_code = code;
    EXPECT_TRUE(store_->write([&](store::Tx& tx) { return tx.updateOutbox(row); }).ok());
  };
  for (const char* code : {"exchange.directed_elsewhere", "exchange.case_over"}) {
    put(OutboxState::kRejected, code);
    EXPECT_EQ(retried(old.id), "exchange.not_retryable") << code;
  }
  put(OutboxState::kDead, "adapter.broken");
  ASSERT_TRUE(store_
                  ->write([&](store::Tx& tx) -> Status {
                    auto row = old;
                    row.message_id = newUuid7(clock_.now());
                    row.state = OutboxState::kDead;
                    auto added = tx.addOutbox(row);
                    if (added) newer = *added;
                    return added.status();
                  })
                  .ok());
  EXPECT_EQ(retried(old.id), "exchange.not_retryable");
  EXPECT_EQ(retried(newer), "sent");
}

// Nobody understood the answer; the same message delivered again mends it.
TEST_F(DispatcherTest, AnAnswerThatIsUnderstoodLaterClosesTheKeptOne) {
  speak();
  appeal_ = accepted("a-1");
  answer(Outcome::kFault, "adapter.bad_answer");
  run(1);
  answer(Outcome::kFault, "trust.signer_unknown");
  clock_.advance(hours(1));
  run(2);
  auto kept = store_->listQuarantine("minfin", "open", 10);
  ASSERT_EQ(kept->size(), 2u);
  EXPECT_EQ(kept->back().kind, "answer");
  EXPECT_EQ(kept->back().correlation, outboxOf(appeal_.id).message_id);
  answer(Outcome::kDone);
  clock_.advance(hours(1));
  run(3);
  kept = store_->listQuarantine("minfin", "open", 10);
  ASSERT_EQ(kept->size(), 1u) << "who answered in the agency's place, a person finds out";
  EXPECT_EQ(kept->front().code, "trust.signer_unknown");
  kept = store_->listQuarantine("minfin", "resolved", 10);
  ASSERT_EQ(kept->size(), 1u);
  EXPECT_EQ(kept->front().closed_by, "hub");
}

TEST_F(DispatcherTest, AGoodCollectClosesTheKeptAnswerOfABadOne) {
  speak();
  open(minfin_, config_);
  minfin_.script->on_collect = [](const otinish::CollectRequest&) {
    return answerOf(Outcome::kFault, "adapter.bad_answer");
  };
  minfin_.dispatcher->collectOnce();
  minfin_.dispatcher->collectOnce();
  ASSERT_EQ(store_->listQuarantine("minfin", "open", 10)->size(), 1u);
  minfin_.script->on_collect = [](const otinish::CollectRequest& request) {
    auto answer = answerOf(Outcome::kDone);
    answer.cursor = request.cursor;
    return answer;
  };
  minfin_.dispatcher->collectOnce();
  EXPECT_EQ(store_->listQuarantine("minfin", "open", 10)->size(), 0u);
  minfin_.script->on_collect = [](const otinish::CollectRequest&) {
    return answerOf(Outcome::kFault, "adapter.bad_answer");
  };
  minfin_.dispatcher->collectOnce();
  EXPECT_EQ(store_->listQuarantine("minfin", "open", 10)->size(), 1u) << "the same trouble anew";
}

TEST_F(DispatcherTest, ACaseNumberOfAnotherAppealIsAFault) {
  minfin_.script->on_deliver = [](const otinish::Message&) {
    auto said = answerOf(Outcome::kDone);
    said.external_id = "MF-1";
    return said;
  };
  appeal_ = accepted("a-1");
  run(1);
  auto other = accepted("a-2");
  run(2);
  EXPECT_EQ(outboxOf(appeal_.id).state, OutboxState::kDelivered);
  EXPECT_EQ(outboxOf(other.id).state, OutboxState::kRetryWait);
  EXPECT_EQ(outboxOf(other.id).last_code, "exchange.external_id_taken");
  EXPECT_TRUE(store_->externalIds(other.id)->empty());
}

// What the carrier calls the message is kept beside the case's number, and never given out as that.
TEST_F(DispatcherTest, TheCarriersNameOfTheMessageIsKeptBesideTheCaseNumber) {
  minfin_.script->on_deliver = [](const otinish::Message&) {
    auto said = answerOf(Outcome::kFault, "adapter.attachment_refused");
    said.external_id = "MF-7\nmessage:z";
    return said;
  };
  appeal_ = accepted("a-1");
  run(1);
  clock_.advance(minutes(2));
  run(2);
  EXPECT_EQ(outboxOf(appeal_.id).external_id, "MF-7\nmessage:z");
  EXPECT_EQ(minfin_.script->delivered()[1].external_id, "MF-7");
  EXPECT_EQ(*store_->externalIds(appeal_.id), (std::vector<std::pair<std::string, std::string>>{
                                                  {"minfin", "MF-7"}, {"minfin", "message:z"}}));
}

// A call that ended without an answer says nothing of what the one before it left.
TEST_F(DispatcherTest, TheAdapterIsToldWhatItLastAnswered) {
  std::vector<otinish::Answer> answers = {answerOf(Outcome::kRetry, "adapter.attachment_not_sent"),
                                          answerOf(Outcome::kFault, "hosting.deadline"),
                                          answerOf(Outcome::kFault, "adapter.exception"),
                                          answerOf(Outcome::kPending), answerOf(Outcome::kPending)};
  minfin_.script->on_deliver = [&](const otinish::Message&) {
    return answers.at(minfin_.script->delivered().size() - 1);
  };
  config_.await_hours_max = 12;
  appeal_ = accepted("a-1");
  for (std::size_t i = 1; i <= 4; ++i) {
    run(i);
    clock_.advance(minutes(2));
  }
  EXPECT_TRUE(hasEvent(appeal_.id, "escalated"));
  EXPECT_FALSE(outboxOf(appeal_.id).escalated) << "it was delivered in the end";
  clock_.advance(hours(12));
  minfin_.dispatcher->escalateOverdue();
  EXPECT_TRUE(hasEvent(appeal_.id, "answer_overdue"));
  ASSERT_TRUE(
      retryDelivery(*store_, outboxOf(appeal_.id).id, {}, clock_, [](auto&) { return true; }).ok());
  run(5);
  std::vector<std::string> told;
  for (const auto& message : minfin_.script->delivered()) told.push_back(message.last_code);
  EXPECT_EQ(told, (std::vector<std::string>{
                      "", "adapter.attachment_not_sent", "adapter.attachment_not_sent",
                      "adapter.attachment_not_sent", "exchange.answer_overdue"}));
}

// The agency was asked and has it: nothing went out, so nothing is recorded as sent a second time.
TEST_F(DispatcherTest, ACaseThatIsFoundIsNoSecondDelivery) {
  config_.await_hours_max = 12;
  afterFirst(Outcome::kPending);
  ASSERT_EQ(journalSize(), 2);
  clock_.advance(hours(12));
  minfin_.dispatcher->escalateOverdue();
  ASSERT_TRUE(
      retryDelivery(*store_, outboxOf(appeal_.id).id, {}, clock_, [](auto&) { return true; }).ok());
  answer(Outcome::kPending, "adapter.case_found");
  run(2);
  auto row = outboxOf(appeal_.id);
  EXPECT_EQ(row.state, OutboxState::kAwaiting);
  EXPECT_EQ(row.last_code, "adapter.case_found");
  EXPECT_EQ(journalSize(), 2);
  EXPECT_EQ(eventOf(appeal_.id, "delivery_confirmed").reason, "adapter.case_found");
  auto events = eventsOf(appeal_.id);
  EXPECT_EQ(std::count_if(events.begin(), events.end(),
                          [](const auto& event) { return event.type == "delivered"; }),
            1);

  // One whose first attempt nobody saw the end of was sent by that, and is recorded now.
  const auto lost = accepted("a-2");
  answer(Outcome::kRetry, "transport.timeout");
  run(3);
  const auto before = journalSize();
  clock_.advance(minutes(2));
  answer(Outcome::kPending, "adapter.case_found");
  run(4);
  EXPECT_EQ(journalSize(), before + 1);
  EXPECT_EQ(appealNow(lost.id).state, "assigned");
  EXPECT_TRUE(hasEvent(lost.id, "delivered"));
}

TEST_F(DispatcherTest, ASecondCaseNumberIsToldAndReplacesNoKnownOne) {
  minfin_.script->on_deliver = [](const otinish::Message& message) {
    auto said = answerOf(Outcome::kFault, "adapter.attachment_refused");
    said.external_id = message.external_id.empty() ? "MF-7" : "MF-8";
    return said;
  };
  appeal_ = accepted("a-1");
  run(1);
  static std::string log;
  log.clear();
  setLogSink([](std::string_view line) {
    if (line.find("outbox.second_case_number") != std::string_view::npos) log += line;
  });
  for (std::size_t i = 2; i <= 3; ++i) {
    clock_.advance(minutes(2));
    run(i);
  }
  setLogSink(nullptr);
  EXPECT_EQ(outboxOf(appeal_.id).external_id, "MF-7\nMF-8");
  EXPECT_EQ(minfin_.script->delivered()[2].external_id, "MF-7");
  EXPECT_THAT(log, HasSubstr("minfin"));
  EXPECT_EQ(eventOf(appeal_.id, "second_case_number").reason, "exchange.second_case_number");
  const auto types = eventTypes(appeal_.id);
  EXPECT_EQ(std::count(types.begin(), types.end(), "second_case_number"), 1) << "once";
  const auto kept = store_->quarantineOf(appeal_.id, 10).value();
  ASSERT_EQ(kept.size(), 1u) << "for a person, until he closes it";
  EXPECT_EQ(kept[0].code, "exchange.second_case_number");
  EXPECT_EQ(kept[0].state, "open");
  EXPECT_EQ(store_->findQuarantine(kept[0].id, true).value()->raw, "MF-7\nMF-8");
  const Quarantine desk(*store_, inbound_, clock_);
  const Caller clerk{"clerk", "", true};
  EXPECT_EQ(desk.replay(kept[0].id, clerk).error().code, "exchange.not_replayable");
  EXPECT_TRUE(desk.resolve(kept[0].id, "MF-8 is closed there", clerk).ok());
  EXPECT_EQ(*store_->externalIds(appeal_.id), (std::vector<std::pair<std::string, std::string>>{
                                                  {"minfin", "MF-7"}, {"minfin", "MF-8"}}));
}

// As when a file is refused after the case was opened: the number is there for the next attempt and
// for what the agency says of the case, and nobody sends the appeal elsewhere.
TEST_F(DispatcherTest, ACaseNumberIsKeptThoughTheDeliveryFailed) {
  minfin_.script->on_deliver = [](const otinish::Message&) {
    auto said = answerOf(Outcome::kFault, "adapter.attachment_refused");
    said.external_id = "MF-7";
    return said;
  };
  appeal_ = accepted("a-1");
  for (int i = 1; i <= kFaultAttemptsMax; ++i) {
    run(static_cast<std::size_t>(i));
    clock_.advance(minutes(2));
  }
  auto row = outboxOf(appeal_.id);
  EXPECT_EQ(row.state, OutboxState::kDead);
  EXPECT_EQ(row.external_id, "MF-7");
  EXPECT_EQ(minfin_.script->delivered()[0].external_id, "");
  EXPECT_EQ(minfin_.script->delivered()[1].external_id, "MF-7");
  EXPECT_EQ(*store_->externalIds(appeal_.id),
            (std::vector<std::pair<std::string, std::string>>{{"minfin", "MF-7"}}));
  EXPECT_EQ(appealNow(appeal_.id).state, "routed") << "not for another body";
  EXPECT_EQ(eventOf(appeal_.id, "delivery_failed").reason, "adapter.attachment_refused");
}

// An answer that means "ask again" is garbage all the same, if nobody could read it.
TEST_F(DispatcherTest, AnUnreadableAnswerIsKeptWhateverItsOutcome) {
  const std::string folder = folder_.file("agency");
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "/answer") << "<not what we know";
  transport::EndpointConfig endpoint;
  endpoint.name = "main";
  endpoint.url = "file://" + folder;
  config_.endpoints = {endpoint};
  hosting::HostServices* services = nullptr;
  config_.start = [&, start = config_.start](const hosting::AdapterConfig& config,
                                             hosting::HostServices& host, const Limits& limits) {
    services = &host;
    return start(config, host, limits);
  };
  std::string code = "adapter.bad_answer";
  minfin_.script->on_deliver = [&](const otinish::Message&) {
    otinish::ExchangeRequest request;
    request.endpoint = "main";
    request.method = "GET";
    request.path = "answer";
    auto response = services->exchange(request, std::chrono::steady_clock::now() + seconds(60));
    EXPECT_EQ(response.body, "<not what we know") << response.code;
    return answerOf(Outcome::kRetry, code);
  };
  config_.concurrency = 1;
  appeal_ = accepted("a-1");
  run(1);
  auto kept = *store_->listQuarantine("minfin", "open", 10);
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].kind, "answer");
  EXPECT_EQ(kept[0].code, "adapter.bad_answer");
  EXPECT_EQ(kept[0].correlation, outboxOf(appeal_.id).message_id);
  EXPECT_EQ((*store_->findQuarantine(kept[0].id, true))->raw, "<not what we know");
  clock_.advance(minutes(2));
  run(2);
  EXPECT_EQ(store_->listQuarantine("minfin", "", 10)->size(), 1u) << "the same one once";

  code = "transport.timeout";
  clock_.advance(minutes(2));
  run(3);
  EXPECT_EQ(store_->listQuarantine("minfin", "", 10)->size(), 1u) << "no answer, nothing to keep";
  code = "adapter.bad_xml";
  clock_.advance(minutes(2));
  run(4);
  EXPECT_EQ(store_->listQuarantine("minfin", "", 10)->size(), 2u);
}

TEST_F(DispatcherTest, AnAdapterThatWantsJsonGetsJson) {
  minfin_.script->form = "json";
  auto document = documentOf(taxAppeal("a-1"));
  document.replace(document.rfind('}'), 1, R"(,"newer":{"a":[1]}})");
  auto accepted = intake_->accept(document, Form::kJson, caller_);
  ASSERT_TRUE(accepted.ok()) << accepted.error().code;
  appeal_ = accepted->appeal;
  run(1);
  auto message = minfin_.script->delivered().front();
  EXPECT_EQ(message.form, "json");
  auto decoded = model::decodeJson(message.body, limits_);
  ASSERT_TRUE(decoded.ok()) << decoded.error().code;
  EXPECT_EQ(decoded->envelope.message_id, message.message_id);
  EXPECT_NE(message.body.find(R"("newer":{"a":[1]})"), std::string::npos) << "though kept as XML";
}

TEST_F(DispatcherTest, OneAppealKeepsItsOrderOthersPassIt) {
  appeal_ = accepted("a-1");
  auto supplement = queueAfter(appeal_.id, "supplement/1");
  auto other = accepted("a-2");
  auto first = outboxOf(appeal_.id).message_id;
  minfin_.script->on_deliver = [first, times = 0](const otinish::Message& m) mutable {
    if (m.message_id == first && ++times == 1) return answerOf(Outcome::kRetry, "transport.down");
    return answerOf(Outcome::kDone);
  };
  config_.concurrency = 1;
  run(2);
  EXPECT_EQ(outboxOf(other.id).state, OutboxState::kDelivered) << "another appeal does not wait";
  clock_.advance(minutes(2));
  run(4);
  auto delivered = minfin_.script->delivered();
  EXPECT_EQ(delivered[2].message_id, first);
  EXPECT_EQ(delivered[3].message_id, supplement) << "only after the appeal itself";
}

// The agency's side was set up wrongly when the appeal went; its applicant withdrew it meanwhile.
TEST_F(DispatcherTest, WhatFollowsAnUndeliveredAppealWaitsForIt) {
  auto row = afterFirst(Outcome::kMisconfigured, "adapter.bad_settings");
  ASSERT_EQ(row.state, OutboxState::kDead);
  auto withdrawal = queueAfter(appeal_.id, "withdrawal/1");
  EXPECT_FALSE(due(clock_.now() + hours(24)));
  EXPECT_FALSE(store_->nextDue("minfin")->has_value());
  minfin_.script->on_deliver = [](const otinish::Message&) {
    auto said = answerOf(Outcome::kPending);
    said.external_id = "MF-7";
    return said;
  };
  ASSERT_TRUE(
      retryDelivery(*store_, row.id, caller_, clock_, [](const auto&) { return true; }).ok());
  run(3);
  const auto delivered = minfin_.script->delivered();
  EXPECT_EQ(delivered[1].message_id, row.message_id);
  EXPECT_EQ(delivered[2].message_id, withdrawal);
  EXPECT_EQ(delivered[2].external_id, "MF-7");
}

TEST_F(DispatcherTest, WhatFollowsADeadLetterOfAnOpenCaseDoesNotWait) {
  minfin_.script->on_deliver = [](const otinish::Message&) {
    auto said = answerOf(Outcome::kUnsupported, "adapter.attachment_refused");
    said.external_id = "MF-7";
    return said;
  };
  appeal_ = accepted("a-1");
  run(1);
  ASSERT_EQ(outboxOf(appeal_.id).state, OutboxState::kDead);
  queueAfter(appeal_.id, "withdrawal/1");
  answer(Outcome::kPending);
  run(2);
  EXPECT_EQ(minfin_.script->delivered().back().external_id, "MF-7");
}

TEST_F(DispatcherTest, AWithdrawalDoesNotReachABodyWithoutTheAppeal) {
  auto row = afterFirst(Outcome::kRejected, "agency.not_ours");
  queueAfter(appeal_.id, "withdrawal/1");
  // Another appeal shows that the loop has been there.
  accepted("a-2");
  run(2);
  EXPECT_EQ(minfin_.script->delivered().back().type, "appeal/1");
  const auto unsent = store_->outboxOf(appeal_.id)->at(1);
  EXPECT_EQ(unsent.state, OutboxState::kRejected);
  EXPECT_EQ(unsent.last_code, "exchange.news_overtaken");
}

// The case was ended at the hub while an attempt was unanswered: the body may have the appeal, but it will not tell
// its number any more.
TEST_F(DispatcherTest, AWithdrawalOfAStoppedAppealIsTriedOnce) {
  auto row = afterFirst(Outcome::kRetry, "transport.lost");
  row.state = OutboxState::kRejected;
  row.last_code = "exchange.case_over";
  ASSERT_TRUE(store_->write([&](store::Tx& tx) { return tx.updateOutbox(row); }).ok());
  queueAfter(appeal_.id, "withdrawal/1");
  answer(Outcome::kRetry, "adapter.case_unknown");
  run(2);
  EXPECT_EQ(store_->outboxOf(appeal_.id)->at(1).state, OutboxState::kRetryWait);
  clock_.advance(minutes(2));
  accepted("a-2");
  run(3);
  EXPECT_EQ(minfin_.script->delivered().back().type, "appeal/1");
  EXPECT_EQ(store_->outboxOf(appeal_.id)->at(1).state, OutboxState::kRejected);
}

TEST_F(DispatcherTest, TwoDeliveriesOfOneAppealNeverRunAtOnce) {
  appeal_ = accepted("a-1");
  for (int i = 0; i < 3; ++i) queueAfter(appeal_.id, "supplement/1");
  std::atomic<int> running{0}, most{0};
  minfin_.script->on_deliver = [&](const otinish::Message&) {
    int now = ++running;
    int seen = most;
    while (now > seen && !most.compare_exchange_weak(seen, now)) {
    }
    --running;
    return answerOf(Outcome::kDone);
  };
  config_.concurrency = 4;
  run(4);
  EXPECT_EQ(most, 1);
}

TEST_F(DispatcherTest, TheBreakerOpensLetsOneThroughAndCloses) {
  config_.failures_to_open = 2;
  config_.open_ms_first = 5'000;
  config_.concurrency = 1;
  answer(Outcome::kRetry, "transport.down");
  for (int i = 1; i <= 4; ++i) accepted("a-" + std::to_string(i));
  run(2);
  EXPECT_EQ(minfin_.agency->breakerState(clock_.now()), "open");
  EXPECT_FALSE(minfin_.agency->allow(clock_.now()));

  clock_.advance(seconds(5));
  EXPECT_EQ(minfin_.agency->breakerState(clock_.now()), "half-open");
  run(3);
  EXPECT_EQ(minfin_.agency->breakerState(clock_.now()), "open") << "the trial failed";

  clock_.advance(seconds(5));
  EXPECT_EQ(minfin_.agency->breakerState(clock_.now()), "open") << "and the pause has doubled";
  clock_.advance(minutes(2));
  answer(Outcome::kDone);
  run(7);
  EXPECT_EQ(minfin_.agency->breakerState(clock_.now()), "closed");
}

// What waits for a number or a free name was never put to the agency.
TEST_F(DispatcherTest, WhatTheAdapterPutsOffByItselfDoesNotOpenTheBreaker) {
  config_.failures_to_open = 2;
  for (const char* code :
       {"adapter.case_unknown", "transport.name_taken", "adapter.files_go_on", "hosting.busy"}) {
    for (int i = 0; i < 3; ++i) accepted(std::string(code) + std::to_string(i));
    answer(Outcome::kRetry, code);
    run(minfin_.script->delivered().size() + 3);
    EXPECT_EQ(minfin_.agency->breakerState(clock_.now()), "closed") << code;
    clock_.advance(minutes(2));
    answer(Outcome::kDone);
    run(minfin_.script->delivered().size() + 3);
  }
}

TEST_F(DispatcherTest, AMessageOfManyFilesGoesOnSoonAndIsNoTrouble) {
  appeal_ = accepted("a-1");
  answer(Outcome::kRetry, "adapter.files_go_on");
  for (std::size_t times = 1; times <= 5; ++times) {
    run(times);
    EXPECT_LE(outboxOf(appeal_.id).next_at - clock_.now(), milliseconds(limits_.retry_ms_first));
    clock_.advance(seconds(2));
  }
  EXPECT_FALSE(hasEvent(appeal_.id, "escalated"));
}

TEST_F(DispatcherTest, HalfOpenMeansOneCallAtATime) {
  config_.failures_to_open = 1;
  config_.concurrency = 4;
  answer(Outcome::kRetry, "transport.down");
  accepted("a-0");
  run(1);
  for (int i = 1; i <= 40; ++i) accepted("a-" + std::to_string(i));
  clock_.advance(minutes(2));
  Gate gate;
  std::atomic<int> running{0};
  std::atomic<bool> trial_over{false}, two_at_once{false};
  minfin_.script->on_deliver = [&](const otinish::Message&) {
    if (++running > 1 && !trial_over) two_at_once = true;
    gate.wait();
    trial_over = true;
    --running;
    return answerOf(Outcome::kDone);
  };
  minfin_.dispatcher = dispatcherOf(*minfin_.agency, inbound_);
  minfin_.dispatcher->start();
  ASSERT_TRUE(minfin_.script->waitDelivered(2));
  EXPECT_FALSE(minfin_.agency->allow(clock_.now())) << "the one call is taken";
  for (int i = 0; i < 100; ++i) minfin_.dispatcher->wake();
  EXPECT_EQ(minfin_.script->delivered().size(), 2u);
  gate.open();
  ASSERT_TRUE(minfin_.script->waitDelivered(42));
  minfin_.dispatcher->stop();
  EXPECT_FALSE(two_at_once);
  EXPECT_EQ(minfin_.agency->breakerState(clock_.now()), "closed");
}

TEST_F(DispatcherTest, ARefusalSaysNothingAboutTheAgencysHealth) {
  config_.failures_to_open = 1;
  config_.concurrency = 1;
  answer(Outcome::kRejected, "agency.not_ours");
  for (int i = 1; i <= 3; ++i) accepted("a-" + std::to_string(i));
  run(3);
  EXPECT_EQ(minfin_.agency->breakerState(clock_.now()), "closed");
}

// Its appeal becomes a dead letter; the channel is well.
TEST_F(DispatcherTest, AnUnlistedRefusalHoldsUpNoOtherAppeal) {
  minfin_.script->name = "soap";
  speak();
  config_.failures_to_open = kFaultAttemptsMax;
  config_.concurrency = 1;
  std::size_t calls = 0;
  for (const char* code : {"adapter.soap_fault", "adapter.http_status", "DATA_TYPE"}) {
    appeal_ = accepted(std::string("a-") + code);
    answer(Outcome::kFault, code);
    for (int i = 1; i <= kFaultAttemptsMax; ++i) {
      run(++calls);
      clock_.advance(hours(1));
    }
    EXPECT_EQ(outboxOf(appeal_.id).state, OutboxState::kDead) << code;
    EXPECT_EQ(minfin_.agency->breakerState(clock_.now()), "closed") << code;
    EXPECT_EQ(minfin_.agency->stats().problems[static_cast<int>(Way::kDeliver)].code, code);
    appeal_ = accepted(std::string("b-") + code);
    answer(Outcome::kDone);
    run(++calls);
    EXPECT_EQ(outboxOf(appeal_.id).state, OutboxState::kDelivered) << code;
  }
  EXPECT_EQ(store_->listQuarantine("minfin", "", 10)->size(), 0u);

  accepted("c-1");
  answer(Outcome::kFault, "adapter.bad_answer");
  for (int i = 1; i <= kFaultAttemptsMax; ++i) {
    run(++calls);
    if (i < kFaultAttemptsMax) clock_.advance(hours(1));
  }
  EXPECT_EQ(minfin_.agency->breakerState(clock_.now()), "open") << "garbage is no refusal";
  EXPECT_EQ(store_->listQuarantine("minfin", "", 10)->size(), 1u);
}

// An adapter of somebody else's that fails with a code of its own: the hub cannot know that anybody answered.
TEST_F(DispatcherTest, AFaultWithAnUnknownCodeIsTheAgencysTrouble) {
  config_.failures_to_open = 3;
  config_.concurrency = 1;
  answer(Outcome::kFault, "vendor.pool_exhausted");
  for (int i = 1; i <= 3; ++i) accepted("a-" + std::to_string(i));
  run(3);
  EXPECT_EQ(minfin_.agency->breakerState(clock_.now()), "open");
}

TEST_F(DispatcherTest, AMissingBodyIsNotTheAgencysFault) {
  config_.failures_to_open = 1;
  config_.concurrency = 1;
  appeal_ = accepted("a-1");
  const auto lost = deliveryAfter(appeal_.id, "supplement/1");
  ASSERT_TRUE(store_->write([&](store::Tx& tx) { return tx.addOutbox(lost).status(); }).ok());
  run(1);
  auto other = accepted("a-2");
  run(2);
  EXPECT_EQ(outboxOf(other.id).state, OutboxState::kDelivered);
  EXPECT_EQ(minfin_.agency->breakerState(clock_.now()), "closed");
}

TEST_F(DispatcherTest, ASlowAgencyDelaysNoOther) {
  Desk akimat;
  akimat.script->collects = false;
  open(akimat, scriptedAgency("akimat", akimat.script));
  open(minfin_, config_);
  Gate gate;
  minfin_.script->on_deliver = [&](const otinish::Message&) {
    gate.wait();
    return answerOf(Outcome::kDone);
  };
  for (int i = 1; i <= 4; ++i) accepted("slow-" + std::to_string(i));
  minfin_.dispatcher->start();
  ASSERT_TRUE(minfin_.script->waitDelivered(2)) << "both of its threads are busy";
  akimat.dispatcher->start();
  std::vector<store::RowId> quick;
  for (int i = 1; i <= 4; ++i) {
    auto appeal = taxAppeal("quick-" + std::to_string(i));
    appeal.addressee_body.bin = kAkimatBin;
    auto result = accept(appeal);
    ASSERT_TRUE(result.ok());
    quick.push_back(result->appeal.id);
    akimat.dispatcher->wake();
  }
  ASSERT_TRUE(akimat.script->waitDelivered(4));
  akimat.dispatcher->stop();
  for (auto id : quick) EXPECT_EQ(appealNow(id).state, "assigned");
  EXPECT_EQ(minfin_.script->delivered().size(), 2u);
  gate.open();
  ASSERT_TRUE(minfin_.script->waitDelivered(4));
  minfin_.dispatcher->stop();
}

TEST_F(DispatcherTest, WhatWasStoppedWhileItWaitedForASlowAgencyIsNotDelivered) {
  config_.concurrency = 1;
  open(minfin_, config_);
  Gate gate;
  minfin_.script->on_deliver = [&](const otinish::Message&) {
    gate.wait();
    return answerOf(Outcome::kDone);
  };
  accepted("slow");
  auto stopped = outboxOf(accepted("stopped").id);
  minfin_.dispatcher->start();
  ASSERT_TRUE(minfin_.script->waitDelivered(1)) << "both rows were read by now";
  stopped.state = OutboxState::kRejected;
  ASSERT_TRUE(store_->write([&](store::Tx& tx) { return tx.updateOutbox(stopped); }).ok());
  auto next = outboxOf(accepted("next").id);
  clock_.advance(seconds(1));
  gate.open();
  ASSERT_TRUE(minfin_.script->waitDelivered(2));
  minfin_.dispatcher->stop();
  EXPECT_EQ(minfin_.script->delivered()[1].message_id, next.message_id);
  EXPECT_EQ(minfin_.script->delivered().size(), 2u);
}

// The row is read, and the adapter has no process free for it yet.
TEST_F(DispatcherTest, WhatWasStoppedWhileItWaitedForAProcessIsNotSent) {
  config_.failures_to_open = 1;
  open(minfin_, config_);
  auto stopped = outboxOf(accepted("stopped").id);
  std::atomic<bool> sent{false};
  minfin_.script->on_deliver = [&](const otinish::Message& message) {
    if (message.message_id != stopped.message_id) return answerOf(Outcome::kDone);
    EXPECT_TRUE(minfin_.agency->isStillWanted());
    stopped.state = OutboxState::kRejected;
    EXPECT_TRUE(store_->write([&](store::Tx& tx) { return tx.updateOutbox(stopped); }).ok());
    sent = minfin_.agency->isStillWanted();
    return answerOf(Outcome::kRetry, "hosting.overtaken");
  };
  minfin_.dispatcher->start();
  ASSERT_TRUE(minfin_.script->waitDelivered(1));
  auto next = outboxOf(accepted("next").id);
  minfin_.dispatcher->wake();
  ASSERT_TRUE(minfin_.script->waitDelivered(2)) << "the breaker has nothing to open for";
  minfin_.dispatcher->stop();
  EXPECT_FALSE(sent);
  const auto row = outboxOf(stopped.appeal);
  EXPECT_EQ(row.state, OutboxState::kRejected);
  EXPECT_EQ(row.attempts, 0);
  EXPECT_EQ(outboxOf(next.appeal).state, OutboxState::kDelivered);
  EXPECT_TRUE(minfin_.agency->isStillWanted()) << "of other calls nothing is asked";
}

// The case was forwarded while the call to its first body ran.
TEST_F(DispatcherTest, WhatWasStoppedWhileItsCallRanStillTellsWhy) {
  open(minfin_, config_);
  auto stopped = outboxOf(accepted("stopped").id);
  minfin_.script->on_deliver = [&](const otinish::Message&) {
    stopped.state = OutboxState::kRejected;
    stopped.last_code = "exchange.case_over";
    EXPECT_TRUE(store_->write([&](store::Tx& tx) { return tx.updateOutbox(stopped); }).ok());
    return answerOf(Outcome::kRetry, "transport.unreachable");
  };
  minfin_.dispatcher->start();
  ASSERT_TRUE(minfin_.script->waitDelivered(1));
  minfin_.dispatcher->stop();
  const auto row = outboxOf(stopped.appeal);
  EXPECT_EQ(row.state, OutboxState::kRejected);
  EXPECT_EQ(row.last_code, "exchange.case_over");
  const auto attempts = *store_->attempts(row.id);
  ASSERT_EQ(attempts.size(), 1U);
  EXPECT_EQ(attempts[0].code, "transport.unreachable");
}

TEST_F(DispatcherTest, WhatIsTakenAfterItWasStoppedIsTold) {
  open(minfin_, config_);
  const auto appeal = accepted("stopped");
  auto stopped = outboxOf(appeal.id);
  minfin_.script->on_deliver = [&](const otinish::Message&) {
    stopped.state = OutboxState::kRejected;
    stopped.last_code = "exchange.directed_elsewhere";
    EXPECT_TRUE(store_->write([&](store::Tx& tx) { return tx.updateOutbox(stopped); }).ok());
    return answerOf(Outcome::kDone);
  };
  minfin_.dispatcher->start();
  ASSERT_TRUE(minfin_.script->waitDelivered(1));
  minfin_.dispatcher->stop();
  EXPECT_EQ(outboxOf(appeal.id).state, OutboxState::kRejected);
  EXPECT_TRUE(hasEvent(appeal.id, "taken_after_stop"));
  EXPECT_EQ(appealNow(appeal.id).state, "routed");
}

TEST_F(DispatcherTest, AWakeReachesADelivererAlthoughCollectingWaitsToo) {
  minfin_.script->collects = true;
  config_.collect_every_ms = 3'600'000;
  config_.concurrency = 1;
  open(minfin_, config_);
  minfin_.dispatcher->start();
  ASSERT_TRUE(minfin_.script->waitCollected(1));
  for (std::size_t i = 1; i <= 5; ++i) {
    accepted("a-" + std::to_string(i));
    minfin_.dispatcher->wake();
    ASSERT_TRUE(minfin_.script->waitDelivered(i));
  }
  minfin_.dispatcher->stop();
  EXPECT_EQ(minfin_.script->collected().size(), 1u);
}

TEST_F(DispatcherTest, ACrashRepeatsTheAttemptWithTheSameMessageId) {
  appeal_ = accepted("a-1");
  auto before = outboxOf(appeal_.id);
  sealer_.broken = true;  // the agency got it, but the result never reaches the disk
  run(1);
  EXPECT_EQ(outboxOf(appeal_.id).attempts, 0);
  EXPECT_FALSE(hasEvent(appeal_.id, "delivered"));
  sealer_.broken = false;

  minfin_ = Desk{minfin_.script, nullptr, nullptr};
  intake_.reset();
  store_.reset();
  openStore();
  ASSERT_TRUE(store_->recoverInFlight().ok());
  clock_.advance(seconds(1));
  run(2);
  auto delivered = minfin_.script->delivered();
  EXPECT_EQ(delivered[1].attempt, 2) << "the adapter may ask whether the agency has it";
  EXPECT_EQ(delivered[0].message_id, before.message_id);
  EXPECT_EQ(delivered[1].message_id, before.message_id);
  EXPECT_EQ(delivered[1].body, delivered[0].body);
  EXPECT_EQ(outboxOf(appeal_.id).state, OutboxState::kDelivered);
  EXPECT_EQ(journalSize(), 2);
}

TEST_F(DispatcherTest, ARowLeftInFlightIsTakenUpAgain) {
  appeal_ = accepted("a-1");
  ASSERT_TRUE(store_
                  ->write([&](store::Tx& tx) {
                    auto row = tx.outboxOf(appeal_.id)->front();
                    row.state = OutboxState::kInFlight;
                    return tx.updateOutbox(row);
                  })
                  .ok());
  EXPECT_FALSE(due(clock_.now()));
  auto recovered = store_->recoverInFlight();
  ASSERT_TRUE(recovered.ok());
  EXPECT_EQ(*recovered, 1);
  run(1);
  EXPECT_EQ(outboxOf(appeal_.id).state, OutboxState::kDelivered);
}

TEST_F(DispatcherTest, AResultThatCannotBeStoredDoesNotMakeATightLoop) {
  config_.concurrency = 1;
  open(minfin_, config_);
  appeal_ = accepted("a-1");
  sealer_.broken = true;
  minfin_.dispatcher->start();
  ASSERT_TRUE(sealer_.waitRefused(1));
  // The store works again: another appeal goes, the first one waits for its pause.
  sealer_.broken = false;
  auto other = accepted("a-2");
  minfin_.dispatcher->wake();
  ASSERT_TRUE(minfin_.script->waitDelivered(2));
  EXPECT_EQ(minfin_.script->delivered()[1].correlation_id, other.hub_id);
  clock_.advance(minutes(2));
  minfin_.dispatcher->wake();
  ASSERT_TRUE(minfin_.script->waitDelivered(3));
  minfin_.dispatcher->stop();
  EXPECT_EQ(minfin_.script->delivered()[2].correlation_id, appeal_.hub_id);
  EXPECT_EQ(minfin_.script->delivered()[1].attempt, 1);
  EXPECT_EQ(minfin_.script->delivered()[2].attempt, 2) << "it may have it";
  EXPECT_EQ(outboxOf(appeal_.id).state, OutboxState::kDelivered);
}

TEST_F(DispatcherTest, ManyAppealsManyThreadsEachDeliveredOnce) {
  config_.concurrency = 4;
  open(minfin_, config_);
  minfin_.dispatcher->start();
  constexpr std::size_t kCount = 60;
  std::vector<std::thread> submitters;
  for (std::size_t t = 0; t < 3; ++t) {
    submitters.emplace_back([&, t] {
      for (std::size_t i = 0; i < kCount / 3; ++i) {
        accepted("t" + std::to_string(t) + "-" + std::to_string(i));
        minfin_.dispatcher->wake();
      }
    });
  }
  for (auto& thread : submitters) thread.join();
  ASSERT_TRUE(minfin_.script->waitDelivered(kCount));
  minfin_.dispatcher->stop();
  std::set<std::string> ids;
  for (const auto& message : minfin_.script->delivered()) ids.insert(message.message_id);
  EXPECT_EQ(ids.size(), kCount);
  EXPECT_EQ(minfin_.script->delivered().size(), kCount) << "none twice";
  EXPECT_EQ(store_->listOutbox("minfin", OutboxState::kDelivered, 1'000)->size(), kCount);
}

}  // namespace
}  // namespace hub::exchange::testing
