// Complaints that a body's own system sends up, APPC 91(4).
#include "hub/exchange/way_up.h"

#include "hub/exchange/event_texts.h"
#include "hub/exchange/tests/inbound_world.h"

namespace hub::exchange::testing {
namespace {

class WayUpTest : public InboundWorld {
 protected:
  void SetUp() override {
    InboundWorld::SetUp();
    // In config/law nobody above a body is connected.
    auto data = lawBook()->data();
    for (auto& body : data.bodies) {
      if (body.alias == "minfin") body.higher_body = kLandBin;
    }
    auto book = rules::LawBook::build(std::move(data));
    ASSERT_TRUE(book.ok()) << book.error().text;
    above_ = std::make_unique<rules::CurrentLaw>(*book);
    connected_inbound_ = std::make_unique<Inbound>(
        limits_, model::IdentityCheck::kStrict, nullptr, above_.get(),
        WayUp::Options{[this](const std::string& alias) { return here_ && alias == "zher"; },
                       "hub"});
  }
  // At the body complained of.
  void complain(const std::string& id, bool named = true) {
    auto made = complaintAbout("act", id);
    made.contested->official = "Үлгібаев Ә.";
    if (named) made.contested->body = model::BodyRef{kMinfinBin, std::nullopt, {}};
    appeal_ = taken(made);
    deliver();
  }
  std::string say(const std::string& alias, const otinish::Inbound& item) {
    int put_off = 0;
    auto items = connected_inbound_->prepare({item});
    auto status = store_->write([&](store::Tx& tx) {
      return connected_inbound_->applyItems(tx, {alias, "", true}, items, clock_.now(), &put_off);
    });
    EXPECT_TRUE(status.ok()) << (status.ok() ? "" : status.error().text);
    auto rows = store_->settled(alias, 1'000);
    return rows.ok() && !rows->empty() ? rows->back().code : "nothing settled";
  }
  otinish::Inbound forwarded(const std::string& id, const std::string& to) {
    auto item = statusItem(id, appeal_, "forwarded");
    auto message = model::decodeXml(item.body, Limits());
    EXPECT_TRUE(message.ok());
    std::get<model::StatusUpdate>(message->payload).forwarded_to =
        model::BodyRef{to, std::nullopt, {}};
    item.body = model::encodePayloadXml(*message);
    return item;
  }
  std::vector<store::OutboxRow> sentTo(const std::string& alias) {
    auto rows = *store_->outboxOf(appeal_.id);
    std::erase_if(rows, [&](const auto& row) { return row.destination != alias; });
    return rows;
  }
  static constexpr const char* kLandBin = "990141999900";
  bool here_ = true;
  std::unique_ptr<rules::CurrentLaw> above_;
  std::unique_ptr<Inbound> connected_inbound_;
};

TEST_F(WayUpTest, TheBodyAboveGetsTheComplaintAndDecidesIt) {
  complain("c-1");
  ASSERT_EQ(clockOf(appeal_.id, "send_up").status, "running");
  clock_.set(instant("2026-03-19T05:00:00Z"));
  EXPECT_EQ(say("minfin", decisionItem("d-1", appeal_.hub_id, "forwarded")), "");
  auto row = appealNow(appeal_.id);
  EXPECT_EQ(row.state, "routed");
  EXPECT_EQ(row.destination, "zher");
  EXPECT_EQ(row.body_bin, kLandBin);
  EXPECT_EQ(row.decision_outcome, "") << "nobody decided it";
  EXPECT_EQ(row.decided_on, "");
  EXPECT_EQ(clockOf(appeal_.id, "send_up").status, "met");
  EXPECT_EQ(clockOf(appeal_.id, "consider").status, "running");
  EXPECT_EQ(clockOf(appeal_.id, "consider").due_date, row.due_date);
  EXPECT_EQ(clockOf(appeal_.id, "consider").length, 20) << "APPC 99";
  EXPECT_FALSE(hasClock(appeal_.id, "forward_notice")) << "65(1) is another thing";
  const auto up = eventOf(appeal_.id, "acted");
  EXPECT_EQ(up.reason, "send_to_higher");
  EXPECT_EQ(up.actor, "agency:minfin");
  EXPECT_EQ(up.to_state, "sent_to_higher");
  EXPECT_NE(up.text_en.find("The higher body: Land Resources Committee"), std::string::npos)
      << up.text_en;
  EXPECT_FALSE(hasEvent(appeal_.id, "decided"));
  const auto sent = sentTo("zher");
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent.front().type, "appeal/1");
  // It is not the first body's any more, and the second one's decision is the first of the case.
  EXPECT_EQ(say("minfin", decisionItem("d-2", appeal_.hub_id, "act_cancelled")),
            "exchange.not_addressee");
  clock_.set(instant("2026-03-20T05:00:00Z"));
  EXPECT_EQ(say("zher", statusItem("s-1", appeal_, "in_work")), "");
  EXPECT_EQ(say("zher", decisionItem("d-3", appeal_.hub_id, "act_cancelled")), "");
  row = appealNow(appeal_.id);
  EXPECT_EQ(row.state, "executed");
  EXPECT_EQ(row.decision_outcome, "act_cancelled");
  EXPECT_EQ(clockOf(appeal_.id, "consider").status, "met");
  EXPECT_FALSE(hasEvent(appeal_.id, "decision_unlawful"));
}

TEST_F(WayUpTest, AStatusSendsItUpToo) {
  complain("c-1");
  EXPECT_EQ(say("minfin", statusItem("s-1", appeal_, "forwarded")), "");
  EXPECT_EQ(appealNow(appeal_.id).destination, "zher");
  EXPECT_EQ(appealNow(appeal_.id).state, "routed");
  EXPECT_FALSE(hasEvent(appeal_.id, "status_forwarded"));
  EXPECT_FALSE(hasClock(appeal_.id, "forward_notice"));
  EXPECT_EQ(sentTo("zher").size(), 1U);
}

// The body above is not connected: it goes by other ways, as by the action.
TEST_F(WayUpTest, ItLeavesTheHubWhereNobodyAboveIsConnected) {
  here_ = false;
  complain("c-1");
  EXPECT_EQ(say("minfin", decisionItem("d-1", appeal_.hub_id, "forwarded")), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "sent_to_higher");
  EXPECT_EQ(appealNow(appeal_.id).destination, "minfin");
  EXPECT_EQ(appealNow(appeal_.id).decision_outcome, "forwarded") << "its system said so";
  EXPECT_EQ(clockOf(appeal_.id, "send_up").status, "met");
  EXPECT_FALSE(hasClock(appeal_.id, "forward_notice"));
  EXPECT_EQ(eventOf(appeal_.id, "acted").reason, "send_to_higher");
  complain("c-2");
  EXPECT_EQ(say("minfin", statusItem("s-2", appeal_, "forwarded")), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "sent_to_higher");
  EXPECT_EQ(appealNow(appeal_.id).decision_outcome, "");
}

TEST_F(WayUpTest, AsideItIsAForwarding) {
  complain("c-1");
  EXPECT_EQ(say("minfin", forwarded("s-1", kAkimatBin)), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "forwarded_full");
  EXPECT_EQ(eventOf(appeal_.id, "decision_unlawful").reason, "wrong_body");
  complain("c-2");
  EXPECT_EQ(say("minfin", forwarded("s-2", "990140000007")), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "sent_to_higher") << "to somebody whom the hub knows not";
  EXPECT_TRUE(sentTo("zher").empty());
  complain("c-3");
  EXPECT_EQ(say("minfin", forwarded("s-3", kLandBin)), "");
  EXPECT_EQ(appealNow(appeal_.id).destination, "zher");
  // Of an application it is always one.
  appeal_ = accepted("a-9");
  deliver();
  EXPECT_EQ(say("minfin", statusItem("s-4", appeal_, "forwarded")), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "forwarded_full");
}

// Who is only presumed to be complained of may be the body above, and forward what is not its own.
TEST_F(WayUpTest, WhomNoComplaintNamesSendsUpByNamingTheBodyAbove) {
  complain("c-1", false);
  ASSERT_TRUE(hasClock(appeal_.id, "send_up"));
  EXPECT_EQ(say("minfin", statusItem("s-1", appeal_, "forwarded")), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "forwarded_full");
  complain("c-2", false);
  EXPECT_EQ(say("minfin", forwarded("s-2", kLandBin)), "");
  EXPECT_EQ(appealNow(appeal_.id).destination, "zher");
}

// It has no other way out, late and after the refusal that the law presumes.
TEST_F(WayUpTest, AfterThePresumedRefusalItGoesUpStill) {
  for (const bool by_status : {false, true}) {
    clock_.set(instant("2026-03-17T05:00:00Z"));
    const std::string id = by_status ? "1" : "2";
    complain("c-" + id);
    ASSERT_TRUE(store_
                    ->write([&](store::Tx& tx) -> Status {
                      auto row = *tx.appeal(appeal_.id);
                      row.state = row.decision_outcome = "deemed_refused";
                      return tx.updateAppeal(row);
                    })
                    .ok());
    clock_.set(instant("2026-06-01T05:00:00Z"));
    EXPECT_EQ(say("minfin", by_status ? statusItem("s-" + id, appeal_, "forwarded")
                                      : decisionItem("d-" + id, appeal_.hub_id, "forwarded")),
              "");
    EXPECT_EQ(appealNow(appeal_.id).destination, "zher") << by_status;
    EXPECT_EQ(appealNow(appeal_.id).state, "routed");
    EXPECT_EQ(appealNow(appeal_.id).decision_outcome, "");
    EXPECT_EQ(clockOf(appeal_.id, "send_up").status, "missed");
  }
}

// Late, it missed its three days to send up; that it owed a forwarding (65(1)) nobody says.
TEST_F(WayUpTest, TheLateWayUpIsNoForwarding) {
  const auto forwards = [&] {
    std::vector<std::string> found;
    for (const auto& clock : clocksOf(appeal_.id)) {
      if (clock.name == "forward") found.push_back(clock.due_date + " " + clock.status);
    }
    return found;
  };
  for (const bool by_status : {false, true}) {
    clock_.set(instant("2026-03-17T05:00:00Z"));
    const std::string id = by_status ? "5" : "6";
    complain("c-" + id);
    ASSERT_EQ(forwards().size(), 1U);
    clock_.set(instant("2026-03-18T05:00:00Z"));
    if (by_status) {
      EXPECT_EQ(say("minfin", statusItem("w-" + id, appeal_, "in_work")), "");
    }
    clock_.set(instant("2026-04-02T05:00:00Z"));
    EXPECT_EQ(say("minfin", by_status ? statusItem("s-" + id, appeal_, "forwarded")
                                      : decisionItem("d-" + id, appeal_.hub_id, "forwarded")),
              "");
    ASSERT_EQ(appealNow(appeal_.id).destination, "zher");
    EXPECT_EQ(clockOf(appeal_.id, "send_up").status, "missed");
    auto after = forwards();
    ASSERT_FALSE(after.empty());
    for (const auto& term : after) EXPECT_EQ(term.find("missed"), std::string::npos) << term;
    EXPECT_EQ(after.front(), by_status ? "2026-03-20 met" : "2026-03-20 cancelled");
  }
}

// Refused by its system's answer, and tried again by the desk: it is the body's again.
TEST_F(WayUpTest, WhatWasTriedAgainFromTheDeskIsTheBodysAgain) {
  complain("c-7");
  EXPECT_EQ(say("minfin", statusItem("r-7", appeal_, "refused")), "");
  ASSERT_EQ(appealNow(appeal_.id).state, "awaiting_routing");
  ASSERT_TRUE(store_
                  ->write([&](store::Tx& tx) -> Status {
                    auto event = makeEvent(appeal_.id, "retry_requested", clock_.now(),
                                           "operator:clerk", "awaiting_routing", "routed");
                    if (auto s = tx.addEvent(event); !s) return s;
                    return tx.setAppealState(appeal_.id, "routed", clock_.now());
                  })
                  .ok());
  EXPECT_EQ(say("minfin", statusItem("w-7", appeal_, "in_work")), "");
  EXPECT_EQ(say("minfin", decisionItem("d-7", appeal_.hub_id, "forwarded")), "");
  EXPECT_EQ(appealNow(appeal_.id).destination, "zher");
  EXPECT_FALSE(hasEvent(appeal_.id, "decision_unlawful"));
}

// What the applicant withdrew, and what the body gave back, it sends nowhere.
TEST_F(WayUpTest, NotWhatWasWithdrawnOrGivenBack) {
  complain("c-1");
  EXPECT_EQ(say("minfin", statusItem("s-1", appeal_, "withdrawn")), "");
  EXPECT_EQ(say("minfin", statusItem("s-2", appeal_, "forwarded")), "");
  EXPECT_TRUE(sentTo("zher").empty());
  complain("c-2");
  EXPECT_EQ(say("minfin", statusItem("s-3", appeal_, "refused")), "");
  EXPECT_EQ(say("minfin", decisionItem("d-3", appeal_.hub_id, "forwarded")), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "forwarded_full");
  EXPECT_TRUE(sentTo("zher").empty());
}

}  // namespace
}  // namespace hub::exchange::testing
