// Items as such: whose appeal they are about, which came before, and what is kept of those that are refused.
#include "hub/exchange/inbound.h"

#include "hub/base/ids.h"
#include "hub/base/log.h"
#include "hub/base/metrics.h"
#include "hub/exchange/refused.h"
#include "hub/exchange/retry.h"
#include "hub/exchange/tests/inbound_world.h"

namespace hub::exchange::testing {
namespace {

class InboundTest : public InboundWorld {};

TEST_F(InboundTest, EveryReferenceFindsTheAppeal) {
  deliver("MF-7");
  auto item = statusItem("i-1", appeal_, "delivered");
  item.correlation_id.clear();
  item.in_reply_to = outboxOf(appeal_.id).message_id;
  EXPECT_EQ(apply(item), "");
  item = statusItem("i-2", appeal_, "registered");
  item.correlation_id.clear();
  item.external_id = "MF-7";
  EXPECT_EQ(apply(item), "");
  item = statusItem("i-3", appeal_, "executed");
  item.correlation_id.clear();
  item.reg_number = appeal_.reg_number;
  EXPECT_EQ(apply(item), "");
  EXPECT_TRUE(hasEvent(appeal_.id, "status_delivered"));
  EXPECT_TRUE(hasEvent(appeal_.id, "status_registered"));
  EXPECT_TRUE(hasEvent(appeal_.id, "status_executed"));
}

TEST_F(InboundTest, TheSameNewsUnderAnotherIdIsToldOnce) {
  deliver();
  EXPECT_EQ(apply(statusItem("i-1", appeal_, "in_work")), "");
  EXPECT_EQ(apply(decisionItem("i-2", appeal_.hub_id)), "");
  auto events = eventsOf(appeal_.id).size();
  applyAll({statusItem("i-3", appeal_, "in_work"), decisionItem("i-4", appeal_.hub_id)});
  EXPECT_EQ(eventsOf(appeal_.id).size(), events);
  auto settled = store_->settled("minfin", 10);
  ASSERT_EQ(settled->size(), 4u);
  EXPECT_TRUE((*settled)[2].accepted);
  EXPECT_TRUE((*settled)[3].accepted);
  EXPECT_TRUE(quarantine().empty());
}

TEST_F(InboundTest, ADuplicateIsAnsweredTheSameAndChangesNothing) {
  deliver();
  auto item = decisionItem("i-1", appeal_.hub_id);
  EXPECT_EQ(apply(item), "");
  auto events = eventsOf(appeal_.id).size();
  auto journal = store_->head()->size;
  EXPECT_EQ(apply(item), "");
  EXPECT_EQ(eventsOf(appeal_.id).size(), events);
  EXPECT_EQ(store_->head()->size, journal);
  auto settled = store_->settled("minfin", 10);
  ASSERT_EQ(settled->size(), 2u);
  EXPECT_EQ((*settled)[0].reference, (*settled)[1].reference);
  EXPECT_TRUE(quarantine().empty());
}

TEST_F(InboundTest, ARefusedItemIsRefusedAgainTheSameWay) {
  auto item = decisionItem("i-1", appeal_.hub_id, "not_satisfied");
  expectRefused(item, "exchange.outcome_not_allowed");
  EXPECT_EQ(apply(item), "exchange.outcome_not_allowed");
  EXPECT_EQ(quarantine().size(), 1u) << "kept once";
}

TEST_F(InboundTest, ARefusedItemMayComeAgainMended) {
  deliver();
  expectRefused(decisionItem("i-1", appeal_.hub_id, "not_satisfied"),
                "exchange.outcome_not_allowed");
  expectRefused(decisionItem("i-2", appeal_.hub_id, "not_satisfied"),
                "exchange.outcome_not_allowed");
  EXPECT_EQ(apply(decisionItem("i-1", appeal_.hub_id)), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "executed");
  auto rows = quarantine();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[1].item_id + rows[1].state + rows[1].closed_by, "i-1resolvedhub");
  EXPECT_EQ(rows[0].item_id + rows[0].state, "i-2open") << "another item";
  expectRefused(decisionItem("i-1", appeal_.hub_id, "not_satisfied"), "exchange.item_changed");
  EXPECT_EQ(apply(decisionItem("i-1", appeal_.hub_id)), "");
  EXPECT_EQ(quarantine().front().state, "open") << "the other content was never taken";
}

// The mistake may be in whose appeal it names: the words of the decision are the same then.
TEST_F(InboundTest, ARefusedItemMayComeAgainWithItsReferencesMended) {
  deliver("MF-7");
  auto item = decisionItem("i-1", newUuid7(clock_.now()));
  expectRefused(item, "exchange.unknown_appeal");
  EXPECT_EQ(apply(item), "exchange.unknown_appeal");
  EXPECT_EQ(quarantine().size(), 1u) << "the same again is kept once";
  item.correlation_id.clear();
  item.external_id = "MF-8";
  expectRefused(item, "exchange.unknown_appeal");
  item.external_id = "MF-7";
  EXPECT_EQ(apply(item), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "executed");
  for (const auto& row : quarantine()) EXPECT_EQ(row.state, "resolved");
  // What was taken is known by its words, whatever it names.
  const auto events = eventsOf(appeal_.id).size();
  item.external_id = "MF-8";
  EXPECT_EQ(apply(item), "");
  EXPECT_EQ(eventsOf(appeal_.id).size(), events);
}

TEST_F(InboundTest, ARefusedItemMayComeAgainAsWhatItIs) {
  deliver();
  auto item = decisionItem("i-1", appeal_.hub_id);
  item.type = "status/1";
  expectRefused(item, "model.unknown_type");
  item.type = "decision/1";
  EXPECT_EQ(apply(item), "");
}

// Refused before it was kept whose appeal an item named.
TEST_F(InboundTest, AnOlderRefusalIsJudgedAnewOnce) {
  deliver();
  const auto item = decisionItem("i-1", appeal_.hub_id, "not_satisfied");
  expectRefused(item, "exchange.outcome_not_allowed");
  ASSERT_TRUE(store_
                  ->write([&](store::Tx& tx) {
                    auto row = **tx.findInbox("minfin", "i-1");
                    EXPECT_FALSE(row.about.empty());
                    row.about.clear();
                    return tx.putInbox(row);
                  })
                  .ok());
  expectRefused(item, "exchange.outcome_not_allowed");
  EXPECT_EQ(apply(item), "exchange.outcome_not_allowed");
  EXPECT_EQ(quarantine().size(), 2u);
}

// Kept before the appeal was there: an operator has it judged again.
TEST_F(InboundTest, AKeptItemIsJudgedAgain) {
  auto later = taxAppeal("later");
  auto desk = operatorsDesk();
  deliver();
  auto item = decisionItem("i-1", "");
  item.reg_number = "ЖТ-2026-00000002";
  item.raw = "<native/>";
  expectRefused(item, "exchange.unknown_appeal");
  auto id = quarantine().front().id;
  EXPECT_EQ(desk.replay(id, clerk_).error().code, "exchange.unknown_appeal");
  EXPECT_EQ(quarantine().size(), 1u) << "kept once";
  EXPECT_EQ(quarantine().front().state, "open");
  auto second = accept(later);
  ASSERT_TRUE(second.ok());
  ASSERT_EQ(second->appeal.reg_number, item.reg_number);
  auto replayed = desk.replay(id, clerk_);
  ASSERT_TRUE(replayed.ok()) << replayed.error().code;
  EXPECT_EQ(appealNow(second->appeal.id).state, "executed");
  EXPECT_EQ(eventOf(second->appeal.id, "decided").actor, "agency:minfin");
  auto row = quarantine().front();
  EXPECT_EQ(row.state, "resolved");
  EXPECT_EQ(row.closed_by, "operator:clerk");
  EXPECT_EQ(desk.replay(id, clerk_).error().code, "exchange.quarantine_closed");
  EXPECT_EQ(desk.resolve(id, "x", clerk_).error().code, "exchange.quarantine_closed");
  auto events = eventsOf(second->appeal.id).size();
  EXPECT_EQ(apply(item), "") << "the agency sending it again hears that it was taken";
  EXPECT_EQ(eventsOf(second->appeal.id).size(), events);
}

TEST_F(InboundTest, WhatOnlyTheSenderCanGiveAgainIsResolvedWithANote) {
  auto desk = operatorsDesk();
  otinish::Inbound item;
  item.item_id = "i-1";
  item.problem_code = "mapping.unknown_document";
  item.raw = "<native>850101100012</native>";
  EXPECT_EQ(apply(item), "mapping.unknown_document");
  auto id = quarantine().front().id;
  static std::vector<std::string> lines;
  lines.clear();
  setLogSink([](std::string_view line) { lines.emplace_back(line); });
  EXPECT_EQ(*desk.raw(id, clerk_), item.raw);
  setLogSink(nullptr);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_NE(lines[0].find("audit.quarantine_read"), std::string::npos);
  EXPECT_NE(lines[0].find("clerk"), std::string::npos);
  EXPECT_EQ(lines[0].find("native"), std::string::npos) << "never with content";
  EXPECT_EQ(desk.replay(id, clerk_).error().code, "exchange.not_replayable");
  EXPECT_EQ(desk.resolve(id, " ", clerk_).error().code, "exchange.reason_needed");
  ASSERT_TRUE(desk.resolve(id, "told 850101100012 to mend it", clerk_).ok());
  EXPECT_EQ(quarantine().front().state, "resolved");
  EXPECT_EQ(quarantine().front().note.find("850101100012"), std::string::npos);
  EXPECT_EQ(desk.raw(99, clerk_).error().code, "store.not_found");
}

// An agency names its files as it likes, and says what it likes of a row.
TEST_F(InboundTest, TheLogHasNoNameOfAFileAndNoWordsOfTheAgency) {
  static std::string lines;
  lines.clear();
  setLogSink([](std::string_view line) { lines += line; });
  otinish::Inbound item;
  item.item_id = "err/status-850101100012-Иванов #2.csv#14@96e0aabbccdd";
  item.problem_code = "adapter.bad_row";
  item.problem_text = "no such applicant: Иванов";
  item.raw = "Иванов;850101100012";
  EXPECT_EQ(apply(item), "adapter.bad_row");
  setLogSink(nullptr);
  for (const auto* secret : {"Иванов", "850101", "status-"}) {
    EXPECT_EQ(lines.find(secret), std::string::npos) << lines;
  }
  EXPECT_NE(lines.find(R"("item_id":"#14@96e0aabbccdd","code":"adapter.bad_row")"),
            std::string::npos)
      << lines;
  const auto row = quarantine().front();
  EXPECT_EQ(row.item_id, item.item_id) << "who may read the quarantine sees which file it was";
  EXPECT_NE(row.text.find("Иванов"), std::string::npos);
}

TEST_F(InboundTest, AChangedItemIsQuarantined) {
  deliver();
  EXPECT_EQ(apply(statusItem("i-1", appeal_, "registered")), "");
  expectRefused(statusItem("i-1", appeal_, "in_work"), "exchange.item_changed");
  EXPECT_EQ(apply(statusItem("i-1", appeal_, "registered")), "") << "the first one stands";
}

TEST_F(InboundTest, AChangedItemIsKeptOnceHoweverOftenItComes) {
  deliver();
  EXPECT_EQ(apply(statusItem("i-1", appeal_, "registered")), "");
  const auto changed = statusItem("i-1", appeal_, "in_work");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(apply(changed), "exchange.item_changed");
  EXPECT_EQ(quarantine().size(), 1u);
  const auto other = statusItem("i-1", appeal_, "extended", "2026-05-10");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(apply(other), "exchange.item_changed");
  EXPECT_EQ(quarantine().size(), 2u) << "other content is another one";
  EXPECT_EQ(apply(changed), "exchange.item_changed");
  EXPECT_EQ(quarantine().size(), 2u);
  EXPECT_EQ(apply(statusItem("i-1", appeal_, "registered")), "") << "the first one stands";
}

TEST_F(InboundTest, AnItemThatDiffersEveryTimeDoesNotFillTheQuarantine) {
  deliver();
  EXPECT_EQ(apply(statusItem("i-1", appeal_, "registered")), "");
  const auto come = [&](int from, int to) {
    std::vector<otinish::Inbound> items;
    for (int i = from; i < to; ++i) {
      items.push_back(statusItem("i-1", appeal_, "in_work"));
      items.back().body += std::string(static_cast<std::size_t>(i), '\n');
    }
    applyAll(items);
  };
  come(1, 151);
  EXPECT_EQ(store_->listQuarantine("", "", 1'000)->size(), 100u);
  auto settled = *store_->settled("minfin", 1'000);
  ASSERT_EQ(settled.size(), 151u);
  EXPECT_EQ(settled.back().code, "exchange.item_changed") << "the agency hears of each";
  clock_.advance(std::chrono::hours(1));
  come(151, 152);
  EXPECT_EQ(store_->listQuarantine("", "", 1'000)->size(), 101u);
}

TEST_F(InboundTest, RefusedItemsAreKeptWithinABound) {
  static std::vector<std::string> lines;
  lines.clear();
  setLogSink([](std::string_view line) {
    if (line.find("inbound.not_kept") != std::string_view::npos) lines.emplace_back(line);
  });
  const int over = 3;
  const auto rubbish = [](int i) {
    otinish::Inbound item;
    item.item_id = "i-" + std::to_string(i);
    item.type = "decision/1";
    item.form = "xml";
    item.body = "rubbish " + std::to_string(i);
    return item;
  };
  std::vector<otinish::Inbound> items;
  for (int i = 0; i < KeepBudget::kItemsPerDayMax + over; ++i) items.push_back(rubbish(i));
  applyAll(items, {"many", "", true});
  const auto kept = [&] {
    return static_cast<int>(store_->listQuarantine("", "", 20'000)->size());
  };
  EXPECT_EQ(kept(), KeepBudget::kItemsPerDayMax);
  EXPECT_EQ(static_cast<int>(store_->settled("many", 20'000)->size()),
            KeepBudget::kItemsPerDayMax + over)
      << "the agency hears of each";
  EXPECT_NE(metrics::render().find("hub_inbound_not_kept_total{agency=\"many\"} 3"),
            std::string::npos);
  EXPECT_EQ(lines.size(), 1u) << "told once";
  // Another agency has a bound of its own, and the next day is another day.
  applyAll({rubbish(0)});
  EXPECT_EQ(kept(), KeepBudget::kItemsPerDayMax + 1);
  clock_.advance(std::chrono::hours(24));
  applyAll({items.back()}, {"many", "", true});
  EXPECT_EQ(kept(), KeepBudget::kItemsPerDayMax + 2) << "judged anew: there is no record of it";
  setLogSink(nullptr);
}

TEST_F(InboundTest, TheBoundOfRefusedItemsIsOneOfBytesToo) {
  using Room = KeepBudget::Room;
  const std::size_t half = KeepBudget::kItemBytesPerDayMax / 2;
  EXPECT_EQ(budget_.roomForItem("minfin", half, clock_.now()), Room::kEnough);
  EXPECT_EQ(budget_.roomForItem("minfin", half + 1, clock_.now()), Room::kJustUsedUp);
  EXPECT_EQ(budget_.roomForItem("minfin", half + 1, clock_.now()), Room::kNone);
  EXPECT_EQ(budget_.roomForItem("minfin", half, clock_.now()), Room::kEnough);
  EXPECT_TRUE(budget_.mayKeep("minfin", clock_.now())) << "what is not an item";
}

TEST_F(InboundTest, TheSameItemIdOfTwoAgenciesAreTwoItems) {
  deliver();
  EXPECT_EQ(apply(statusItem("i-1", appeal_, "in_work")), "");
  auto other = taxAppeal("a-2");
  other.addressee_body.bin = kAkimatBin;
  auto second = accept(other);
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(applyAs("akimat", statusItem("i-1", second->appeal, "in_work")), "");
  EXPECT_EQ(appealNow(second->appeal.id).state, "in_work");
}

// Systems without ids of their own say the same words about many appeals.
TEST_F(InboundTest, ItemsWithoutAnIdAreKnownByWhatTheyAreAboutToo) {
  deliver();
  const auto second = accepted("a-2");
  applyAll({statusItem("", appeal_, "in_work"), statusItem("", second, "in_work")});
  EXPECT_EQ(appealNow(appeal_.id).state, "in_work");
  EXPECT_EQ(appealNow(second.id).state, "in_work");
  const auto events = eventsOf(second.id).size();
  applyAll({statusItem("", second, "in_work")});
  EXPECT_EQ(eventsOf(second.id).size(), events) << "known when it comes again";
}

TEST_F(InboundTest, UnknownAndForeignAppealsAreRefused) {
  auto item = decisionItem("i-1", appeal_.hub_id);
  item.correlation_id = newUuid7(clock_.now());
  expectRefused(item, "exchange.unknown_appeal");
  item = decisionItem("i-2", appeal_.hub_id);
  item.correlation_id.clear();
  expectRefused(item, "exchange.unknown_appeal");
  expectRefused(decisionItem("i-3", appeal_.hub_id), "exchange.not_addressee", "akimat");
  auto other = accepted("a-2");
  item = decisionItem("i-4", appeal_.hub_id);
  item.reg_number = other.reg_number;
  expectRefused(item, "exchange.contradictory_references");
  item = decisionItem("i-5", appeal_.hub_id);
  amend(item, [](auto& decision) { decision.body.bin = kAkimatBin; });
  expectRefused(item, "exchange.foreign_body");
}

TEST_F(InboundTest, OnlyStatusesAndDecisionsAreTaken) {
  auto item = decisionItem("i-1", appeal_.hub_id);
  item.type = "appeal/1";
  expectRefused(item, "exchange.type_not_allowed");
  item = decisionItem("i-2", appeal_.hub_id);
  item.type = "status/1";
  expectRefused(item, "model.unknown_type");
}

TEST_F(InboundTest, WhatCannotBeReadIsKeptWhole) {
  auto item = decisionItem("i-1", appeal_.hub_id);
  item.body = "<decision";
  EXPECT_NE(applyAs("minfin", item), "");
  ASSERT_EQ(quarantine().size(), 1u);
  EXPECT_EQ(quarantine().front().raw, "<decision");
  EXPECT_EQ(quarantine().front().correlation, appeal_.hub_id);

  item = decisionItem("i-2", appeal_.hub_id);
  amend(item, [](auto& decision) { decision.official.clear(); });
  expectRefused(item, "model.required");

  item = {};
  item.item_id = "i-3";
  item.problem_code = "mapping.no_case";
  item.problem_text = "no mapping for the case of 850101100012";
  item.raw = "<native/>";
  expectRefused(item, "mapping.no_case");
  EXPECT_EQ(quarantine().front().text.find("850101100012"), std::string::npos) << "masked";
}

TEST_F(InboundTest, OneBadItemDelaysNoOther) {
  deliver();
  auto bad = decisionItem("i-1", appeal_.hub_id);
  bad.body = "rubbish";
  applyAll({bad, statusItem("i-2", appeal_, "in_work")});
  EXPECT_EQ(appealNow(appeal_.id).state, "in_work");
  auto settled = store_->settled("minfin", 10);
  ASSERT_EQ(settled->size(), 2u);
  EXPECT_FALSE((*settled)[0].accepted);
  EXPECT_TRUE((*settled)[1].accepted);
}

TEST_F(InboundTest, WhatNobodySignedIsKeptShortAndOnABudgetOfItsOwn) {
  const Error unsigned_push{"trust.signature_missing", "no signature", "", 0};
  const Error wrong_key{"trust.signer_unknown", "another key", "", 0};
  auto keep = [&](const Error& reason, char filler) {
    const std::string raw(100'000, filler);
    auto status = store_->write([&](store::Tx& tx) {
      return keepRefused(tx, "minfin", reason, {"push", raw, "", ""}, clock_.now());
    });
    ASSERT_TRUE(status.ok());
  };
  keep(unsigned_push, 'a');
  keep(wrong_key, 'b');
  const auto kept = quarantine();  // the newest first
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(kept[0].bytes, 64 * 1024);
  EXPECT_EQ(kept[1].bytes, 4 * 1024);

  EXPECT_TRUE(isNobodys(unsigned_push));
  EXPECT_FALSE(isNobodys(wrong_key));
  int taken = 0;
  while (taken < 1000 && budget_.mayKeepNobodys("minfin", clock_.now())) ++taken;
  EXPECT_EQ(taken, 100);
  EXPECT_TRUE(budget_.mayKeep("minfin", clock_.now())) << "the agency's own can still be kept";
  clock_.advance(std::chrono::hours(1));
  EXPECT_TRUE(budget_.mayKeepNobodys("minfin", clock_.now()));
}

TEST_F(InboundTest, WhatTheCarrierCouldNotDeliverIsADeadLetter) {
  auto lost = [](const std::string& id, const std::string& message) {
    otinish::Inbound item;
    item.item_id = id;
    item.external_id = message;
    item.problem_code = "adapter.not_delivered";
    item.problem_text = "NOT_DELIVERED RECEIVER_DOWN";
    item.raw = "<request/>";
    return item;
  };
  expectRefused(lost("n-0", "message:s-1"), "adapter.not_delivered");
  ASSERT_TRUE(store_
                  ->write([&](store::Tx& tx) -> Status {
                    auto row = tx.outboxOf(appeal_.id)->front();
                    row.state = store::OutboxState::kAwaiting;
                    row.external_id = "conversation-1\nmessage:s-2";
                    for (const char* id : {"conversation-1", "message:s-1", "message:s-2"}) {
                      if (auto s = tx.addExternalId(appeal_.id, "minfin", id, clock_.now()); !s) {
                        return s;
                      }
                    }
                    return tx.updateOutbox(row);
                  })
                  .ok());
  const auto kept = quarantine().size();
  applyAll({lost("n-1", "message:s-1")});
  EXPECT_EQ(outboxOf(appeal_.id).state, store::OutboxState::kAwaiting)
      << "the message was given to the carrier again since";
  applyAll({lost("n-2", "message:s-2")});
  EXPECT_EQ(outboxOf(appeal_.id).state, store::OutboxState::kDead);
  EXPECT_EQ(outboxOf(appeal_.id).last_code, "adapter.not_delivered");
  EXPECT_EQ(outboxOf(appeal_.id).last_text, "NOT_DELIVERED RECEIVER_DOWN");
  EXPECT_TRUE(hasEvent(appeal_.id, "delivery_failed"));
  EXPECT_EQ(quarantine().size(), kept) << "there is nothing to mend about it";
  const auto events = eventsOf(appeal_.id).size();
  applyAll({lost("n-2", "message:s-2"), lost("n-3", "message:s-2")});
  EXPECT_EQ(eventsOf(appeal_.id).size(), events);
  expectRefused(lost("n-4", "message:nobody's"), "adapter.not_delivered");
}

// As an err file under a code that no table lists: no refusal of the appeal, and nothing else will come of it.
TEST_F(InboundTest, WhatTheAgencyDidNotTakeIsADeadLetterThatCanBeTriedAgain) {
  const auto message = outboxOf(appeal_.id).message_id;
  const auto said = [&](const std::string& id, const std::string& raw,
                        const std::string& code = "adapter.refused_by_agency") {
    otinish::Inbound item;
    item.item_id = id;
    item.in_reply_to = message;
    item.problem_code = code;
    item.problem_text = "XSD_INVALID; ИИН 850101100012";
    item.raw = raw;
    return item;
  };
  const auto put = [&](store::OutboxState state) {
    ASSERT_TRUE(store_
                    ->write([&](store::Tx& tx) -> Status {
                      auto row = tx.outboxOf(appeal_.id)->front();
                      row.state = state;
                      return tx.updateOutbox(row);
                    })
                    .ok());
  };
  deliver();
  expectRefused(said("e-0", "<0>", "adapter.message_known"), "adapter.message_known");
  EXPECT_EQ(outboxOf(appeal_.id).state, store::OutboxState::kAwaiting) << "the case is there";

  EXPECT_EQ(apply(said("e-1", "<1>")), "adapter.refused_by_agency");
  auto row = outboxOf(appeal_.id);
  EXPECT_EQ(row.state, store::OutboxState::kDead);
  EXPECT_EQ(row.last_code, "adapter.refused_by_agency");
  EXPECT_TRUE(row.last_text.starts_with("XSD_INVALID")) << row.last_text;
  EXPECT_EQ(row.last_text.find("850101100012"), std::string::npos);
  EXPECT_EQ(eventOf(appeal_.id, "delivery_failed").reason, "adapter.refused_by_agency");
  EXPECT_EQ(quarantine().size(), 2u) << "the item is kept besides";
  const auto events = eventsOf(appeal_.id).size();
  ASSERT_TRUE(retryDelivery(*store_, row.id, {}, clock_, [](const auto&) { return true; }).ok());

  // The same word given again is no word on the new attempt.
  put(store::OutboxState::kAwaiting);
  applyAll({said("e-1", "<1>")});
  EXPECT_EQ(outboxOf(appeal_.id).state, store::OutboxState::kAwaiting);
  // Nobody knows yet what the attempt ends with: the item comes again.
  put(store::OutboxState::kInFlight);
  int put_off = 0, not_kept = 0;
  const auto items = inbound_.prepare({said("e-2", "<2>")});
  ASSERT_TRUE(store_
                  ->write([&](store::Tx& tx) {
                    return inbound_.applyItems(tx, {"minfin", "", true}, items, clock_.now(),
                                               &put_off, &not_kept);
                  })
                  .ok());
  EXPECT_EQ(put_off, 1);
  EXPECT_EQ(not_kept, 1);
  put(store::OutboxState::kAwaiting);
  EXPECT_EQ(applyAs("akimat", said("e-3", "<3>")), "adapter.refused_by_agency");
  EXPECT_EQ(outboxOf(appeal_.id).state, store::OutboxState::kAwaiting) << "not its message";
  EXPECT_EQ(apply(said("e-2", "<2>")), "adapter.refused_by_agency");
  EXPECT_EQ(outboxOf(appeal_.id).state, store::OutboxState::kDead);
  EXPECT_EQ(eventsOf(appeal_.id).size(), events + 2) << "retry_requested, delivery_failed";

  put(store::OutboxState::kDelivered);
  EXPECT_EQ(apply(said("e-4", "<4>")), "adapter.refused_by_agency");
  EXPECT_EQ(outboxOf(appeal_.id).state, store::OutboxState::kDelivered) << "it has the case";
}

TEST_F(InboundTest, AMessageThatTheAgencyAnsweredIsNotLost) {
  deliver("MF-7");
  EXPECT_EQ(apply(statusItem("i-1", appeal_, "registered")), "");
  ASSERT_TRUE(store_
                  ->write([&](store::Tx& tx) -> Status {
                    auto row = tx.outboxOf(appeal_.id)->front();
                    row.external_id = "MF-7\nmessage:s-1";
                    if (auto s = tx.updateOutbox(row); !s) return s;
                    return tx.addExternalId(appeal_.id, "minfin", "message:s-1", clock_.now());
                  })
                  .ok());
  otinish::Inbound late;
  late.item_id = "n-1";
  late.external_id = "message:s-1";
  late.problem_code = "adapter.not_delivered";
  applyAll({late});
  EXPECT_EQ(outboxOf(appeal_.id).state, store::OutboxState::kDelivered);
  EXPECT_FALSE(hasEvent(appeal_.id, "delivery_failed"));
}

}  // namespace
}  // namespace hub::exchange::testing
