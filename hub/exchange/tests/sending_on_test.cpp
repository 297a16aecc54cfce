// Appeals that go on to another body, whole or in part: their terms there, and what the former body had.
#include "hub/exchange/sending_on.h"

#include "hub/exchange/forwarder.h"
#include "hub/exchange/notices.h"
#include "hub/exchange/reception.h"
#include "hub/exchange/tests/casework_world.h"

namespace hub::exchange::testing {
namespace {

class SendingOnTest : public CaseworkWorld {
 protected:
  // The register of bodies with the land committee above the ministry of finance, and connected; in config/law nobody
  // above a body is.
  void landIsAboveFinance() {
    auto data = lawBook()->data();
    for (auto& body : data.bodies) {
      if (body.alias == "minfin") body.higher_body = "990141999900";  // zher
    }
    auto book = rules::LawBook::build(std::move(data));
    ASSERT_TRUE(book.ok()) << book.error().text;
    above_ = std::make_unique<rules::CurrentLaw>(*book);
    work_ = std::make_unique<Casework>(
        *store_, *above_, limits_, clock_,
        Casework::Options{"hub", model::IdentityCheck::kStrict,
                          [this](const std::string& alias) { return connected_.count(alias) > 0; },
                          [](const std::string&) -> Result<std::string> { return std::string(); },
                          holdBack()});
  }
  // As an older table left it.
  void setState(const store::AppealRow& appeal, const std::string& state) {
    ASSERT_TRUE(store_
                    ->write([&](store::Tx& tx) -> Status {
                      auto row = *tx.appeal(appeal.id);
                      row.state = state;
                      return tx.updateAppeal(row);
                    })
                    .ok());
  }
  std::unique_ptr<rules::CurrentLaw> above_;
};

// APPC 91(4): three working days from the receipt by the body complained of.
TEST_F(SendingOnTest, AComplaintIsSatisfiedOrSentUpWithinThreeDaysOfTheFirstBody) {
  landIsAboveFinance();
  const auto sent = atBodyComplainedOf("c-60");
  const auto late = atBodyComplainedOf("c-61");
  EXPECT_EQ(clockOf(sent.id, "send_up").due_date, "2026-03-20");
  EXPECT_FALSE(hasClock(accepted("c-62").id, "send_up")) << "an application";
  const auto satisfy = decision("", "Акт отменён, налог пересчитан.", "satisfy_complaint");
  endingAgreed(late, "satisfy");
  on("2026-03-26T05:00:00Z");
  EXPECT_EQ(refused(late, satisfy).code, "rules.action_too_late");
  on("2026-03-20T05:00:00Z");
  good(late, satisfy);
  EXPECT_EQ(appealNow(late.id).decision_outcome, "satisfied_by_first_body");
  EXPECT_EQ(clockOf(late.id, "send_up").status, "met");
  // The one above it gets the complaint with terms of its own, and nothing to send up.
  EXPECT_EQ(refused(sent, orderTo("akimat", "send_to_higher")).field, "/body") << "beside it";
  good(sent, order("send_to_higher", kHead));
  EXPECT_EQ(clockOf(sent.id, "send_up").status, "met");
  EXPECT_EQ(appealNow(sent.id).destination, "zher");
  EXPECT_EQ(clockOf(sent.id, "forward").status, "running");
  EXPECT_EQ(refused(sent, order("satisfy_prepare", "executor", "Согласны")).code,
            "rules.action_not_allowed");
  on("2026-03-27T05:00:00Z");
  for (const auto* to : {"minfin", "akimat"}) {
    EXPECT_EQ(refused(sent, orderTo(to, "send_to_higher")).code, "rules.action_not_allowed")
        << "it has nothing to send up, and its term does not begin anew: " << to;
  }
  good(sent, giveTo("zh-01"));
  good(sent, "start_work", "executor");
  decisionAgreed(sent);
  good(sent, decision("action_performed", "Исполнено."));
}

// Two systems must not hold one case: what is under way to the first body is waited for, and what may have got there is
// told of.
TEST_F(SendingOnTest, NothingGoesOnWhileItsDeliveryIsUnderWay) {
  landIsAboveFinance();
  const auto appeal = atBodyComplainedOf("c-70");
  const auto up = order("send_to_higher", kHead);
  kept_back_ = KeptBack::kUnderWay;
  EXPECT_EQ(refused(appeal, up).code, "exchange.busy");
  EXPECT_EQ(appealNow(appeal.id).destination, "minfin");
  EXPECT_EQ(store_->outboxOf(appeal.id)->size(), 1U) << "nothing is half done";
  kept_back_ = KeptBack::kMaybeSent;
  good(appeal, up);
  EXPECT_EQ(appealNow(appeal.id).destination, "zher");
  const auto rows = *store_->outboxOf(appeal.id);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].state, store::OutboxState::kRejected);
  EXPECT_EQ(rows[0].last_code, "exchange.case_over");
  const auto told = [&](store::RowId id, const std::string& text) {
    const auto events = *store_->events(id);
    return std::any_of(events.begin(), events.end(), [&](const auto& event) {
      return event.text_en.find(text) != std::string::npos;
    });
  };
  const std::string maybe = "the system of minfin may have got the appeal";
  EXPECT_TRUE(told(appeal.id, maybe));
  kept_back_ = KeptBack::kFree;
  const auto other = atBodyComplainedOf("c-71");
  good(other, up);
  EXPECT_FALSE(told(other.id, maybe)) << "nobody has sent it";

