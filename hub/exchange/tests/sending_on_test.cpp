// Appeals that go on to another body, whole or in part: their terms there, and what the former body had.
#include "hub/exchange/sending_on.h"

#include "hub/exchange/tests/casework_world.h"

namespace hub::exchange::testing {
namespace {

class SendingOnTest : public CaseworkWorld {};

// APPC 91(4): three working days from the receipt by the body complained of.
TEST_F(SendingOnTest, AComplaintIsSatisfiedOrSentUpWithinThreeDaysOfTheFirstBody) {
  const auto sent = ofKind("complaint", "c-60");
  const auto late = ofKind("complaint", "c-61");
  EXPECT_EQ(clockOf(sent.id, "send_up").due_date, "2026-03-20");
  EXPECT_FALSE(hasClock(accepted("c-62").id, "send_up")) << "an application";
  const auto satisfy = decision("", "Акт отменён, налог пересчитан.", "satisfy_complaint");
  on("2026-03-26T05:00:00Z");
  EXPECT_EQ(refused(late, satisfy).code, "rules.action_too_late");
  on("2026-03-20T05:00:00Z");
  good(late, satisfy);
  EXPECT_EQ(appealNow(late.id).decision_outcome, "satisfied_by_first_body");
  EXPECT_EQ(clockOf(late.id, "send_up").status, "met");
  // The one above it gets the complaint with terms of its own, and nothing to send up.
  good(sent, orderTo("zher", "send_to_higher"));
  EXPECT_EQ(clockOf(sent.id, "send_up").status, "met");
  EXPECT_EQ(appealNow(sent.id).destination, "zher");
  EXPECT_EQ(clockOf(sent.id, "forward").status, "running");
  EXPECT_EQ(refused(sent, satisfy).code, "rules.action_too_late");
}

TEST_F(SendingOnTest, TheHigherBodyThatGetsAComplaintFirstHasNothingToSendUp) {
  auto complaint = complaintAbout("act", "c-63");
  complaint.contested->body = model::BodyRef{kAkimatBin, std::nullopt, {}};
  const auto filed = taken(complaint);
  EXPECT_EQ(filed.destination, "minfin");
  EXPECT_FALSE(hasClock(filed.id, "send_up"));
  EXPECT_EQ(refused(filed, decision("", "Акт отменён.", "satisfy_complaint")).code,
            "rules.action_not_allowed");
  // Forwarded to the body complained of, the term begins with the arrival there.
  atWork(filed);
  forwardSigned(filed);
  on("2026-03-19T05:00:00Z");
  good(filed, orderTo("akimat", "forward_whole"));
  EXPECT_EQ(clockOf(filed.id, "send_up").due_date, "2026-03-27");
}

TEST_F(SendingOnTest, APartGetsAChildNumberItsOwnTermsAndItsOwnDelivery) {
  const auto appeal = accepted("c-7");
  atWork(appeal);
  forwardSigned(appeal);
  on("2026-03-18T05:00:00Z");
  auto part = order("forward_part", "registrar", "Вопрос о земельном участке");
  EXPECT_EQ(refused(appeal, part).field, "/body");
  part.body = "nobody";
  EXPECT_EQ(refused(appeal, part).code, "exchange.unknown_body");
  part.body = "minfin";
  EXPECT_EQ(refused(appeal, part).field, "/body") << "the whole is there";
  part.body = "zher";
  auto done = act(appeal, part);
  ASSERT_TRUE(done.ok()) << done.error().text;
  ASSERT_TRUE(done->acted.part.has_value());
  EXPECT_EQ(done->wake, std::vector<std::string>{"zher"});
  EXPECT_EQ(done->acted.part->reg_number, appeal.reg_number + "/1");
  const auto child = *store_->findByNumber(appeal.reg_number + "/1");
  ASSERT_TRUE(child.has_value());
  EXPECT_EQ(child->destination, "zher");
  EXPECT_EQ(child->due_date, "2026-04-13")
      << "fifteen working days from its arrival, not the whole's";
  EXPECT_EQ(outboxOf(child->id).destination, "zher");
  EXPECT_EQ(appealNow(appeal.id).state, "forwarded_part");
  EXPECT_EQ(appealNow(appeal.id).due_date, "2026-04-10") << "the whole keeps its own term";
  const auto document = newest<model::Appeal>(child->id);
  EXPECT_EQ(document.hub_id, child->hub_id);
  EXPECT_EQ(document.parent->reg_number, appeal.reg_number);
  EXPECT_EQ(document.reg_number, appeal.reg_number + "/1");
  // A second part counts on.
  forwardSigned(appeal);
  part.body = "akimat";
  good(appeal, part);
  EXPECT_TRUE(store_->findByNumber(appeal.reg_number + "/2")->has_value());
}

TEST_F(SendingOnTest, DirectedFromTheDeskItKeepsTheTermOfItsRegistration) {
  const auto appeal = taken(stray(taxAppeal("c-80")));
  ASSERT_EQ(appeal.state, "awaiting_routing");
  on("2026-03-19T05:00:00Z");
  good(appeal, orderTo("minfin", "route"));
  EXPECT_EQ(appealNow(appeal.id).state, "routed");
  EXPECT_EQ(appealNow(appeal.id).due_date, "2026-04-10");
  std::vector<std::string> terms;
  for (const auto& clock : clocksOf(appeal.id)) {
    if (clock.name != "register") terms.push_back(clock.name + " " + clock.status);
  }
  EXPECT_EQ(terms, (std::vector<std::string>{"forward running", "consider running"}))
      << "the one forwarding term ends with the delivery";
}

TEST_F(SendingOnTest, GivenBackByOneBodyItGetsTheTermsOfItsArrivalAtTheNext) {
  const auto appeal = accepted("c-81");
  atWork(appeal);
  good(appeal, planFor("2026-04-06"));
  auto decline = order("decline_competence", "agency", "Вопрос о земле");
  ASSERT_TRUE(work_->act(appeal, decline, system_).ok());
  on("2026-03-27T05:00:00Z");
  auto route = orderTo("zher", "route");
  good(appeal, route);
  EXPECT_EQ(appealNow(appeal.id).executor, "") << "the other body's";
  std::vector<std::string> terms;
  for (const auto& clock : clocksOf(appeal.id)) {
    if (clock.name != "register") {
      terms.push_back(clock.name + " " + clock.due_date + " " + clock.status);
    }
  }
  EXPECT_EQ(terms,
            (std::vector<std::string>{"forward 2026-03-20 running", "consider 2026-04-10 met",
                                      "plan 2026-04-06 met", "hearing_notice 2026-04-01 cancelled",
                                      "consider 2026-04-17 running"}));
  EXPECT_EQ(appealNow(appeal.id).due_date, "2026-04-17");
}

TEST_F(SendingOnTest, AComplaintFromTheDeskBeginsTheTimeToSendItUp) {
  const auto appeal = taken(stray(complaintAbout("inaction", "c-82")));
  ASSERT_EQ(appeal.state, "awaiting_routing");
  EXPECT_FALSE(hasClock(appeal.id, "send_up"));
  on("2026-03-19T05:00:00Z");
  good(appeal, orderTo("minfin", "route"));
  EXPECT_EQ(clockOf(appeal.id, "send_up").due_date, "2026-03-27");
}

TEST_F(SendingOnTest, ForwardedWholeItKeepsItsNumberAndGetsTheTermsOfItsArrival) {
  const auto appeal = accepted("c-8");
  atWork(appeal);
  forwardSigned(appeal);
  on("2026-03-18T05:00:00Z");
  auto forward = order("forward_whole", "registrar");
  EXPECT_EQ(refused(appeal, forward).field, "/body");
  forward.body = "akimat";
  good(appeal, forward);
  const auto now = appealNow(appeal.id);
  EXPECT_EQ(now.state, "routed");
  EXPECT_EQ(now.destination, "akimat");
  EXPECT_EQ(now.due_date, "2026-04-13");
  EXPECT_EQ(now.reg_number, appeal.reg_number);
  EXPECT_EQ(now.decision_outcome, "") << "nothing is decided yet";
  EXPECT_EQ(signed_, 0);
  for (const auto& event : eventsOf(appeal.id)) {
    if (event.reason == "forward_whole") {
      EXPECT_EQ(event.payload_sha256, "") << "there is no document of it";
    }
  }
  auto rows = *store_->outboxOf(appeal.id);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].state, store::OutboxState::kRejected)
      << "what waited for the old body is stopped";
  EXPECT_EQ(rows[1].destination, "akimat");
  EXPECT_EQ(rows[1].state, store::OutboxState::kPending);
}

}  // namespace
}  // namespace hub::exchange::testing
