#include "hub/exchange/inbound.h"

#include "hub/base/ids.h"
#include "hub/base/log.h"
#include "hub/exchange/quarantine.h"
#include "hub/exchange/refused.h"
#include "hub/exchange/tests/world.h"

namespace hub::exchange::testing {
namespace {

using store::OutboxState;

// Changes the decision inside an item.
void amend(otinish::Inbound& item, const std::function<void(model::Decision&)>& change) {
  auto message = model::decodeXml(item.body, Limits());
  ASSERT_TRUE(message.ok());
  change(std::get<model::Decision>(message->payload));
  item.body = model::encodePayloadXml(*message);
}

otinish::Inbound statusItem(const std::string& id, const store::AppealRow& appeal,
                            const std::string& code, const std::string& until = {},
                            const std::string& at = {}) {
  model::Message message;
  auto& status = message.payload.emplace<model::StatusUpdate>();
  status.status = code;
  status.at = at;
  if (!until.empty()) status.until = until;
  otinish::Inbound item;
  item.item_id = id;
  item.type = "status/1";
  item.form = "xml";
  item.correlation_id = appeal.hub_id;
  item.body = model::encodePayloadXml(message);
  return item;
}

class InboundTest : public World {
 protected:
  void SetUp() override {
    World::SetUp();
    appeal_ = accepted("a-1");
    script_->on_collect = [](const otinish::CollectRequest& request) {
      auto answer = answerOf(Outcome::kDone);
      answer.cursor = request.cursor;
      return answer;
    };
    auto config = scriptedAgency("minfin", script_);
    auto agency = Agency::open(config, *keys_, *attachments_, limits_, clock_);
    ASSERT_TRUE(agency.ok());
    agency_ = std::move(*agency);
    dispatcher_ =
        std::make_unique<Dispatcher>(*agency_, *store_, inbound_, budget_, limits_, clock_, "");
  }