  // Each of its tries says whether it may have got there, not only the last.
  const auto tried = [&](const std::string& source_id,
                         const std::vector<std::pair<Outcome, const char*>>& tries) {
    const auto one = atBodyComplainedOf(source_id);
    auto status = store_->write([&](store::Tx& tx) -> Status {
      auto row = tx.outboxOf(one.id)->front();
      for (const auto& [outcome, code] : tries) {
        ++row.attempts;
        row.last_code = code;
        auto s = tx.addAttempt({row.id, row.attempts, clock_.now(), clock_.now(),
                                static_cast<int>(outcome), code, ""});
        if (!s) return s;
      }
      row.state = store::OutboxState::kDead;
      return tx.updateOutbox(row);
    });
    EXPECT_TRUE(status.ok());
    good(one, up);
    return told(one.id, maybe);
  };
  EXPECT_FALSE(tried("c-72", {{Outcome::kMisconfigured, "adapter.bad_setting"}}));
  EXPECT_FALSE(tried("c-73", {{Outcome::kRetry, "hosting.busy"},
                              {Outcome::kRetry, "adapter.files_go_on"},
                              {Outcome::kUnsupported, "adapter.mapping_failed"}}));
  EXPECT_TRUE(tried("c-74", {{Outcome::kRetry, "transport.timeout"},
                             {Outcome::kRetry, "transport.unreachable"}}));
}

// APPC 91(4): it satisfies the complaint or sends it up, in time or late, and decides nothing itself.
TEST_F(SendingOnTest, TheBodyComplainedOfDoesNotDecide) {
  const auto appeal = atBodyComplainedOf("c-64"), drafted = atBodyComplainedOf("c-65");
  atWork(appeal);
  const auto no = refused(appeal, order("decision_prepare", "executor"));
  EXPECT_EQ(no.code, "rules.action_wrong_body");
  EXPECT_NE(no.text.find("article 91(4)"), std::string::npos) << no.text;
  EXPECT_EQ(refused(appeal, order("leave_prepare", "executor", "Пропущен срок")).code,
            "rules.action_wrong_body");
  const auto choices = work_->choices(appealNow(appeal.id), "executor");
  ASSERT_TRUE(choices.ok());
  for (const auto& choice : choices->actions) EXPECT_NE(choice.action, "decision_prepare");
  // What was agreed before this was asked is not signed.
  setState(drafted, "decision_agreed");
  auto sign = decision("not_satisfied", "Нарушений нет.");
  sign.waived = "applicant_asks";
  EXPECT_EQ(refused(drafted, sign).code, "rules.action_wrong_body");
  // Nor after the three days, nor after the refusal that the law presumes.
  on("2026-03-30T05:00:00Z");
  EXPECT_EQ(refused(drafted, sign).code, "rules.action_wrong_body");
  EXPECT_EQ(refused(appeal, order("decision_prepare", "executor")).code, "rules.action_wrong_body");
  on("2026-06-01T05:00:00Z");
  ASSERT_EQ(*work_->deemRefusals(), 2);
  EXPECT_EQ(clockOf(appeal.id, "send_up").status, "missed");
  EXPECT_EQ(refused(appeal, order("decision_prepare", "executor")).code, "rules.action_wrong_body");
}

