// Shared by the tests of what agencies say: an appeal at minfin, what minfin may say of it, and what the hub
// made of that.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "hub/exchange/inbound.h"
#include "hub/exchange/quarantine.h"
#include "hub/exchange/tests/agency_world.h"

namespace hub::exchange::testing {

// Changes the decision inside an item.
inline void amend(otinish::Inbound& item, const std::function<void(model::Decision&)>& change) {
  auto message = model::decodeXml(item.body, Limits());
  ASSERT_TRUE(message.ok());
  change(std::get<model::Decision>(message->payload));
  item.body = model::encodePayloadXml(*message);
}

inline otinish::Inbound statusItem(const std::string& id, const store::AppealRow& appeal,
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

class InboundWorld : public AgencyWorld {
 protected:
  void SetUp() override {
    World::SetUp();
    appeal_ = accepted("a-1");
    agency_ = openAgency(scriptedAgency("minfin", script_));
    ASSERT_NE(agency_, nullptr);
    dispatcher_ = dispatcherOf(*agency_, inbound_);
  }

  // An agency that collects, and says all this in one unit of work; none is put off.
  void applyAll(const std::vector<otinish::Inbound>& given,
                const ItemSource& source = {"minfin", "", true}) {
    int put_off = 0;
    auto items = inbound_.prepare(given);
    auto status = store_->write([&](store::Tx& tx) {
      return inbound_.applyItems(tx, source, items, clock_.now(), &put_off);
    });
    EXPECT_TRUE(status.ok()) << (status.ok() ? "" : status.error().text);
    EXPECT_EQ(put_off, 0);
  }
  // One item; the code it was refused with, "" if accepted.
  std::string apply(const otinish::Inbound& item) { return applyAs("minfin", item); }
  std::string applyAs(const std::string& alias, const otinish::Inbound& item) {
    applyAll({item}, {alias, "", true});
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
  // The agency took the appeal, under this number of its own, and has not answered yet.
  void deliver(const std::string& external_id = {}) {
    ASSERT_TRUE(store_
                    ->write([&](store::Tx& tx) -> Status {
                      auto row = tx.outboxOf(appeal_.id)->front();
                      row.state = store::OutboxState::kAwaiting;
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
  // A term of the appeal that runs.
  void open(const std::string& name, const std::string& due_date) {
    store::ClockRow clock;
    clock.appeal = appeal_.id;
    clock.name = name;
    clock.start_at = clock_.now();
    clock.due_date = due_date;
    clock.status = "running";
    ASSERT_TRUE(store_->write([&](store::Tx& tx) { return tx.addClock(clock); }).ok());
  }
  // The newest decision of the appeal, as the register has it.
  model::Decision decisionNow() {
    auto messages = store_->messages(appeal_.id, true);
    EXPECT_EQ(messages->back().type, "decision/1");
    auto decoded = schema().validateAndDecode(messages->back().body, limits_);
    EXPECT_TRUE(decoded.ok()) << (decoded.ok() ? "" : decoded.error().text);
    return decoded.ok() ? std::get<model::Decision>(decoded->payload) : model::Decision{};
  }

  Quarantine operatorsDesk() { return Quarantine(*store_, inbound_, clock_); }

  Caller clerk_{"clerk", "", true};
  Inbound inbound_{
      limits_,          model::IdentityCheck::kStrict, attachments_.get(), &currentLaw(),
      WayUp::Options{}, [this] { return steady(); }};
  std::shared_ptr<Script> script_ = std::make_shared<Script>();
  std::unique_ptr<Agency> agency_;
  std::unique_ptr<Dispatcher> dispatcher_;
  store::AppealRow appeal_;
};

}  // namespace hub::exchange::testing