  // One item; the code it was refused with, "" if accepted.
  std::string apply(const otinish::Inbound& item) { return applyAs("minfin", item); }
  std::string applyAs(const std::string& alias, const otinish::Inbound& item) {
    ItemSource who{alias, "", true};
    int put_off = 0;
    auto items = inbound_.prepare({item});
    auto status = store_->write(
        [&](store::Tx& tx) { return inbound_.applyItems(tx, who, items, clock_.now(), &put_off); });
    EXPECT_TRUE(status.ok()) << (status.ok() ? "" : status.error().text);
    EXPECT_EQ(put_off, 0);
    auto rows = store_->settled(alias, 1'000);
    if (!rows.ok() || rows->empty()) return "nothing settled";
    const auto& last = rows->back();
    EXPECT_EQ(last.item_id, item.item_id);
    EXPECT_EQ(last.accepted, last.code.empty());
    EXPECT_EQ(last.reference.empty(), !last.accepted) << "a receipt for what was taken";
    return last.code;
  }
  std::vector<store::QuarantineRow> quarantine() {
    auto rows = store_->listQuarantine("", "", 100);
    if (!rows.ok()) return {};
    for (auto& row : *rows) row = *store_->findQuarantine(row.id, true).value();
    return std::move(rows).value();
  }
  // The item is refused with this code, kept whole, and changes nothing.
  void expectRefused(const otinish::Inbound& item, const std::string& code,
                     const std::string& alias = "minfin") {
    auto before = appealNow(appeal_.id);
    auto events = eventsOf(appeal_.id).size();
    auto journal = store_->head()->size;
    auto kept = quarantine().size();
    EXPECT_EQ(applyAs(alias, item), code);
    auto after = appealNow(appeal_.id);
    EXPECT_EQ(after.state, before.state);
    EXPECT_EQ(after.decision_outcome, before.decision_outcome);
    EXPECT_EQ(eventsOf(appeal_.id).size(), events);
    EXPECT_EQ(store_->head()->size, journal);
    auto rows = quarantine();
    ASSERT_EQ(rows.size(), kept + 1);
    EXPECT_EQ(rows.front().code, code);
    EXPECT_EQ(rows.front().party, alias);
    EXPECT_EQ(rows.front().raw, item.raw.empty() ? item.body : item.raw);
    EXPECT_EQ(rows.front().state, "open");
  }
  void deliver(const std::string& external_id = {}) {
    ASSERT_TRUE(store_
                    ->write([&](store::Tx& tx) -> Status {
                      auto row = tx.outboxOf(appeal_.id)->front();
                      row.state = OutboxState::kAwaiting;
                      if (auto s = tx.updateOutbox(row); !s) return s;
                      auto appeal = *tx.appeal(appeal_.id);
                      appeal.state = "assigned";
                      if (!external_id.empty()) {
                        auto s = tx.addExternalId(appeal.id, "minfin", external_id, clock_.now());
                        if (!s) return s;
                      }
                      return tx.updateAppeal(appeal);
                    })
                    .ok());
  }

  std::unique_ptr<trust::Keyring> keys_ = trust::makeKeyring();
  std::unique_ptr<transport::AttachmentStore> attachments_ =
      transport::openAttachmentFolder(folder_.file("attachments"), limits_);
  Inbound inbound_{limits_, model::IdentityCheck::kStrict, attachments_.get(), &currentLaw()};
  KeepBudget budget_;
  std::shared_ptr<Script> script_ = std::make_shared<Script>();
  std::unique_ptr<Agency> agency_;
  std::unique_ptr<Dispatcher> dispatcher_;
  store::AppealRow appeal_;
};

TEST_F(InboundTest, ADecisionEndsTheAppeal) {
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
  ASSERT_EQ(messages->back().type, "decision/1");
  auto decision = schema().validateAndDecode(messages->back().body, limits_);
  ASSERT_TRUE(decision.ok()) << decision.error().text;
  EXPECT_EQ(std::get<model::Decision>(decision->payload).body.bin, kMinfinBin);
  EXPECT_EQ(std::get<model::Decision>(decision->payload).appeal_ref.hub_id, appeal_.hub_id);
  auto record = store_->journal(1);
  ASSERT_TRUE(record.ok() && record->has_value());
  EXPECT_EQ((*record)->direction, "in");
  EXPECT_EQ((*record)->message_id, messages->back().message_id);
}

TEST_F(InboundTest, ADecisionNeedsASignatureItsOwnOrItsTransports) {
  deliver();
  auto item = decisionItem("i-1", appeal_.hub_id);
  amend(item, [](auto& decision) { decision.signatures.clear(); });
  expectRefused(item, "model.required");
  item.item_id = "i-2";
  ItemSource who{"minfin", "jws", true};
  int put_off = 0;
  auto items = inbound_.prepare({item});
  ASSERT_TRUE(store_
                  ->write([&](store::Tx& tx) {
                    return inbound_.applyItems(tx, who, items, clock_.now(), &put_off);
                  })
                  .ok());
  EXPECT_EQ(appealNow(appeal_.id).state, "executed");
  auto record = store_->journal(1);
  ASSERT_TRUE(record.ok() && record->has_value());
  EXPECT_EQ((*record)->signature, "verified:jws");
}

TEST_F(InboundTest, WhoSignedIsKeptBesideTheDecision) {
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
  int put_off = 0;
  auto items = inbound_.prepare({item});
  ASSERT_TRUE(store_
                  ->write([&](store::Tx& tx) {
                    return inbound_.applyItems(tx, who, items, clock_.now(), &put_off);
                  })
                  .ok());
  auto events = eventsOf(appeal_.id);
  EXPECT_EQ(events.back().type, "decided");
  EXPECT_EQ(events.back().evidence, one);
  auto plain = events.back();
  plain.evidence.clear();
  EXPECT_NE(store::eventSha256(plain), store::eventSha256(events.back()));
  EXPECT_EQ((*store_->journal(1))->signature, "verified:jws sha256:" + std::string(64, 'a'));
  auto decision =
      schema().validateAndDecode(store_->messages(appeal_.id, true)->back().body, limits_);
  ASSERT_TRUE(decision.ok());
  const auto& signatures = std::get<model::Decision>(decision->payload).signatures;
  ASSERT_EQ(signatures.size(), 1u);
  EXPECT_EQ(signatures[0].certificate_serial, "0A1B");
  verified.signer_sha256 = std::string(64, 'b');
  who.signers.add("jws", verified);
  EXPECT_EQ(who.signers.serial, "") << "not known whose item it was";
  EXPECT_NE(who.signers.text.find("; jws"), std::string::npos);
}

TEST_F(InboundTest, AnActIsToBeExecutedAndTheBodySaysWhenItWas) {
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
TEST_F(InboundTest, AComplaintSentBackByABodysSystemHasItsTerms) {
  auto complaint = taxAppeal("a-complaint");
  complaint.kind = "complaint";
  complaint.contested = model::Contested{};
  complaint.contested->act_or_action = "act";
  auto filed = accept(complaint);
  ASSERT_TRUE(filed.ok()) << filed.error().code << filed.error().field;
  appeal_ = filed->appeal;
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

TEST_F(InboundTest, WhatGivesNothingHasNothingToExecute) {
  deliver();
  auto item = decisionItem("i-1", appeal_.hub_id);
  amend(item, [](model::Decision& decision) { decision.outcome = "terminated"; });
  EXPECT_EQ(apply(item), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "terminated");
  EXPECT_FALSE(hasClock(appeal_.id, "execute"));
  EXPECT_TRUE(hasClock(appeal_.id, "complaint_window") ||
              hasClock(appeal_.id, "complaint_window_long"));
}

TEST_F(InboundTest, ADecisionAfterTheDueDateMissesTheTerm) {
  deliver();
  clock_.set(instant("2026-04-10T20:00:00Z"));  // 11 April in Kazakhstan
  EXPECT_EQ(apply(decisionItem("i-1", appeal_.hub_id)), "");
  EXPECT_EQ(clockOf(appeal_.id, "consider").status, "missed");
}

// What was found missed stays so, whatever day the body writes on its act afterwards.
TEST_F(InboundTest, AMissedTermIsNotMadeGoodByAnEarlierDate) {
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

TEST_F(InboundTest, ADecisionToldAfterTheTermIsMarked) {
  deliver();
  clock_.set(instant("2026-04-20T05:00:00Z"));
  auto item = decisionItem("i-1", appeal_.hub_id);
  amend(item, [](auto& decision) { decision.decided_at = "2026-04-09T10:00:00+05:00"; });
  EXPECT_EQ(apply(item), "");
  EXPECT_EQ(clockOf(appeal_.id, "consider").status, "met");
  EXPECT_NE(eventOf(appeal_.id, "decided").text_en.find("after the term: 2026-04-20"),
            std::string::npos);
}

TEST_F(InboundTest, ADecisionIsNotOlderThanTheAppeal) {
  deliver();
  auto item = decisionItem("i-1", appeal_.hub_id);
  amend(item, [](auto& decision) { decision.decided_at = "2026-03-16T18:00:00+05:00"; });
  expectRefused(item, "exchange.decided_before_registration");
  // Many systems know the day only.
  item = decisionItem("i-2", appeal_.hub_id);
  amend(item, [](auto& decision) { decision.decided_at = "2026-03-17T00:00:00+05:00"; });
  EXPECT_EQ(apply(item), "");
}

// Law 88: ten working days more, where the Code gives a complaint none (APPC 99).
TEST_F(InboundTest, AComplaintOnAPublicServiceIsExtendedByItsOwnLaw) {
  auto complaint = taxAppeal("s-1");
  complaint.kind = "complaint";
  complaint.procedure = "public_service";
  model::Contested contested;
  contested.act_or_action = "action";
  complaint.contested = contested;
  auto accepted = accept(complaint);
  ASSERT_TRUE(accepted.ok()) << accepted.error().code << accepted.error().field;
  appeal_ = accepted->appeal;
  EXPECT_EQ(appealNow(appeal_.id).procedure, "public_service");
  EXPECT_EQ(clockOf(appeal_.id, "consider").rule_id, "S1");
  deliver();
  EXPECT_EQ(apply(statusItem("i-1", appeal_, "extended", "2026-04-20")), "");
  EXPECT_TRUE(hasEvent(appeal_.id, "status_unlawful")) << "ten working days end on 3 April";
  EXPECT_EQ(apply(statusItem("i-2", appeal_, "extended", "2026-04-03")), "");
  EXPECT_EQ(clockOf(appeal_.id, "consider_extended").rule_id, "S3");
  EXPECT_EQ(clockOf(appeal_.id, "extension_notice").rule_id, "S4");
}

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
  auto news = inbound_.prepare(
      {statusItem("i-3", appeal_, "in_work"), decisionItem("i-4", appeal_.hub_id)});
  ItemSource who{"minfin", "", true};
  int put_off = 0;
  ASSERT_TRUE(store_
                  ->write([&](store::Tx& tx) {
                    return inbound_.applyItems(tx, who, news, clock_.now(), &put_off);
                  })
                  .ok());
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

// Kept before the appeal was there: an operator has it judged again.
TEST_F(InboundTest, AKeptItemIsJudgedAgain) {
  auto later = taxAppeal("later");
  Quarantine desk(*store_, inbound_, clock_);
  Caller clerk{"clerk", "", true};
  deliver();
  auto item = decisionItem("i-1", "");
  item.reg_number = "ЖТ-2026-00000002";
  item.raw = "<native/>";
  expectRefused(item, "exchange.unknown_appeal");
  auto id = quarantine().front().id;
  EXPECT_EQ(desk.replay(id, clerk).error().code, "exchange.unknown_appeal");
  EXPECT_EQ(quarantine().size(), 1u) << "kept once";
  EXPECT_EQ(quarantine().front().state, "open");
  auto second = accept(later);
  ASSERT_TRUE(second.ok());
  ASSERT_EQ(second->appeal.reg_number, item.reg_number);
  auto replayed = desk.replay(id, clerk);
  ASSERT_TRUE(replayed.ok()) << replayed.error().code;
  EXPECT_EQ(appealNow(second->appeal.id).state, "executed");
  EXPECT_EQ(eventOf(second->appeal.id, "decided").actor, "agency:minfin");
  auto row = quarantine().front();
  EXPECT_EQ(row.state, "resolved");
  EXPECT_EQ(row.closed_by, "operator:clerk");
  EXPECT_EQ(desk.replay(id, clerk).error().code, "exchange.quarantine_closed");
  EXPECT_EQ(desk.resolve(id, "x", clerk).error().code, "exchange.quarantine_closed");
  auto events = eventsOf(second->appeal.id).size();
  EXPECT_EQ(apply(item), "") << "the agency sending it again hears that it was taken";
  EXPECT_EQ(eventsOf(second->appeal.id).size(), events);
}

TEST_F(InboundTest, WhatOnlyTheSenderCanGiveAgainIsResolvedWithANote) {
  Quarantine desk(*store_, inbound_, clock_);
  Caller clerk{"clerk", "", true};
  otinish::Inbound item;
  item.item_id = "i-1";
  item.problem_code = "mapping.unknown_document";
  item.raw = "<native>850101100012</native>";
  EXPECT_EQ(apply(item), "mapping.unknown_document");
  auto id = quarantine().front().id;
  static std::vector<std::string> lines;
  lines.clear();
  setLogSink([](std::string_view line) { lines.emplace_back(line); });
  EXPECT_EQ(*desk.raw(id, clerk), item.raw);
  setLogSink(nullptr);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_NE(lines[0].find("audit.quarantine_read"), std::string::npos);
  EXPECT_NE(lines[0].find("clerk"), std::string::npos);
  EXPECT_EQ(lines[0].find("native"), std::string::npos) << "never with content";
  EXPECT_EQ(desk.replay(id, clerk).error().code, "exchange.not_replayable");
  EXPECT_EQ(desk.resolve(id, " ", clerk).error().code, "exchange.reason_needed");
  ASSERT_TRUE(desk.resolve(id, "told 850101100012 to mend it", clerk).ok());
  EXPECT_EQ(quarantine().front().state, "resolved");
  EXPECT_EQ(quarantine().front().note.find("850101100012"), std::string::npos);
  EXPECT_EQ(desk.raw(99, clerk).error().code, "store.not_found");
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
    ItemSource who{"minfin", "", true};
    auto prepared = inbound_.prepare(items);
    int put_off = 0;
    ASSERT_TRUE(store_
                    ->write([&](store::Tx& tx) {
                      return inbound_.applyItems(tx, who, prepared, clock_.now(), &put_off);
                    })
                    .ok());
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
  auto items = inbound_.prepare({bad, statusItem("i-2", appeal_, "in_work")});
  ItemSource who{"minfin", "", true};
  int put_off = 0;
  ASSERT_TRUE(store_
                  ->write([&](store::Tx& tx) {
                    return inbound_.applyItems(tx, who, items, clock_.now(), &put_off);
                  })
                  .ok());
  EXPECT_EQ(appealNow(appeal_.id).state, "in_work");
  auto settled = store_->settled("minfin", 10);
  ASSERT_EQ(settled->size(), 2u);
  EXPECT_FALSE((*settled)[0].accepted);
  EXPECT_TRUE((*settled)[1].accepted);
}

TEST_F(InboundTest, StatusesMoveTheAppealForwardOnly) {
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

TEST_F(InboundTest, AnExtensionOpensANewTerm) {
  deliver();
  EXPECT_EQ(apply(statusItem("i-1", appeal_, "extended", "2026-05-10")), "");
  auto row = appealNow(appeal_.id);
  EXPECT_EQ(row.state, "extended");
  EXPECT_EQ(row.due_date, "2026-05-10");
  EXPECT_EQ(clockOf(appeal_.id, "consider").status, "extended");
  EXPECT_EQ(clockOf(appeal_.id, "consider").due_date, "2026-04-10") << "never edited";
  EXPECT_EQ(clockOf(appeal_.id, "consider_extended").status, "running");
  EXPECT_NE(eventOf(appeal_.id, "status_extended").text_en.find("2026-05-10"), std::string::npos);
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
TEST_F(InboundTest, TheNoticeOfAnExtensionRunsFromTheDecision) {
  deliver();
  auto item = statusItem("i-1", appeal_, "extended", "2026-05-10", "2026-03-18T10:00:00+05:00");
  clock_.set(instant("2026-03-27T05:00:00Z"));
  EXPECT_EQ(apply(item), "");
  EXPECT_EQ(clockOf(appeal_.id, "extension_notice").due_date, "2026-03-26")
      << "19, 20 and 26 March: Nauryz is off";
}

TEST_F(InboundTest, AnExtensionTheLawDoesNotGiveChangesNoTerm) {
  deliver();
  EXPECT_EQ(apply(statusItem("i-1", appeal_, "extended", "2026-12-31")), "");
  EXPECT_EQ(appealNow(appeal_.id).due_date, "2026-04-10");
  EXPECT_EQ(clockOf(appeal_.id, "consider").status, "running");
  EXPECT_TRUE(hasEvent(appeal_.id, "status_unlawful"));
  expectRefused(statusItem("i-2", appeal_, "extended"), "model.required");
}

// APPC 76(3) gives one extension: not two months more with each message.
TEST_F(InboundTest, ATermIsExtendedOnce) {
  deliver();
  EXPECT_EQ(apply(statusItem("i-1", appeal_, "extended", "2026-05-10")), "");
  clock_.set(instant("2026-05-08T05:00:00Z"));
  EXPECT_EQ(apply(statusItem("i-2", appeal_, "extended", "2026-07-01")), "");
  EXPECT_EQ(appealNow(appeal_.id).due_date, "2026-05-10");
  EXPECT_TRUE(hasEvent(appeal_.id, "status_unlawful"));
  int terms = 0, notices = 0;
  for (const auto& clock : clocksOf(appeal_.id)) {
    terms += clock.name == "consider_extended";
    notices += clock.name == "extension_notice";
  }
  EXPECT_EQ(terms, 1);
  EXPECT_EQ(notices, 1);
}

TEST_F(InboundTest, ATermThatEndedIsNotExtended) {
  deliver();
  clock_.set(instant("2026-04-13T05:00:00Z"));
  EXPECT_EQ(apply(statusItem("i-1", appeal_, "extended", "2026-05-10")), "");
  EXPECT_EQ(appealNow(appeal_.id).due_date, "2026-04-10");
  EXPECT_EQ(clockOf(appeal_.id, "consider").status, "running");
  EXPECT_FALSE(hasClock(appeal_.id, "consider_extended"));
  EXPECT_TRUE(hasEvent(appeal_.id, "status_unlawful"));
}

// Decided on the last day and told after it.
TEST_F(InboundTest, TheTwoMonthsCountFromTheDecisionNotFromItsNews) {
  deliver();
  clock_.set(instant("2026-04-14T05:00:00Z"));
  EXPECT_EQ(
      apply(statusItem("i-1", appeal_, "extended", "2026-06-14", "2026-04-10T17:00:00+05:00")), "");
  EXPECT_TRUE(hasEvent(appeal_.id, "status_unlawful")) << "two months from 10 April end on 10 June";
  EXPECT_EQ(
      apply(statusItem("i-2", appeal_, "extended", "2026-06-10", "2026-04-10T17:00:00+05:00")), "");
  EXPECT_EQ(appealNow(appeal_.id).due_date, "2026-06-10");
}

TEST_F(InboundTest, ARefusalGoesBackToRouting) {
  deliver();
  EXPECT_EQ(apply(statusItem("i-1", appeal_, "refused")), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "awaiting_routing");
  EXPECT_EQ(outboxOf(appeal_.id).state, OutboxState::kRejected);
  EXPECT_EQ(eventOf(appeal_.id, "status_refused").from_state, "assigned");
}

// The body's no to a withdrawal or a changed term: the appeal stays with it.
TEST_F(InboundTest, ARefusalOfWhatFollowedIsNoRefusalOfTheAppeal) {
  deliver();
  std::string message_id = newUuid7(clock_.now());
  ASSERT_TRUE(store_
                  ->write([&](store::Tx& tx) -> Status {
                    store::OutboxRow row;
                    row.message_id = message_id;
                    row.destination = "minfin";
                    row.appeal = appeal_.id;
                    row.type = "withdrawal/1";
                    row.state = OutboxState::kAwaiting;
                    row.created_at = row.next_at = clock_.now();
                    return tx.addOutbox(row).status();
                  })
                  .ok());
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
  auto again = inbound_.prepare({refusal});
  int put_off = 0;
  EXPECT_TRUE(
      store_
          ->write([&](store::Tx& tx) {
            return inbound_.applyItems(tx, {"minfin", "", true}, again, clock_.now(), &put_off);
          })
          .ok());
  EXPECT_EQ(eventsOf(appeal_.id).size(), events);
}

// Systems answer every message in the same words.
TEST_F(InboundTest, WhatFollowedIsSettledByAnswersInTheSameWords) {
  deliver();
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) ids.push_back(newUuid7(clock_.now()));
  ASSERT_TRUE(store_
                  ->write([&](store::Tx& tx) -> Status {
                    for (const auto& id : ids) {
                      store::OutboxRow row;
                      row.message_id = id;
                      row.destination = "minfin";
                      row.appeal = appeal_.id;
                      row.type = "status/1";
                      row.state = OutboxState::kAwaiting;
                      row.created_at = row.next_at = clock_.now();
                      if (auto added = tx.addOutbox(row); !added) return added.status();
                    }
                    return {};
                  })
                  .ok());
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

TEST_F(InboundTest, ASecondDecisionMustSupersedeTheFirst) {
  deliver();
  EXPECT_EQ(apply(decisionItem("i-1", appeal_.hub_id)), "");
  expectRefused(decisionItem("i-2", appeal_.hub_id, "act_burdensome"), "exchange.already_decided");
  auto correction = decisionItem("i-3", appeal_.hub_id, "act_burdensome");
  auto first = store_->messages(appeal_.id, true);
  auto decoded = model::decodeXml(first->back().body, limits_);
  amend(correction, [&](auto& decision) {
    decision.supersedes = std::get<model::Decision>(decoded->payload).decision_id;
  });
  clock_.set(instant("2026-06-01T05:00:00Z"));
  EXPECT_EQ(apply(correction), "");
  auto row = appealNow(appeal_.id);
  EXPECT_EQ(row.decision_outcome, "act_burdensome");
  EXPECT_EQ(row.state, "executed");
  EXPECT_TRUE(hasEvent(appeal_.id, "decision_corrected"));
  EXPECT_EQ(clockOf(appeal_.id, "consider").status, "met") << "the first decision was in time";
}

TEST_F(InboundTest, OutcomesFitTheKind) {
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

// APPC 89(2): remarked, not refused.
TEST_F(InboundTest, AnAnswerInAThirdLanguageIsRemarked) {
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

TEST_F(InboundTest, ADecisionMayNameOnlyFilesThatCame) {
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

// ---- collect

TEST_F(InboundTest, CollectedItemsAndTheCursorAreOneCommit) {
  deliver();
  script_->on_collect = [&](const otinish::CollectRequest& request) {
    auto answer = answerOf(Outcome::kDone);
    if (request.cursor.empty()) answer.items = {decisionItem("i-1", appeal_.hub_id)};
    answer.cursor = "after i-1";
    return answer;
  };
  sealer_.broken = true;
  EXPECT_FALSE(dispatcher_->collectOnce());
  EXPECT_EQ(*store_->cursor("minfin"), "") << "nothing of it happened";
  EXPECT_EQ(appealNow(appeal_.id).state, "assigned");
  EXPECT_TRUE(store_->settled("minfin", 10)->empty());

  sealer_.broken = false;
  EXPECT_FALSE(dispatcher_->collectOnce());
  EXPECT_EQ(*store_->cursor("minfin"), "after i-1");
  EXPECT_EQ(appealNow(appeal_.id).state, "executed");
}

TEST_F(InboundTest, TheAgencyHearsOfEachItemOnceAtTheNextCollect) {
  deliver();
  auto bad = decisionItem("i-2", appeal_.hub_id);
  bad.body = "rubbish";
  script_->on_collect = [&, call = 0](const otinish::CollectRequest&) mutable {
    auto answer = answerOf(Outcome::kDone);
    if (++call == 1) answer.items = {decisionItem("i-1", appeal_.hub_id), bad};
    if (call == 2) return answerOf(Outcome::kRetry, "transport.down");
    answer.cursor = "c";
    return answer;
  };
  for (int i = 0; i < 4; ++i) dispatcher_->collectOnce();
  auto calls = script_->collected();
  ASSERT_EQ(calls.size(), 4u);
  EXPECT_TRUE(calls[0].settled.empty());
  ASSERT_EQ(calls[1].settled.size(), 2u);
  EXPECT_EQ(calls[1].settled[0].item_id, "i-1");
  EXPECT_TRUE(calls[1].settled[0].accepted);
  EXPECT_FALSE(calls[1].settled[0].reference.empty());
  EXPECT_EQ(calls[1].settled[1].item_id, "i-2");
  EXPECT_FALSE(calls[1].settled[1].accepted);
  EXPECT_FALSE(calls[1].settled[1].code.empty());
  EXPECT_EQ(calls[2].settled.size(), 2u) << "the call before failed: told again";
  EXPECT_TRUE(calls[3].settled.empty());
  EXPECT_TRUE(store_->settled("minfin", 10)->empty());
}

TEST_F(InboundTest, AFailedCollectMovesNothing) {
  deliver();
  script_->on_collect = [&](const otinish::CollectRequest&) {
    auto answer = answerOf(Outcome::kRetry, "transport.down");
    answer.items = {decisionItem("i-1", appeal_.hub_id)};
    answer.cursor = "elsewhere";
    answer.more = true;
    return answer;
  };
  EXPECT_FALSE(dispatcher_->collectOnce());
  EXPECT_EQ(*store_->cursor("minfin"), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "assigned");
}

TEST_F(InboundTest, MoreIsAskedForAtOnceButNotWithoutAStepForward) {
  deliver();
  script_->on_collect = [&](const otinish::CollectRequest& request) {
    auto answer = answerOf(Outcome::kDone);
    answer.more = true;
    answer.cursor = request.cursor.empty() ? "1" : request.cursor;
    return answer;
  };
  EXPECT_TRUE(dispatcher_->collectOnce());
  EXPECT_FALSE(dispatcher_->collectOnce()) << "the cursor stands still and nothing came";
}

// An item about an appeal nobody knows, while a delivery is open: the agency may know what the hub does
// not know yet.
class WaitingItemTest : public InboundTest {
 protected:
  static otinish::Inbound about(const std::string& external_id, const std::string& id) {
    auto item = decisionItem(id, "");
    item.external_id = external_id;
    return item;
  }
  // Pages of one item each, by the cursor; the last one is empty.
  void give(std::vector<otinish::Inbound> items) {
    script_->on_collect = [items](const otinish::CollectRequest& request) {
      auto answer = answerOf(Outcome::kDone);
      std::size_t page = request.cursor.empty() ? 0 : std::stoul(request.cursor);
      if (page < items.size()) answer.items = {items[page]};
      answer.cursor = std::to_string(std::min(page + 1, items.size()));
      answer.more = page + 1 < items.size();
      return answer;
    };
  }
  std::size_t waiting() { return store_->listQuarantine("minfin", "waiting", 100)->size(); }
};

TEST_F(WaitingItemTest, IsJudgedOnceItsDeliveryIsThrough) {
  give({about("MF-7", "i-1")});
  EXPECT_FALSE(dispatcher_->collectOnce());
  EXPECT_EQ(*store_->cursor("minfin"), "1") << "the adapter's step counts";
  ASSERT_EQ(waiting(), 1u);
  EXPECT_TRUE(store_->settled("minfin", 10)->empty()) << "not judged yet";
  Quarantine desk(*store_, inbound_, clock_);
  EXPECT_EQ(desk.replay(quarantine().front().id, {"clerk", "", true}).error().code,
            "exchange.quarantine_closed");
  dispatcher_->collectOnce();
  EXPECT_EQ(waiting(), 1u);
  deliver("MF-7");
  dispatcher_->collectOnce();
  EXPECT_EQ(appealNow(appeal_.id).state, "executed");
  ASSERT_EQ(quarantine().size(), 1u);
  EXPECT_EQ(quarantine().front().state, "resolved");
  EXPECT_EQ(quarantine().front().closed_by, "hub");
  auto told = script_->collected().back().settled;
  ASSERT_EQ(told.size(), 1u) << "in the same round";
  EXPECT_EQ(told[0].item_id, "i-1");
  EXPECT_TRUE(told[0].accepted);
  EXPECT_FALSE(told[0].reference.empty());
  EXPECT_EQ(apply(about("MF-7", "i-1")), "") << "a duplicate from now on";
  EXPECT_EQ(quarantine().size(), 1u);
}

TEST_F(WaitingItemTest, WaitsAnHourAtMostRestartOrNot) {
  give({about("nobody's", "i-1")});
  dispatcher_->collectOnce();
  clock_.advance(std::chrono::minutes(59));
  Inbound other{limits_, model::IdentityCheck::kStrict, attachments_.get(), &currentLaw()};
  Dispatcher restarted(*agency_, *store_, other, budget_, limits_, clock_, "");
  restarted.collectOnce();
  EXPECT_EQ(waiting(), 1u);
  clock_.advance(std::chrono::minutes(1));
  restarted.collectOnce();
  EXPECT_EQ(waiting(), 0u);
  ASSERT_EQ(quarantine().size(), 1u);
  EXPECT_EQ(quarantine().front().state, "open");
  EXPECT_EQ(quarantine().front().code, "exchange.unknown_appeal");
  auto told = script_->collected().back().settled;
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].code, "exchange.unknown_appeal");
}

// One delivery that never gets through, and what an agency says of all other appeals.
TEST_F(WaitingItemTest, HoldsUpNothingElse) {
  auto other = accepted("a-2");
  give({about("nobody's", "i-1"), statusItem("i-2", other, "in_work")});
  EXPECT_TRUE(dispatcher_->collectOnce()) << "the next page is asked for at once";
  EXPECT_FALSE(dispatcher_->collectOnce());
  EXPECT_EQ(appealNow(other.id).state, "in_work");
  EXPECT_EQ(waiting(), 1u);
}

TEST_F(WaitingItemTest, IsKeptOnceHoweverOftenItIsGiven) {
  script_->on_collect = [item = about("MF-7", "i-1")](const otinish::CollectRequest& request) {
    auto answer = answerOf(Outcome::kDone);
    answer.items = {item};  // as of an agency that was not told that we have it
    answer.cursor = request.cursor + "x";
    return answer;
  };
  for (int i = 0; i < 5; ++i) dispatcher_->collectOnce();
  EXPECT_EQ(quarantine().size(), 1u);
  EXPECT_TRUE(store_->settled("minfin", 10)->empty());
  deliver("MF-7");
  dispatcher_->collectOnce();
  EXPECT_EQ(appealNow(appeal_.id).state, "executed");
  EXPECT_EQ(quarantine().size(), 1u);
}

// What came first is judged first, also when it had to wait.
TEST_F(WaitingItemTest, KeepsItsPlaceBeforeWhatCameLater) {
  auto news = statusItem("i-1", appeal_, "registered");
  news.correlation_id.clear();
  news.external_id = "MF-7";
  give({news, about("MF-7", "i-2"), about("MF-7", "i-3")});
  dispatcher_->collectOnce();
  dispatcher_->collectOnce();
  EXPECT_EQ(waiting(), 2u);
  deliver("MF-7");
  dispatcher_->collectOnce();
  auto types = eventTypes(appeal_.id);
  ASSERT_GE(types.size(), 2u);
  EXPECT_EQ(types[types.size() - 2], "status_registered");
  EXPECT_EQ(types.back(), "decided");
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

}  // namespace
}  // namespace hub::exchange::testing