// The Code presumes that a complaint is filed with the body complained of; one that names only an act may be with the one above.
TEST_F(SendingOnTest, WhoIsOnlyPresumedToBeComplainedOfMayDecideOrSendUp) {
  landIsAboveFinance();
  const auto unnamed = [&](const std::string& id) {
    auto complaint = complaintAbout("act", id);
    complaint.contested->official = kComplainedOf;
    return taken(complaint);
  };
  const auto decided = unnamed("c-67"), up = unnamed("c-68");
  ASSERT_EQ(clockOf(decided.id, "send_up").due_date, "2026-03-20");
  atWork(decided);
  decisionAgreed(decided);
  good(decided, decision("action_performed", "Исполнено."));
  EXPECT_EQ(clockOf(decided.id, "send_up").status, "met");
  good(up, order("send_to_higher", kHead));
  // It does not come back to where it came up from, whole or in part.
  on("2026-03-19T05:00:00Z");
  atWork(up);
  forwardSigned(up);
  for (const auto* how : {"forward_whole", "forward_part"}) {
    auto back = orderTo("minfin", how);
    back.reason = "По принадлежности";
    const auto no = refused(up, back);
    EXPECT_EQ(no.field, "/body") << how;
    EXPECT_NE(no.text.find("91(4)"), std::string::npos) << no.text;
  }
  good(up, orderTo("akimat", "forward_whole"));
}

// Whom the complaint names by the case that it comes from is named, too.
TEST_F(SendingOnTest, WhoseCaseIsComplainedOfDoesNotDecide) {
  auto complaint = complaintAbout("act", "c-69");
  model::Ref ref;
  ref.reg_number = accepted("c-70").reg_number;
  complaint.previous_appeal.push_back(ref);
  const auto appeal = taken(complaint);
  atWork(appeal);
  EXPECT_EQ(refused(appeal, order("decision_prepare", "executor")).code, "rules.action_wrong_body");
}

// APPC 91(4), 65(1): it is competent, and the way up is no way aside.
TEST_F(SendingOnTest, TheBodyComplainedOfForwardsTheComplaintToNobody) {
  landIsAboveFinance();
  const auto appeal = atBodyComplainedOf("c-71"), signed_before = atBodyComplainedOf("c-72");
  atWork(appeal);
  EXPECT_EQ(refused(appeal, order("forward_prepare", "executor", "О земле")).code,
            "rules.action_wrong_body");
  setState(signed_before, "forward_signed");
  EXPECT_EQ(refused(signed_before, orderTo("akimat", "forward_whole")).code,
            "rules.action_wrong_body");
  good(signed_before, order("send_to_higher", kHead));
  EXPECT_EQ(clockOf(signed_before.id, "send_up").status, "met");
  // Nor does the body above give it back, with a new term each time.
  good(signed_before, giveTo("zh-01"));
  good(signed_before, "start_work", "executor");
  forwardSigned(signed_before);
  EXPECT_EQ(refused(signed_before, orderTo("minfin", "forward_whole")).field, "/body");
  EXPECT_EQ(appealNow(signed_before.id).destination, "zher");
  // Nor does the desk, which finds another one.
  setState(signed_before, "in_work");
  ASSERT_TRUE(
      work_->act(signed_before, order("decline_competence", "agency", "О земле"), system_).ok());
  EXPECT_EQ(refused(signed_before, orderTo("minfin", "route")).field, "/body");
  good(signed_before, orderTo("akimat", "route"));
}

