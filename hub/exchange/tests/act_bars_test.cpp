// What a body decides in its own system against the law: it stands, and is marked with the article.
#include "hub/exchange/act_bars.h"

#include "hub/exchange/event_texts.h"
#include "hub/exchange/tests/inbound_world.h"

namespace hub::exchange::testing {
namespace {

class ActBarsTest : public InboundWorld {
 protected:
  void sent(const model::Appeal& appeal) {
    appeal_ = taken(appeal);
    deliver();
  }
  std::string decide(const std::string& id, const std::string& outcome,
                     const std::function<void(model::Decision&)>& change = {}) {
    auto item = decisionItem(id, appeal_.hub_id, outcome);
    if (change) amend(item, change);
    return apply(item);
  }
  // Of every bar that was broken: its name and article.
  std::vector<std::string> marks() {
    std::vector<std::string> found;
    for (const auto& event : eventsOf(appeal_.id)) {
      if (event.type != "decision_unlawful") continue;
      const auto from = event.text_en.find("art. ");
      const auto end = event.text_en.find(':', from);
      found.push_back(event.reason + " " + event.text_en.substr(from + 5, end - from - 5));
    }
    return found;
  }
  using Marks = std::vector<std::string>;

  static model::Appeal complaint(const std::string& id) {
    auto made = complaintAbout("act", id);
    made.contested->official = "Үлгібаев Ә.";
    made.contested->body = model::BodyRef{kAkimatBin, std::nullopt, {}};
    return made;
  }
  // At the body complained of.
  static model::Appeal ownComplaint(const std::string& id) {
    auto made = complaint(id);
    made.contested->body->bin = kMinfinBin;
    return made;
  }
};

// It is no end of the case: the complaint goes on with its terms, and another official may still decide it.
TEST_F(ActBarsTest, TheOfficialComplainedOfDecidesNothing) {
  const auto byHim = [&](const std::string& id, const std::string& outcome,
                         const std::string& name = " Үлгібаев Ә. ") {
    auto item = decisionItem(id, appeal_.hub_id, outcome);
    amend(item, [&](auto& d) { d.official = name; });
    return item;
  };
  sent(ownComplaint("c-1"));
  for (const char* outcome : {"act_cancelled", "not_satisfied", "left_without_consideration",
                              "returned", "satisfied_by_first_body", "sent_back"}) {
    SCOPED_TRACE(outcome);
    expectRefused(byHim(std::string("i-") + outcome, outcome), "exchange.wrong_official");
  }
  EXPECT_EQ(quarantine().front().text, "APPC article 97(2): the official complained of decided");
  EXPECT_EQ(appealNow(appeal_.id).state, "assigned");
  EXPECT_EQ(clockOf(appeal_.id, "consider").status, "running");
  EXPECT_EQ(clockOf(appeal_.id, "send_up").status, "running");
  // However his name is written, and if he only signed.
  expectRefused(byHim("i-2", "act_cancelled", "Әсет Үлгібаев"), "exchange.wrong_official");
  auto signed_by_him = byHim("i-3", "act_cancelled", "Ж. Басқаұлы");
  amend(signed_by_him, [](auto& d) {
    d.signer.type = "person";
    d.signer.names = model::Names{"Үлгібаев", "Әсет", std::nullopt, {}};
  });
  expectRefused(signed_by_him, "exchange.wrong_official");
  // Nothing else that came with it waits: another appeal's decision does not.
  const auto other = accepted("a-8");
  applyAll({byHim("i-4", "not_satisfied"), decisionItem("i-5", other.hub_id)});
  EXPECT_EQ(appealNow(other.id).state, "executed");
  // A person who looks at it cannot wave it through; the body gives the item again, with who really decided.
  const auto kept = quarantine().back().id;
  const auto again = operatorsDesk().replay(kept, clerk_);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, "exchange.wrong_official");
  auto mended = byHim("i-act_cancelled", "act_cancelled", "Ж. Басқаұлы");
  amend(mended, [](auto& d) { d.decision_id = "D-1"; });
  EXPECT_EQ(apply(mended), "");
  EXPECT_EQ(store_->findQuarantine(kept, false).value()->state, "resolved");
  EXPECT_EQ(appealNow(appeal_.id).state, "executed");
  EXPECT_EQ(marks(), Marks{"wrong_body 91(4)"}) << "another official of the same body";
  // Nor does he correct it, in the same words or for another end.
  for (const char* outcome : {"act_cancelled", "not_satisfied"}) {
    auto correction = byHim(std::string("i-7-") + outcome, outcome);
    amend(correction, [](auto& d) { d.supersedes = "D-1"; });
    expectRefused(correction, "exchange.wrong_official");
  }
}

// What a citizen calls him may fit others: the lawful decision of one of them is not lost.
TEST_F(ActBarsTest, WhoMayBeTheOfficialComplainedOfIsMarked) {
  const struct {
    const char *contested, *official;
  } doubts[] = {{"Үлгібаев", "Үлгібаев Ә."},
                {"руководитель управления", "Руководитель управления Иванова А."},
                {"Әсет Бекұлы", "Үлгібаев Әсет Бекұлы"}};
  int number = 0;
  for (const auto& [contested, official] : doubts) {
    const auto id = std::to_string(++number);
    auto filed = complaint("c-d" + id);
    filed.contested->official = contested;
    sent(filed);
    EXPECT_EQ(decide("i-d" + id, "act_cancelled", [&](auto& d) { d.official = official; }), "")
        << contested;
    EXPECT_EQ(appealNow(appeal_.id).state, "executed");
    EXPECT_EQ(marks(), Marks{"wrong_official 97(2)"}) << contested;
    EXPECT_NE(eventOf(appeal_.id, "decision_unlawful").text_ru.find("мог принять"),
              std::string::npos);
  }
}

// The hub presumes the refusal at the end of the term as if nothing had come, which opens the right to complain.
TEST_F(ActBarsTest, WhatTheOfficialComplainedOfDecidedStopsNoTerm) {
  sent(complaint("c-1"));
  EXPECT_EQ(decide("i-1", "not_satisfied", [](auto& d) { d.official = "Үлгібаев Ә."; }),
            "exchange.wrong_official");
  EXPECT_EQ(clockOf(appeal_.id, "consider").status, "running");
  EXPECT_FALSE(hasClock(appeal_.id, "complaint_window"));
  EXPECT_FALSE(hasClock(appeal_.id, "complaint_window_long"));
}

TEST_F(ActBarsTest, SomebodyElseDecides) {
  sent(complaint("c-2"));
  EXPECT_EQ(decide("i-2", "act_cancelled"), "");
  // An application names nobody whom it is against.
  appeal_ = accepted("a-9");
  EXPECT_EQ(decide("i-3", "act_favourable", [](auto& d) { d.official = "Үлгібаев Ә."; }), "");
  // What lies outside the Code its article 97 does not reach.
  auto criminal = complaint("c-3");
  criminal.procedure = "criminal";
  sent(criminal);
  EXPECT_EQ(decide("i-4", "not_satisfied", [](auto& d) { d.official = "Үлгібаев Ә."; }), "");
  EXPECT_EQ(marks(), Marks{});
}

TEST_F(ActBarsTest, ABurdenWithoutAHearing) {
  deliver();
  EXPECT_EQ(decide("i-1", "act_burdensome"), "");
  EXPECT_EQ(marks(), Marks{"needs_hearing 73(1)"});
  sent(complaint("c-1"));
  EXPECT_EQ(decide("i-2", "not_satisfied"), "");
  EXPECT_EQ(marks(), Marks{"needs_hearing 73(1)"});
  sent(complaint("c-2"));
  EXPECT_EQ(decide("i-3", "not_satisfied",
                   [](auto& d) {
                     d.hearing = model::Hearing{};
                     d.hearing->waived_reason = "applicant_asks";
                   }),
            "");
  EXPECT_EQ(marks(), Marks{});
  sent(complaint("c-3"));
  EXPECT_EQ(decide("i-4", "not_satisfied",
                   [](auto& d) {
                     d.hearing = model::Hearing{};
                     d.hearing->waived_reason = "favourable_act";
                   }),
            "");
  EXPECT_EQ(marks(), Marks{"needs_hearing 73(1)"}) << "it is not favourable";
}

// Two working days to object, 73(3): told by a status, or by the act itself.
TEST_F(ActBarsTest, AHearingGivesTheApplicantHisTwoDays) {
  const auto heard = [&](const std::string& id, const std::string& decided_at, bool objected) {
    appeal_ = accepted("a-" + id);
    deliver();
    EXPECT_EQ(apply(statusItem("s-" + id, appeal_, "hearing_notified")), "");
    clock_.set(instant(decided_at));
    EXPECT_EQ(decide("d-" + id, "act_burdensome",
                     [&](auto& d) {
                       d.hearing = model::Hearing{};
                       if (objected) d.hearing->objection = "Келіспеймін.";
                     }),
              "");
    clock_.set(instant("2026-03-17T05:00:00Z"));
    return marks();
  };
  EXPECT_EQ(heard("1", "2026-03-18T05:00:00Z", false), Marks{"too_early 73(3)"});
  EXPECT_EQ(heard("2", "2026-03-18T05:00:00Z", true), Marks{"too_early 73(1)"})
      << "he used them, and three days lie between the notice and the act";
  EXPECT_EQ(heard("4", "2026-03-20T05:00:00Z", true), Marks{});
  EXPECT_EQ(heard("3", "2026-03-20T05:00:00Z", false), Marks{});
  const auto told = [&](const std::string& id, const std::string& notified_at, bool held) {
    appeal_ = accepted("b-" + id);
    deliver();
    clock_.set(instant("2026-03-27T05:00:00Z"));
    EXPECT_EQ(decide("e-" + id, "act_burdensome",
                     [&](auto& d) {
                       d.hearing = model::Hearing{};
                       d.hearing->held = held;
                       if (!notified_at.empty()) d.hearing->notified_at = notified_at;
                     }),
              "");
    clock_.set(instant("2026-03-17T05:00:00Z"));
    return marks();
  };
  EXPECT_EQ(told("1", "2026-03-18T09:00:00+05:00", false), Marks{});
  EXPECT_EQ(told("2", "2026-03-26T09:00:00+05:00", false), Marks{"too_early 73(3)"});
  EXPECT_EQ(told("3", "2026-03-28T09:00:00+05:00", false), Marks{"needs_hearing 73(1)"});
  EXPECT_EQ(told("4", "", true), Marks{});
  EXPECT_EQ(told("5", "", false), Marks{"needs_hearing 73(1)"});
}

// APPC 91(4): it satisfies the complaint in full or sends it up. What else it decided has happened, and is marked.
TEST_F(ActBarsTest, TheBodyComplainedOfDecidesNoComplaint) {
  sent(ownComplaint("c-1"));
  EXPECT_EQ(decide("i-1", "act_cancelled"), "");
  EXPECT_EQ(marks(), Marks{"wrong_body 91(4)"});
  EXPECT_NE(eventOf(appeal_.id, "decision_unlawful").text_ru.find("направляет вышестоящему"),
            std::string::npos);
  clock_.set(instant("2026-03-17T05:00:00Z"));
  sent(ownComplaint("c-2"));
  clock_.set(instant("2026-04-03T05:00:00Z"));
  EXPECT_EQ(decide("i-2", "not_satisfied"), "");
  EXPECT_EQ(marks(), (Marks{"wrong_body 91(4)", "needs_hearing 73(1)"})) << "late, too";
  clock_.set(instant("2026-03-17T05:00:00Z"));
  sent(ownComplaint("c-3"));
  EXPECT_EQ(decide("i-3", "forwarded"), "");
  EXPECT_EQ(marks(), Marks{}) << "up, for all that it says";
  // A status may say where to.
  const auto forwarded = [&](const std::string& id, const std::string& bin) {
    sent(ownComplaint("c-f" + id));
    auto item = statusItem("f-" + id, appeal_, "forwarded");
    auto message = model::decodeXml(item.body, Limits());
    EXPECT_TRUE(message.ok());
    std::get<model::StatusUpdate>(message->payload).forwarded_to =
        model::BodyRef{bin, std::nullopt, {}};
    item.body = model::encodePayloadXml(*message);
    EXPECT_EQ(apply(item), "");
    return marks();
  };
  EXPECT_EQ(forwarded("1", kAkimatBin), Marks{"wrong_body 91(4)"}) << "aside";
  EXPECT_EQ(forwarded("2", lawBook()->bodyByBin(kMinfinBin, *parseDate("2026-03-17"))->higher_body),
            Marks{});
  EXPECT_EQ(forwarded("3", "990140000007"), Marks{}) << "nobody knows where that is";
  // Nor does it leave it without consideration, but for what the applicant withdrew.
  sent(ownComplaint("c-4"));
  EXPECT_EQ(decide("i-4", "left_without_consideration"), "");
  EXPECT_EQ(marks(), Marks{"wrong_body 91(4)"});
  sent(ownComplaint("c-5"));
  EXPECT_EQ(apply(statusItem("s-5", appeal_, "terminated")), "");
  EXPECT_EQ(marks(), Marks{"wrong_body 91(4)"});
  sent(ownComplaint("c-6"));
  EXPECT_EQ(apply(statusItem("s-6", appeal_, "withdrawn")), "");
  EXPECT_EQ(apply(statusItem("s-7", appeal_, "terminated")), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "left_without_consideration");
  EXPECT_EQ(marks(), Marks{});
}

// APPC 65(1): what a body gave back is not its to decide, however it decides.
TEST_F(ActBarsTest, WhatTheBodyGaveBackItEndsByNoDecision) {
  int number = 0;
  for (const char* outcome :
       {"act_favourable", "forwarded", "returned", "terminated", "left_without_consideration"}) {
    const std::string id = "b-" + std::to_string(++number);
    const bool complains = std::string(outcome) == "left_without_consideration";
    sent(complains ? complaint(id) : taxAppeal(id));
    EXPECT_EQ(apply(statusItem("r-" + id, appeal_, "refused")), "");
    ASSERT_EQ(appealNow(appeal_.id).state, "awaiting_routing");
    EXPECT_EQ(decide("d-" + id, outcome), "") << outcome;
    const auto found = marks();
    EXPECT_EQ(std::count(found.begin(), found.end(), "wrong_body 65(1)"), 1) << outcome;
  }
  sent(ownComplaint("b-9"));
  EXPECT_EQ(apply(statusItem("r-9", appeal_, "refused")), "");
  EXPECT_EQ(decide("d-9", "forwarded"), "");
  EXPECT_EQ(marks(), Marks{"wrong_body 65(1)"}) << "told once, for all that";
}

// At the desk its refusal is presumed, or the applicant withdraws it: it is no more the body's for that.
TEST_F(ActBarsTest, WhatTheBodyGaveBackStaysSoWhateverBecameOfIt) {
  const auto comesTo = [&](const std::string& state) {
    ASSERT_TRUE(store_
                    ->write([&](store::Tx& tx) -> Status {
                      auto row = *tx.appeal(appeal_.id);
                      auto event = makeEvent(appeal_.id, "acted", clock_.now(), "hub", row.state,
                                             state, "withdraw");
                      if (auto s = tx.addEvent(event); !s) return s;
                      row.state = state;
                      return tx.updateAppeal(row);
                    })
                    .ok());
  };
  for (const char* state : {"deemed_refused", "withdrawn"}) {
    const std::string id = std::string("b-") + state;
    sent(taxAppeal(id));
    EXPECT_EQ(apply(statusItem("r-" + id, appeal_, "refused")), "");
    comesTo(state);
    EXPECT_EQ(decide("d-" + id, "act_favourable"), "");
    EXPECT_EQ(marks(), Marks{"wrong_body 65(1)"}) << state;
    sent(taxAppeal("k-" + id));
    comesTo(state);
    EXPECT_EQ(decide("e-" + id, "act_favourable"), "");
    EXPECT_EQ(marks(), Marks{}) << "the body has it still: " << state;
  }
}

// What came back refused while a withdrawal, or the refusal that the law presumes, hid where it stood.
TEST_F(ActBarsTest, WhatTheBodyDidNotTakeMeanwhileItEndsByNoDecision) {
  const auto comesTo = [&](const std::string& from, const std::string& state,
                           const std::string& type = "acted") {
    ASSERT_TRUE(store_
                    ->write([&](store::Tx& tx) -> Status {
                      auto row = *tx.appeal(appeal_.id);
                      auto event = makeEvent(appeal_.id, type, clock_.now(), "hub", from, state);
                      if (auto s = tx.addEvent(event); !s) return s;
                      row.state = state;
                      return tx.updateAppeal(row);
                    })
                    .ok());
  };
  int number = 0;
  for (const char* state : {"deemed_refused", "withdrawn"}) {
    const auto next = [&](const char* stood) {
      appeal_ = taken(taxAppeal("n-" + std::to_string(++number)));
      if (stood != appeal_.state) comesTo("routed", stood);
      comesTo(stood, state);
    };
    const auto decided = [&] {
      EXPECT_EQ(decide("d-" + std::to_string(number), "act_favourable"), "");
      return marks();
    };
    next("routed");
    comesTo(state, state, "delivery_refused");
    EXPECT_EQ(decided(), Marks{"wrong_body 65(1)"}) << state;
    next("routed");
    EXPECT_EQ(decided(), Marks{}) << "nobody refused it";
    next("in_work");
    comesTo(state, state, "delivery_refused");
    EXPECT_EQ(decided(), Marks{}) << "the body had said before that it works on it";
    next("routed");
    comesTo(state, state, "delivery_refused");
    comesTo(state, state, "delivered");
    EXPECT_EQ(decided(), Marks{}) << "sent again it was taken";
  }
}

// An operator sends it once more from the reception desk: the body has it again.
TEST_F(ActBarsTest, WhatWasSentAgainToTheBodyThatGaveItBackIsItsToDecide) {
  sent(taxAppeal("n-9"));
  EXPECT_EQ(apply(statusItem("r-9", appeal_, "refused")), "");
  ASSERT_TRUE(store_
                  ->write([&](store::Tx& tx) -> Status {
                    auto row = *tx.appeal(appeal_.id);
                    row.state = "routed";
                    auto event = makeEvent(appeal_.id, "retry_requested", clock_.now(),
                                           "operator:desk", "awaiting_routing", "routed");
                    if (auto s = tx.addEvent(event); !s) return s;
                    return tx.updateAppeal(row);
                  })
                  .ok());
  EXPECT_EQ(decide("d-9", "act_favourable"), "");
  EXPECT_EQ(marks(), Marks{});
}

// Whoever gets first a complaint that names no body is presumed to be complained of: it may be the body above, which decides.
TEST_F(ActBarsTest, WhoIsNamedByNoComplaintDecides) {
  auto unnamed = complaint("c-1");
  unnamed.contested->body.reset();
  sent(unnamed);
  ASSERT_TRUE(hasClock(appeal_.id, "send_up"));
  EXPECT_EQ(decide("i-1", "act_cancelled"), "");
  EXPECT_EQ(marks(), Marks{});
}

TEST_F(ActBarsTest, TheFirstBodySatisfiesAComplaintWithinItsThreeDays) {
  sent(ownComplaint("c-1"));
  ASSERT_EQ(clockOf(appeal_.id, "send_up").due_date, "2026-03-20");
  clock_.set(instant("2026-03-20T12:00:00Z"));
  EXPECT_EQ(decide("i-1", "satisfied_by_first_body"), "");
  EXPECT_EQ(marks(), Marks{});
  clock_.set(instant("2026-03-17T05:00:00Z"));
  sent(ownComplaint("c-2"));
  clock_.set(instant("2026-03-27T05:00:00Z"));
  EXPECT_EQ(decide("i-2", "satisfied_by_first_body"), "");
  EXPECT_EQ(marks(), Marks{"too_late 91(4)"});
  EXPECT_EQ(appealNow(appeal_.id).decision_outcome, "satisfied_by_first_body");
  // Made in time, told of later.
  clock_.set(instant("2026-03-17T05:00:00Z"));
  sent(ownComplaint("c-3"));
  clock_.set(instant("2026-03-27T05:00:00Z"));
  EXPECT_EQ(decide("i-3", "satisfied_by_first_body",
                   [](auto& d) { d.decided_at = "2026-03-20T10:00:00+05:00"; }),
            "");
  EXPECT_EQ(marks(), Marks{});
}

// A complaint on a public service goes by Law 88, which knows no first body and no hearing.
TEST_F(ActBarsTest, ALawOfItsOwnHasItsOwnBars) {
  const auto onService = [](const std::string& id) {
    auto made = complaint(id);
    made.procedure = "public_service";
    return made;
  };
  sent(onService("c-1"));
  EXPECT_EQ(decide("i-1", "not_satisfied"), "");
  EXPECT_EQ(marks(), Marks{});
  sent(onService("c-2"));
  EXPECT_EQ(decide("i-2", "satisfied_by_first_body"), "");
  EXPECT_EQ(marks(), Marks{"wrong_kind 91(4)"});
  // A complaint is left without consideration, never terminated; a status has no other word for it.
  sent(complaint("c-4"));
  EXPECT_EQ(apply(statusItem("s-4", appeal_, "terminated")), "");
  EXPECT_EQ(marks(), Marks{});
}

// 100(3) lists three; a body writes them as it does, and may name more than one.
TEST_F(ActBarsTest, AGroundThatTheLawDoesNotList) {
  const auto decided = [&](const std::string& id, const std::string& outcome,
                           std::vector<std::string> grounds) {
    sent(complaint("c-" + id));
    EXPECT_EQ(decide("i-" + id, outcome, [&](auto& d) { d.ground = std::move(grounds); }), "");
    EXPECT_EQ(appealNow(appeal_.id).decision_outcome, outcome) << "it has happened";
  };
  decided("1", "act_cancelled", {"70(1)(1)"});
  EXPECT_EQ(marks(), Marks{"wrong_ground 100(3)"});
  const auto event = eventOf(appeal_.id, "decision_unlawful");
  EXPECT_NE(event.text_ru.find("не названо ни одно из оснований"), std::string::npos);
  EXPECT_NE(event.text_kk.find("негіздердің ешқайсысы"), std::string::npos);
  decided("2", "act_cancelled_new", {"неверно"});
  EXPECT_EQ(marks(), Marks{"wrong_ground 100(3)"});
  decided("3", "act_cancelled", {"Земельный кодекс ст. 44", "АППК ст. 100(3) (2)"});
  EXPECT_EQ(marks(), Marks{});
  decided("4", "act_cancelled", {});
  EXPECT_EQ(marks(), Marks{}) << "it may name none";
  decided("5", "action_performed", {"70(1)(1)"});
  EXPECT_EQ(marks(), Marks{}) << "the law lists none for it";
  sent(complaint("c-6"));
  EXPECT_EQ(decide("i-6", "left_without_consideration", [](auto& d) { d.ground = {"95"}; }), "");
  EXPECT_EQ(marks(), Marks{"wrong_ground 95(1)"});
}

TEST_F(ActBarsTest, AnUrgentAppealIsNotReturned) {
  const auto urgent = [](const std::string& id) {
    auto made = taxAppeal(id);
    made.urgent_flag = "security_threat";
    return made;
  };
  sent(urgent("u-1"));
  EXPECT_EQ(decide("i-1", "returned"), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "returned");
  EXPECT_EQ(marks(), Marks{"urgent 64(7-2)"});
  sent(urgent("u-2"));
  EXPECT_EQ(apply(statusItem("s-2", appeal_, "returned")), "");
  EXPECT_EQ(marks(), Marks{"urgent 64(7-2)"});
  auto message = urgent("u-3");
  message.kind = "message";
  sent(message);
  EXPECT_EQ(apply(statusItem("s-3", appeal_, "terminated")), "");
  EXPECT_EQ(marks(), Marks{"urgent 64(7-2)"}) << "nobody has acted upon it";
  const auto forGround = [](const std::string& ground) {
    return [ground](model::Decision& decision) { decision.ground = {ground}; };
  };
  message.source_id = "u-4";
  sent(message);
  EXPECT_EQ(decide("i-4", "terminated", forGround("88(1)(2)")), "");
  EXPECT_EQ(marks(), Marks{"urgent 88(1)(2)"}) << "never for its author being unknown";
  message.source_id = "u-6";
  sent(message);
  EXPECT_EQ(decide("i-6", "terminated",
                   [](model::Decision& decision) {
                     decision.ground = {"88(1)(1)", "APPC 88(1)(2)"};
                   }),
            "");
  EXPECT_EQ(marks(), Marks{"urgent 88(1)(2)"}) << "in words of the body's own, and not the first";
  message.source_id = "u-5";
  sent(message);
  EXPECT_EQ(apply(statusItem("s-5", appeal_, "in_work")), "");
  EXPECT_EQ(decide("i-5", "terminated", forGround("88(1)(1)")), "");
  EXPECT_EQ(marks(), Marks{});
  sent(taxAppeal("a-4"));
  EXPECT_EQ(apply(statusItem("s-4", appeal_, "returned")), "");
  EXPECT_EQ(marks(), Marks{});
}

// What the applicant may still mend is not returned, 64(7).
TEST_F(ActBarsTest, AnAppealIsNotReturnedWhileItsDefectsCanBeMended) {
  deliver();
  EXPECT_EQ(apply(statusItem("s-1", appeal_, "nonconforming_notice", "2026-03-24")), "");
  EXPECT_EQ(decide("i-1", "returned"), "");
  EXPECT_EQ(marks(), Marks{"too_early 64(7)"});
}

TEST_F(ActBarsTest, TheSameActIsMarkedOnceAndACorrectionNotAtAll) {
  deliver();
  EXPECT_EQ(decide("i-1", "act_burdensome", [](auto& d) { d.decision_id = "D-1"; }), "");
  auto again = decisionItem("i-2", appeal_.hub_id, "act_burdensome");
  amend(again, [](auto& d) { d.decision_id = "D-1"; });
  applyAll({again});
  EXPECT_EQ(decide("i-3", "act_burdensome",
                   [](auto& d) {
                     d.decision_id = "D-2";
                     d.supersedes = "D-1";
                   }),
            "");
  EXPECT_TRUE(hasEvent(appeal_.id, "decision_corrected"));
  EXPECT_EQ(marks().size(), 1u);
}

TEST_F(ActBarsTest, AnotherOutcomeIsAnotherAct) {
  deliver();
  EXPECT_EQ(decide("i-1", "act_favourable", [](auto& d) { d.decision_id = "D-1"; }), "");
  EXPECT_EQ(marks(), Marks{});
  EXPECT_EQ(decide("i-2", "act_burdensome", [](auto& d) { d.supersedes = "D-1"; }), "");
  EXPECT_EQ(marks(), Marks{"needs_hearing 73(1)"});
}

}  // namespace
}  // namespace hub::exchange::testing