// Whatever stage the case is at, the way up is open.
TEST_F(SendingOnTest, TheWayUpIsNeverClosed) {
  landIsAboveFinance();
  const auto notified = atBodyComplainedOf("c-73"), held = atBodyComplainedOf("c-74"),
             satisfied = atBodyComplainedOf("c-75"), silent = atBodyComplainedOf("c-76");
  atWork(notified);
  EXPECT_EQ(refused(notified, hearingNotice()).code, "rules.action_wrong_body");
  setState(notified, "hearing_notified");
  setState(held, "hearing_held");
  setState(satisfied, "hearing_held");
  good(notified, order("send_to_higher", kHead));
  good(held, order("send_to_higher", kHead));
  good(satisfied, order("satisfy_prepare", "executor", "Согласны"));
  on("2026-06-01T05:00:00Z");
  ASSERT_GE(*work_->deemRefusals(), 1);
  ASSERT_EQ(appealNow(silent.id).state, "deemed_refused");
  good(silent, order("send_to_higher", kHead));
  EXPECT_EQ(appealNow(silent.id).destination, "zher");
  EXPECT_EQ(appealNow(silent.id).decision_outcome, "") << "this body has refused nothing";
  EXPECT_EQ(appealNow(silent.id).decided_on, "");
  EXPECT_EQ(clockOf(silent.id, "send_up").status, "missed");
  EXPECT_EQ(clockOf(silent.id, "consider").status, "running");
  // The one above it decides; silent, too, it is deemed to refuse, and the time to complain runs anew.
  on("2026-09-01T05:00:00Z");
  ASSERT_GE(*work_->deemRefusals(), 1);
  ASSERT_EQ(appealNow(silent.id).state, "deemed_refused");
  int open = 0;
  for (const auto& clock : clocksOf(silent.id)) {
    if (clock.name.starts_with("complaint_window") && clock.status == "running") ++open;
  }
  EXPECT_EQ(open, 1);
  good(silent, "decision_prepare", "executor");
  good(silent, "decision_agree", "controller");
  good(silent, decision("action_performed", "Исполнено."));
  EXPECT_EQ(appealNow(silent.id).decision_outcome, "action_performed");
}

// What is directed elsewhere before the body complained of got it never had that term.
TEST_F(SendingOnTest, WhatNeverReachedTheBodyComplainedOfIsNotSentUp) {
  landIsAboveFinance();
  const auto appeal = atBodyComplainedOf("c-77");
  const Reception desk(*store_, currentLaw(), limits_, clock_, "hub",
                       {[this](const std::string& alias) { return connected_.count(alias) > 0; }});
  const auto routed = desk.direct(appeal, {"akimat", "Система органа отключена"}, desk_);
  ASSERT_TRUE(routed.ok()) << routed.error().text;
  ASSERT_EQ(clockOf(appeal.id, "send_up").status, "cancelled");
  EXPECT_EQ(refused(appeal, order("send_to_higher", kHead, "Нарочным")).code,
            "rules.action_not_allowed");
  good(appeal, giveTo("ak-02"));
  good(appeal, "start_work", "executor");
  decisionAgreed(appeal);
  good(appeal, decision("action_performed", "Исполнено."));
}

TEST_F(SendingOnTest, ABodyThatIsNotComplainedOfSendsNothingUp) {
  const auto appeal = ofKind("complaint", "c-66");
  EXPECT_EQ(refused(appeal, orderTo("akimat", "send_to_higher")).code, "rules.action_not_allowed");
  EXPECT_EQ(refused(appeal, order("send_to_higher", kHead, "Отправлено нарочным")).code,
            "rules.action_not_allowed");
  atWork(appeal);
  decisionAgreed(appeal);
  good(appeal, decision("action_performed", "Исполнено."));
}

TEST_F(SendingOnTest, TheHigherBodyThatGetsAComplaintFirstHasNothingToSendUp) {
  auto complaint = complaintAbout("act", "c-63");
  complaint.contested->body = model::BodyRef{kAkimatBin, std::nullopt, {}};
  const auto filed = taken(complaint);
  EXPECT_EQ(filed.destination, "minfin");
  EXPECT_FALSE(hasClock(filed.id, "send_up"));
  EXPECT_EQ(refused(filed, order("satisfy_prepare", "executor", "Согласны")).code,
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

// APPC 65(1): the applicant is told at the same time; the event that tells him is there with the forwarding.
TEST_F(SendingOnTest, TheApplicantIsToBeToldOfAForwardingTheSameDay) {
  const auto whole = accepted("n-1"), part = accepted("n-2"), away = accepted("n-3");
  for (const auto& appeal : {whole, part, away}) {
    atWork(appeal);
    forwardSigned(appeal);
    EXPECT_FALSE(hasClock(appeal.id, "forward_notice")) << "nothing went yet";
  }
  on("2026-03-18T05:00:00Z");
  good(whole, orderTo("zher", "forward_whole"));
  auto split = orderTo("zher", "forward_part");
  split.reason = "Вопрос о земельном участке";
  good(part, split);
  good(away, order("forward_whole", "registrar", "Отправлено нарочным"));
  for (const auto& appeal : {whole, part, away}) {
    EXPECT_EQ(daysOf(appeal.id, "forward_notice"), std::vector<std::string>{"2026-03-18 running"});
    EXPECT_EQ(clockOf(appeal.id, "forward_notice").rule_id, "A4.2");
    EXPECT_EQ(eventsOf(appeal.id).back().at, clockOf(appeal.id, "forward_notice").start_at);
  }
  const Notices notices(*store_, clock_);
  const auto tell = [&](const store::AppealRow& appeal, const std::string& of) {
    const auto told = notices.told(appeal, {of, "2026-03-18T06:00:00Z", "sms"}, desk_);
    return told.ok() ? told->clock.status : told.error().code + told.error().field;
  };
  on("2026-03-19T05:00:00Z");
  EXPECT_EQ(tell(whole, "extension"), "exchange.nothing_to_notify");
  EXPECT_EQ(tell(whole, "weather"), "exchange.bad_notice/of");
  EXPECT_EQ(tell(whole, "forwarding"), "met");
  EXPECT_EQ(tell(whole, "forwarding"), "exchange.nothing_to_notify");
  EXPECT_TRUE(hasEvent(whole.id, "forwarding_notified"));
  // A clerk says so, late; the next forwarding owes a notice of its own.
  good(part, order("notify", "registrar"));
  EXPECT_EQ(clockOf(part.id, "forward_notice").status, "missed");
  forwardSigned(part);
  split.body = "akimat";
  good(part, split);
  EXPECT_EQ(daysOf(part.id, "forward_notice").back(), "2026-03-19 running");
  EXPECT_EQ(refused(whole, order("notify", "registrar")).code, "rules.action_not_allowed");
  good(away, order("notify", "registrar"));
}

// APPC 65(1), 65(2): two parts that went on one day are two forwardings, each with a notice of its own.
TEST_F(SendingOnTest, EachForwardingOwesANoticeOfItsOwn) {
  const auto appeal = accepted("n-4");
  atWork(appeal);
  const auto part = [&](const char* body) {
    forwardSigned(appeal);
    auto split = orderTo(body, "forward_part");
    split.reason = "Вопрос другого органа";
    good(appeal, split);
  };
  on("2026-03-18T05:00:00Z");
  part("zher");
  on("2026-03-18T06:00:00Z");
  part("akimat");
  const std::string first = appeal.reg_number + "/1", second = appeal.reg_number + "/2";
  const auto notices = [&] {
    std::vector<std::string> all;
    for (const auto& clock : clocksOf(appeal.id)) {
      if (clock.name == kForwardNotice) all.push_back(clock.occasion + " " + clock.status);
    }
    return all;
  };
  using All = std::vector<std::string>;
  EXPECT_EQ(notices(), (All{first + " running", second + " running"}));
  auto notify = order("notify", "registrar");
  const auto which = refused(appeal, notify);
  EXPECT_EQ(which.code, "exchange.input_needed");
  EXPECT_EQ(which.field, "/occasion");
  EXPECT_NE(which.text.find(first + ", " + second), std::string::npos) << which.text;
  notify.occasion = appeal.reg_number + "/3";
  EXPECT_EQ(refused(appeal, notify).code, "exchange.bad_input");
  notify.occasion = second;
  good(appeal, notify);
  EXPECT_EQ(notices(), (All{first + " running", second + " met"}));
  EXPECT_NE(lastText(appeal.id).find("Part: " + second), std::string::npos);
  // The other waits, and is late for itself alone.
  on("2026-03-19T05:00:00Z");
  good(appeal, order("notify", "registrar"));
  EXPECT_EQ(notices(), (All{first + " missed", second + " met"}));
  EXPECT_EQ(refused(appeal, order("notify", "registrar")).code, "rules.action_not_allowed");
  auto work = planFor("2026-03-30");
  work.occasion = first;
  EXPECT_EQ(refused(appeal, work).field, "/occasion") << "no action of several occasions";
}

// The system that tells the applicant says of which; one notice may tell of all.
TEST_F(SendingOnTest, AReportNamesTheForwardingThatItTellsOf) {
  const auto appeal = accepted("n-5");
  atWork(appeal);
  forwardSigned(appeal);
  on("2026-03-18T05:00:00Z");
  auto split = orderTo("zher", "forward_part");
  split.reason = "Вопрос о земельном участке";
  good(appeal, split);
  forwardSigned(appeal);
  on("2026-03-18T07:00:00Z");
  good(appeal, orderTo("akimat", "forward_whole"));
  EXPECT_EQ(clockOf(appeal.id, kForwardNotice).occasion, kAkimatBin);
  on("2026-03-18T08:00:00Z");
  const Notices notices(*store_, clock_, &currentLaw());
  const auto tell = [&](const std::string& at, const std::string& occasion) {
    const auto told = notices.told(appeal, {"forwarding", at, "sms", occasion}, desk_);
    if (!told) return told.error().code + told.error().field;
    return told->clock.occasion + " " + told->clock.status + " " +
           std::to_string(told->others.size());
  };
  EXPECT_EQ(tell("2026-03-18T07:30:00Z", ""), "exchange.input_needed/occasion");
  const std::string part = appeal.reg_number + "/1";
  EXPECT_EQ(tell("2026-03-18T06:00:00Z", ""), part + " met 0")
      << "told before the second: it is the first that it tells of";
  EXPECT_EQ(tell("2026-03-18T07:30:00Z", "zher"), "exchange.bad_input/occasion");
  EXPECT_EQ(tell("2026-03-18T07:30:00Z", "akimat"), std::string(kAkimatBin) + " met 0");
  EXPECT_EQ(tell("2026-03-18T07:30:00Z", "all"), "exchange.nothing_to_notify");

  const auto other = accepted("n-6");
  atWork(other);
  for (const char* body : {"zher", "akimat"}) {
    forwardSigned(other);
    auto to = orderTo(body, "forward_part");
    to.reason = "Вопрос другого органа";
    good(other, to);
  }
  const auto told =
      notices.told(other, {"forwarding", "2026-03-18T08:00:00Z", "sms", "all"}, desk_);
  ASSERT_TRUE(told.ok()) << told.error().text;
  EXPECT_EQ(told->clock.occasion, other.reg_number + "/2");
  ASSERT_EQ(told->others.size(), 1U);
  EXPECT_EQ(told->others[0].status, "met");
  EXPECT_EQ(daysOf(other.id, kForwardNotice),
            (std::vector<std::string>{"2026-03-18 met", "2026-03-18 met"}));
}

// Whose people report it: that of their own body.
TEST_F(SendingOnTest, ABodyTellsOfTheForwardingThatItMade) {
  const auto appeal = accepted("n-7");
  atWork(appeal);
  forwardSigned(appeal);
  on("2026-03-18T05:00:00Z");
  good(appeal, orderTo("zher", "forward_whole"));
  good(appeal, giveTo("zh-01"));
  good(appeal, "start_work", "executor");
  forwardSigned(appeal);
  on("2026-03-18T06:00:00Z");
  good(appeal, orderTo("akimat", "forward_whole"));
  EXPECT_EQ(daysOf(appeal.id, kForwardNotice),
            (std::vector<std::string>{"2026-03-18 running", "2026-03-18 running"}));
  const auto today = parseDate("2026-03-18");
  EXPECT_TRUE(*owesForwardNotice(*store_, *lawBook(), *today, appealNow(appeal.id), kMinfinBin));
  auto next = desk_;
  next.body = kAkimatBin;
  const auto others = work_->act(appeal, order("notify", "registrar"), next);
  ASSERT_FALSE(others.ok()) << "who has it now told nobody of what the others did";
  EXPECT_EQ(others.error().code, "exchange.nothing_to_notify");
  desk_.body = kMinfinBin;
  good(appeal, order("notify", "registrar"));
  EXPECT_EQ(daysOf(appeal.id, kForwardNotice),
            (std::vector<std::string>{"2026-03-18 met", "2026-03-18 running"}));
  EXPECT_FALSE(*owesForwardNotice(*store_, *lawBook(), *today, appealNow(appeal.id), kMinfinBin));
}

// An appeal that goes whole to one body twice: its name fits two notices, which go by the moments they began.
TEST_F(SendingOnTest, TwoForwardingsToOneBodyAreToldApartByTheirMoments) {
  const auto appeal = accepted("n-8");
  int hour = 5;
  for (const char* body : {"zher", "akimat", "zher"}) {
    good(appeal, "start_work", "executor");
    forwardSigned(appeal);
    on("2026-03-18T0" + std::to_string(hour++) + ":00:00Z");
    good(appeal, orderTo(body, "forward_whole"));
  }
  const auto notices = [&] { return daysOf(appeal.id, kForwardNotice); };
  using All = std::vector<std::string>;
  const std::string met = "2026-03-18 met", open = "2026-03-18 running";
  auto notify = order("notify", "registrar");
  const std::string first = "2026-03-18T05:00:00Z", last = "2026-03-18T07:00:00Z";
  const auto any = refused(appeal, notify);
  EXPECT_NE(any.text.find(": " + first + ", " + kAkimatBin + ", " + last), std::string::npos)
      << any.text;
  notify.occasion = "zher";
  const auto which = refused(appeal, notify);
  EXPECT_EQ(which.code, "exchange.input_needed");
  EXPECT_EQ(which.field, "/occasion");
  EXPECT_NE(which.text.find(": " + first + ", " + last), std::string::npos) << which.text;
  EXPECT_EQ(which.text.find(kAkimatBin), std::string::npos) << which.text;
  EXPECT_EQ(notices(), (All{open, open, open}));
  notify.occasion = "2026-03-18T12:00:00+05:00";
  good(appeal, notify);
  EXPECT_EQ(notices(), (All{open, open, met}));
  notify.occasion = "zher";
  good(appeal, notify);
  EXPECT_EQ(notices(), (All{met, open, met})) << "there is but one of that name now";
  notify.occasion = first;
  EXPECT_EQ(refused(appeal, notify).code, "exchange.bad_input");
  notify.occasion = "2026-03-18T06:00:00Z";
  good(appeal, notify);
  EXPECT_EQ(notices(), (All{met, met, met}));
}

// APPC 64(7-2): the body that gets the part acts at once, too, unless somebody has.
TEST_F(SendingOnTest, APartOfWhatTellsOfAThreatIsActedUponToo) {
  auto urgent = taxAppeal("c-90");
  urgent.urgent_flag = "security_threat";
  const auto appeal = taken(urgent);
  atWork(appeal);
  forwardSigned(appeal);
  on("2026-03-18T05:00:00Z");
  auto part = orderTo("zher", "forward_part");
  part.reason = "Вопрос о земельном участке";
  good(appeal, part);
  const auto child = **store_->findByNumber(appeal.reg_number + "/1");
  EXPECT_EQ(clockOf(child.id, "react").due_date, "2026-03-18");
  good(child, order("react", "registrar", "Сообщено в полицию"));
  EXPECT_EQ(clockOf(child.id, "react").status, "met");
  EXPECT_EQ(clockOf(appeal.id, "react").status, "running");
  good(appeal, order("react", "executor", "Сообщено в полицию"));
  forwardSigned(appeal);
  part.body = "akimat";
  good(appeal, part);
  EXPECT_FALSE(hasClock((*store_->findByNumber(appeal.reg_number + "/2"))->id, "react"));
}

// Law 88, article 25.
TEST_F(SendingOnTest, WhatTheProviderOfAServiceDoesNotSatisfyGoesToTheBodyThatAssessesServices) {
  auto complaint = complaintAbout("action", "c-91");
  complaint.procedure = "public_service";
  const auto filed = taken(complaint);
  EXPECT_EQ(filed.due_date, "2026-03-27") << "five working days";
  on("2026-03-19T05:00:00Z");
  EXPECT_EQ(refused(filed, order("pass_to_oversight", kHead)).field, "/body");
  good(filed, orderTo("akimat", "pass_to_oversight"));
  const auto now = appealNow(filed.id);
  EXPECT_EQ(now.state, "routed");
  EXPECT_EQ(now.destination, "akimat");
  EXPECT_EQ(now.kind_special, "service_oversight");
  EXPECT_EQ(now.due_date, "2026-04-14") << "fifteen working days from its arrival";
  EXPECT_EQ(clockOf(filed.id, "consider").rule_id, "S2");
  EXPECT_EQ(newest<model::Appeal>(filed.id).kind_special, "service_oversight");
  EXPECT_EQ(refused(filed, orderTo("zher", "pass_to_oversight")).code, "rules.action_wrong_kind")
      << "it is there";
}

TEST_F(SendingOnTest, AComplaintThatGoesUpTellsWhereTo) {
  landIsAboveFinance();
  const auto here = atBodyComplainedOf("c-92");
  good(here, order("send_to_higher", kHead));
  const auto told = eventsOf(here.id);
  const auto up = std::find_if(told.begin(), told.end(),
                               [](const auto& event) { return event.reason == "send_to_higher"; });
  ASSERT_NE(up, told.end());
  EXPECT_NE(up->text_en.find("The higher body: "), std::string::npos) << up->text_en;
  // Not connected: the reason says how it went.
  const auto away = atBodyComplainedOf("c-93");
  connected_.erase("zher");
  EXPECT_EQ(refused(away, order("send_to_higher", "registrar")).code, "exchange.input_needed");
  good(away, order("send_to_higher", "registrar", "Отправлено нарочным"));
  EXPECT_NE(store_->events(away.id)->back().text_ru.find("Вышестоящий орган: Комитет"),
            std::string::npos)
      << store_->events(away.id)->back().text_ru;
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
      << "the one term to forward ends with the delivery";
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
            (std::vector<std::string>{"forward 2026-03-20 met", "consider 2026-04-10 met",
                                      "plan 2026-04-06 met", "hearing_notice 2026-04-01 cancelled",
                                      "forward 2026-03-20 running", "consider 2026-04-17 running"}))
      << "what the body took up it has to forward after all, within the same three days";
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
