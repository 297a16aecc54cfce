// The actions of the procedure on stored appeals: what each leaves behind, and what is refused.
#include "hub/exchange/casework.h"

#include "hub/exchange/clock_review.h"
#include "hub/exchange/clock_rows.h"
#include "hub/exchange/inbound.h"
#include "hub/exchange/sharing.h"
#include "hub/exchange/tests/world.h"

namespace hub::exchange::testing {
namespace {

constexpr const char* kHead = "head";

class CaseworkTest : public World {
 protected:
  void SetUp() override {
    World::SetUp();
    work_ = std::make_unique<Casework>(
        *store_, currentLaw(), limits_, clock_,
        Casework::Options{
            "hub", model::IdentityCheck::kStrict,
            [this](const std::string& alias) { return connected_.count(alias) > 0; },
            [](const std::string&) -> Result<std::string> { return std::string("c2lnbmVk"); }});
    desk_.roles = {"registrar", "executor", "head", "controller"};
    portal_.roles = {"applicant"};
  }
  store::AppealRow ofKind(const std::string& kind, const std::string& source_id) {
    auto appeal = taxAppeal(source_id);
    appeal.kind = kind;
    if (kind == "complaint") {
      appeal.contested = model::Contested{};
      appeal.contested->act_or_action = "act";
      appeal.contested->official = "С. Мысалов";
    }
    auto result = accept(appeal);
    EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().code + result.error().field);
    return result.ok() ? result->appeal : store::AppealRow{};
  }
  ActionOrder order(const std::string& action, const std::string& role) {
    ActionOrder order;
    order.action = action;
    order.role = role;
    return order;
  }
  Result<Casework::Done> act(const store::AppealRow& appeal, const ActionOrder& order) {
    return work_->act(appeal, order, order.role == "applicant" ? portal_ : desk_);
  }
  void good(const store::AppealRow& appeal, const ActionOrder& order) {
    auto done = act(appeal, order);
    ASSERT_TRUE(done.ok()) << order.action << ": " << done.error().code << " " << done.error().text;
  }
  void good(const store::AppealRow& appeal, const std::string& action, const std::string& role) {
    good(appeal, order(action, role));
  }
  Error refused(const store::AppealRow& appeal, const ActionOrder& order) {
    auto done = act(appeal, order);
    EXPECT_FALSE(done.ok()) << order.action << " was allowed";
    return done.ok() ? Error{} : done.error();
  }
  void atWork(const store::AppealRow& appeal) {
    auto give = order("assign", kHead);
    give.executor = "mf-01";
    good(appeal, give);
    good(appeal, "start_work", "executor");
  }
  void forwardSigned(const store::AppealRow& appeal) {
    auto prepare = order("forward_prepare", "executor");
    prepare.reason = "Часть вопросов относится к земле";
    good(appeal, prepare);
    good(appeal, "forward_agree", "controller");
    good(appeal, "forward_sign", kHead);
  }
  void on(const std::string& when) { clock_.set(instant(when)); }
  std::string lastText(store::RowId appeal) { return eventsOf(appeal).back().text_en; }

  std::set<std::string> connected_{"minfin", "akimat", "zher"};
  Caller desk_{"desk", "", true};
  Caller portal_{"portal", "", false};
  std::unique_ptr<Casework> work_;
};

TEST_F(CaseworkTest, WhatTheLawBarsIsRefusedWithItsArticleAndState) {
  const auto appeal = accepted("c-1");
  auto early = refused(appeal, order("decision_prepare", "executor"));
  EXPECT_EQ(early.code, "rules.action_not_allowed");
  EXPECT_NE(early.text.find("article 79"), std::string::npos) << early.text;
  EXPECT_NE(early.text.find("'routed'"), std::string::npos) << early.text;
  EXPECT_NE(early.text.find("allowed now: "), std::string::npos) << early.text;
  EXPECT_EQ(appealNow(appeal.id).state, "routed");
  EXPECT_EQ(refused(appeal, order("fly", kHead)).code, "rules.unknown_action");
  EXPECT_EQ(refused(appeal, order("", kHead)).code, "exchange.input_needed");
}

TEST_F(CaseworkTest, AClientActsOnlyInItsRoles) {
  const auto appeal = accepted("c-2");
  auto done = work_->act(appeal, order("assign", kHead), portal_);
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().code, "exchange.role_not_allowed");
  EXPECT_FALSE(work_->act(appeal, order("deem_refused", "hub"), desk_).ok());
  // With one role there is nothing to choose.
  auto withdrawn = work_->act(appeal, order("withdraw", ""), portal_);
  ASSERT_TRUE(withdrawn.ok()) << withdrawn.error().text;
  EXPECT_EQ(eventsOf(appeal.id).back().actor, "applicant:portal");
}

TEST_F(CaseworkTest, ChoicesTellWhoMayDoWhatUntilWhen) {
  const auto appeal = accepted("c-3");
  atWork(appeal);
  auto choices = work_->choices(appeal, "executor");
  ASSERT_TRUE(choices.ok());
  EXPECT_EQ(choices->state.en, "in work");
  const ActionChoice* extension = nullptr;
  for (const auto& choice : choices->actions) {
    if (choice.action == "extension_prepare") extension = &choice;
    EXPECT_NE(choice.action, "decision_sign");
  }
  ASSERT_NE(extension, nullptr);
  EXPECT_EQ(extension->until, "2026-04-10");
  EXPECT_FALSE(extension->duty);
  EXPECT_EQ(extension->needs, std::vector<std::string>{"reason"});
  EXPECT_EQ(work_->choices(appeal, "king").error().code, "rules.unknown_role");
}

TEST_F(CaseworkTest, AHeadDecidesAndTheTermIsMet) {
  const auto appeal = accepted("c-4");
  atWork(appeal);
  EXPECT_EQ(appealNow(appeal.id).executor, "mf-01");
  good(appeal, "decision_prepare", "executor");
  good(appeal, "decision_agree", "controller");
  auto sign = order("decision_sign", kHead);
  sign.official = "А. Үлгіұлы";
  EXPECT_EQ(refused(appeal, sign).code, "rules.action_wrong_outcome");
  sign.outcome = "act_favourable";
  EXPECT_EQ(refused(appeal, sign).field, "/text");
  sign.text = "Налог пересчитан.";
  good(appeal, sign);
  EXPECT_EQ(appealNow(appeal.id).decision_outcome, "act_favourable");
  good(appeal, "deliver_decision", "registrar");
  EXPECT_EQ(appealNow(appeal.id).state, "executed");
  EXPECT_EQ(clockOf(appeal.id, "consider").status, "met");
  EXPECT_EQ(clockOf(appeal.id, "complaint_window").due_date, "2026-06-17");
  EXPECT_EQ(clockOf(appeal.id, "execute").due_date, "2026-03-27") << "APPC 86(3)";
  EXPECT_EQ(clockOf(appeal.id, "execute").status, "running");
  auto messages = store_->messages(appeal.id, true);
  ASSERT_TRUE(messages.ok());
  const auto& document = messages->back();
  ASSERT_EQ(document.type, "decision/1");
  auto decoded = model::decodeXml(document.body, limits_);
  ASSERT_TRUE(decoded.ok());
  const auto& decision = std::get<model::Decision>(decoded->payload);
  EXPECT_EQ(decision.text, "Налог пересчитан.");
  EXPECT_EQ(decision.signatures.front().value, "c2lnbmVk");
  ASSERT_TRUE(decision.appeal_route.has_value()) << "APPC 80(5)";
  EXPECT_EQ(decision.appeal_route->term_months, 3);
  // A slip is corrected by a new decision that names the old one.
  auto correct = order("correct", kHead);
  correct.text = "Налог пересчитан за 2025 год.";
  correct.official = sign.official;
  good(appeal, correct);
  auto newest = model::decodeXml(store_->messages(appeal.id, true)->back().body, limits_);
  ASSERT_TRUE(newest.ok());
  EXPECT_EQ(std::get<model::Decision>(newest->payload).supersedes, decision.decision_id);
  EXPECT_EQ(clockOf(appeal.id, "execute").status, "running") << "a correction begins no new term";
  on("2026-03-28T05:00:00Z");
  good(appeal, "execute", "executor");
  EXPECT_EQ(clockOf(appeal.id, "execute").status, "missed");
  EXPECT_EQ(appealNow(appeal.id).state, "executed");
  EXPECT_EQ(refused(appeal, order("execute", "executor")).code, "rules.action_not_allowed");
}

TEST_F(CaseworkTest, AnExtensionIsPreparedAgreedSignedAndMovesTheTerm) {
  const auto appeal = accepted("c-5");
  atWork(appeal);
  auto prepare = order("extension_prepare", "executor");
  EXPECT_EQ(refused(appeal, prepare).field, "/reason");
  prepare.reason = "Нужны сведения другого органа";
  good(appeal, prepare);
  good(appeal, "extension_agree", "controller");
  auto sign = order("extension_sign", kHead);
  sign.day = "2026-08-01";
  EXPECT_EQ(refused(appeal, sign).code, "exchange.bad_input") << "more than two months";
  sign.day = "2026-04-01";
  EXPECT_EQ(refused(appeal, sign).code, "exchange.bad_input") << "shorter than the term";
  sign.day = "2026-05-08";
  good(appeal, sign);
  EXPECT_EQ(appealNow(appeal.id).due_date, "2026-05-08");
  EXPECT_EQ(clockOf(appeal.id, "consider").status, "extended");
  EXPECT_EQ(clockOf(appeal.id, "consider_extended").due_date, "2026-05-08");
  EXPECT_EQ(clockOf(appeal.id, "extension_notice").status, "running");
  EXPECT_NE(lastText(appeal.id).find("Until 08.05.2026"), std::string::npos) << lastText(appeal.id);
  good(appeal, "extension_notify", "registrar");
  EXPECT_EQ(clockOf(appeal.id, "extension_notice").status, "met");
  EXPECT_EQ(refused(appeal, prepare).code, "rules.action_not_allowed") << "once";
}

// Law 88: ten working days more, and no refusal by silence.
TEST_F(CaseworkTest, AComplaintOnAPublicServiceGoesByItsOwnLaw) {
  auto complaint = taxAppeal("c-88");
  complaint.kind = "complaint";
  complaint.procedure = "public_service";
  complaint.contested = model::Contested{};
  complaint.contested->act_or_action = "inaction";
  auto taken = accept(complaint);
  ASSERT_TRUE(taken.ok()) << taken.error().code << taken.error().field;
  const auto& appeal = taken->appeal;
  EXPECT_EQ(appeal.due_date, "2026-03-27");
  atWork(appeal);
  EXPECT_EQ(refused(appeal, order("send_to_higher", kHead)).code, "rules.action_wrong_kind");
  auto prepare = order("extension_prepare", "executor");
  prepare.reason = "Нужна проверка";
  auto done = act(appeal, prepare);
  ASSERT_TRUE(done.ok()) << done.error().text;
  EXPECT_EQ(done->acted.law, "LAW-88");
  good(appeal, "extension_agree", "controller");
  good(appeal, "extension_sign", kHead);
  EXPECT_EQ(clockOf(appeal.id, "consider_extended").rule_id, "S3");
  EXPECT_EQ(appealNow(appeal.id).due_date, "2026-04-03");
  on("2026-04-20T05:00:00Z");
  EXPECT_EQ(*work_->deemRefusals(), 0);
  EXPECT_EQ(appealNow(appeal.id).state, "extension_signed");
}

TEST_F(CaseworkTest, WhatTellsOfACrimeIsNotReturned) {
  auto urgent = taxAppeal("c-14");
  urgent.urgent_flag = "crime";
  auto taken = accept(urgent);
  ASSERT_TRUE(taken.ok()) << taken.error().code << taken.error().field;
  auto back = order("return", kHead);
  back.reason = "Повтор без новых доводов";
  EXPECT_EQ(refused(taken->appeal, back).code, "rules.action_urgent");
  good(accepted("c-15"), back);
}

TEST_F(CaseworkTest, ADayTheHeadNamedStaysAndALawfulEndFollowsTheCalendar) {
  const auto named = accepted("c-51");
  const auto whole = accepted("c-52");
  for (const auto& appeal : {named, whole}) {
    atWork(appeal);
    auto prepare = order("extension_prepare", "executor");
    prepare.reason = "Нужны сведения другого органа";
    good(appeal, prepare);
    good(appeal, "extension_agree", "controller");
    auto sign = order("extension_sign", kHead);
    if (appeal.id == named.id) sign.day = "2026-05-08";
    good(appeal, sign);
  }
  EXPECT_EQ(appealNow(whole.id).due_date, "2026-05-18") << "two months: Sunday the 17th moves";
  EXPECT_TRUE(isNamedDay(clockOf(named.id, "consider_extended")));
  EXPECT_FALSE(isNamedDay(clockOf(whole.id, "consider_extended")));
  ClockReview review(*store_, *lawBook(), clock_, "test");
  auto page = review.open(0, 1000);
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->appeals.size(), 2U);
  std::set<std::string> names;
  for (const auto& clock : page->appeals.front().clocks) names.insert(clock.name);
  EXPECT_EQ(names.count("consider_extended"), 1U);
  EXPECT_EQ(names.count("extension_notice"), 1U);
  EXPECT_EQ(names.count("consider"), 0U) << "extended: it runs no more";
  auto end = review.open(page->next, 1000);
  ASSERT_TRUE(end.ok());
  EXPECT_EQ(end->next, 0);
}

TEST_F(CaseworkTest, AComplaintIsNeverExtendedNorDecidedByTheOneComplainedOf) {
  const auto appeal = ofKind("complaint", "c-6");
  atWork(appeal);
  auto prepare = order("extension_prepare", "executor");
  prepare.reason = "Не успеваем";
  auto error = refused(appeal, prepare);
  EXPECT_EQ(error.code, "rules.action_wrong_kind");
  EXPECT_NE(error.text.find("article 99"), std::string::npos) << error.text;
  good(appeal, "decision_prepare", "executor");
  good(appeal, "decision_agree", "controller");
  auto sign = order("decision_sign", kHead);
  sign.outcome = "not_satisfied";
  sign.text = "Нарушений нет.";
  sign.waived = "applicant_asks";
  EXPECT_EQ(refused(appeal, sign).field, "/official") << "nobody steps round article 97(2)";
  sign.official = "С. Мысалов";
  EXPECT_EQ(refused(appeal, sign).code, "rules.action_wrong_official");
  sign.official = "А. Үлгіұлы";
  good(appeal, sign);
}

TEST_F(CaseworkTest, NoticesAndMinutesAreMetOrMissed) {
  const auto ended = accepted("c-120");
  const auto heard = accepted("c-121");
  atWork(ended);
  auto terminate = order("terminate", kHead);
  terminate.reason = "Вопрос решён";
  good(ended, terminate);
  EXPECT_EQ(clockOf(ended.id, "termination_notice").due_date, "2026-03-20");
  atWork(heard);
  good(heard, "hearing_notify", kHead);
  good(heard, "hearing_hold", "executor");
  EXPECT_EQ(clockOf(heard.id, "hearing_minutes").due_date, "2026-03-19");
  on("2026-03-20T05:00:00Z");
  good(ended, "notify", "registrar");
  EXPECT_EQ(clockOf(ended.id, "termination_notice").status, "met");
  EXPECT_EQ(refused(ended, order("notify", "registrar")).code, "rules.action_not_allowed");
  good(heard, "draw_up_minutes", "executor");
  EXPECT_EQ(clockOf(heard.id, "hearing_minutes").status, "missed");
  EXPECT_EQ(appealNow(heard.id).state, "hearing_held");
}

TEST_F(CaseworkTest, NobodyComplainedOfGetsTheComplaintEvenWhereTheBodyNamesNoStaff) {
  auto complaint = taxAppeal("c-110");
  complaint.kind = "complaint";
  complaint.contested = model::Contested{};
  complaint.contested->act_or_action = "action";
  complaint.contested->official = "С. Мысалов";
  complaint.topic.front().section = "land";
  auto filed = accept(complaint);
  ASSERT_TRUE(filed.ok()) << filed.error().code << filed.error().field;
  ASSERT_EQ(filed->appeal.destination, "zher") << "a body without executors in staff.yaml";
  auto give = order("assign", kHead);
  give.executor = " С. Мысалов";
  EXPECT_EQ(refused(filed->appeal, give).code, "rules.action_wrong_official");
  give.executor = "А. Үлгіұлы";
  good(filed->appeal, give);
  // However it ends, somebody else ends it, and says who.
  auto satisfy = order("satisfy_complaint", kHead);
  satisfy.text = "Удовлетворить.";
  EXPECT_EQ(refused(filed->appeal, satisfy).field, "/official");
  satisfy.official = "С. Мысалов";
  EXPECT_EQ(refused(filed->appeal, satisfy).code, "rules.action_wrong_official");
  auto back = order("return", kHead);
  back.reason = "Повтор";
  EXPECT_EQ(refused(filed->appeal, back).field, "/official");
  good(filed->appeal, order("withdraw", "applicant"));
  auto accept_it = order("withdrawal_accept", kHead);
  EXPECT_EQ(refused(filed->appeal, accept_it).field, "/official");
  accept_it.official = "С. Мысалов";
  EXPECT_EQ(refused(filed->appeal, accept_it).code, "rules.action_wrong_official");
  accept_it.official = "А. Үлгіұлы";
  good(filed->appeal, accept_it);
}

TEST_F(CaseworkTest, ABurdensomeActSaysHowTheApplicantWasHeardOrWhyNot) {
  const auto sign_as = [&](const std::string& waived) {
    auto sign = order("decision_sign", kHead);
    sign.official = "А. Үлгіұлы";
    sign.outcome = "act_burdensome";
    sign.text = "В перерасчёте отказано.";
    sign.waived = waived;
    return sign;
  };
  const auto decisionOf = [&](const store::AppealRow& appeal) {
    auto decoded = model::decodeXml(store_->messages(appeal.id, true)->back().body, limits_);
    return std::get<model::Decision>(decoded->payload);
  };
  const auto unheard = accepted("c-100");
  atWork(unheard);
  good(unheard, "decision_prepare", "executor");
  good(unheard, "decision_agree", "controller");
  const auto choices = work_->choices(unheard, kHead);
  ASSERT_TRUE(choices.ok());
  const auto& signing = *std::find_if(choices->actions.begin(), choices->actions.end(),
                                      [](const auto& c) { return c.action == "decision_sign"; });
  EXPECT_EQ(signing.unheard, std::vector<std::string>{"act_burdensome"});
  EXPECT_EQ(refused(unheard, sign_as("")).code, "rules.action_needs_hearing");
  EXPECT_EQ(refused(unheard, sign_as("no_time")).field, "/waived");
  EXPECT_EQ(refused(unheard, sign_as("favourable_act")).field, "/waived") << "it is burdensome";
  good(unheard, sign_as("urgency"));
  auto hearing = decisionOf(unheard).hearing;
  ASSERT_TRUE(hearing.has_value());
  EXPECT_EQ(hearing->waived_reason, "urgency");
  EXPECT_FALSE(hearing->held);

  const auto heard = accepted("c-101");
  atWork(heard);
  good(heard, "hearing_notify", kHead);
  good(heard, "hearing_hold", "executor");
  EXPECT_EQ(clockOf(heard.id, "objection").status, "running") << "the two days are the applicant's";
  EXPECT_EQ(refused(heard, order("decision_prepare", "executor")).code, "rules.action_too_early");
  auto object = order("object", "applicant");
  object.reason = "Площадь дома указана неверно";
  good(heard, object);
  good(heard, "decision_prepare", "executor");
  good(heard, "decision_agree", "controller");
  good(heard, sign_as(""));
  hearing = decisionOf(heard).hearing;
  ASSERT_TRUE(hearing.has_value());
  EXPECT_TRUE(hearing->held);
  EXPECT_EQ(hearing->notified_at, "2026-03-17T05:00:00Z");
  ASSERT_TRUE(hearing->objection.has_value());
  EXPECT_NE(hearing->objection->find("Площадь дома"), std::string::npos) << *hearing->objection;
  EXPECT_FALSE(hearing->waived_reason.has_value());
}

TEST_F(CaseworkTest, AHearingByAnotherBodyIsNoneByThisOne) {
  const auto appeal = accepted("c-102");
  atWork(appeal);
  good(appeal, "hearing_notify", kHead);
  on("2026-03-20T05:00:00Z");
  good(appeal, "decision_prepare", "executor");
  auto back = order("decision_reject", kHead);
  back.reason = "Не наша компетенция";
  good(appeal, back);
  forwardSigned(appeal);
  auto forward = order("forward_whole", "registrar");
  forward.body = "zher";
  good(appeal, forward);
  auto give = order("assign", kHead);
  give.executor = "zh-1";
  good(appeal, give);
  good(appeal, "decision_prepare", "executor");
  good(appeal, "decision_agree", "controller");
  auto sign = order("decision_sign", kHead);
  sign.official = "А. Үлгіұлы";
  sign.outcome = "act_burdensome";
  sign.text = "Отказано.";
  EXPECT_EQ(refused(appeal, sign).code, "rules.action_needs_hearing");
}

// APPC 91(4): three working days from the receipt by the body complained of.
TEST_F(CaseworkTest, AComplaintIsSatisfiedOrSentUpWithinThreeDaysOfTheFirstBody) {
  const auto sent = ofKind("complaint", "c-60");
  const auto late = ofKind("complaint", "c-61");
  EXPECT_EQ(clockOf(sent.id, "send_up").due_date, "2026-03-20");
  EXPECT_FALSE(hasClock(accepted("c-62").id, "send_up")) << "an application";
  auto satisfy = order("satisfy_complaint", kHead);
  satisfy.official = "А. Үлгіұлы";
  satisfy.text = "Акт отменён, налог пересчитан.";
  on("2026-03-26T05:00:00Z");
  EXPECT_EQ(refused(late, satisfy).code, "rules.action_too_late");
  on("2026-03-20T05:00:00Z");
  good(late, satisfy);
  EXPECT_EQ(appealNow(late.id).decision_outcome, "satisfied_by_first_body");
  EXPECT_EQ(clockOf(late.id, "send_up").status, "met");
  // The one above it gets the complaint with terms of its own, and nothing to send up.
  auto up = order("send_to_higher", "registrar");
  up.body = "zher";
  good(sent, up);
  EXPECT_EQ(clockOf(sent.id, "send_up").status, "met");
  EXPECT_EQ(appealNow(sent.id).destination, "zher");
  EXPECT_EQ(clockOf(sent.id, "forward").status, "running");
  EXPECT_EQ(refused(sent, satisfy).code, "rules.action_too_late");
}

TEST_F(CaseworkTest, TheHigherBodyThatGetsAComplaintFirstHasNothingToSendUp) {
  auto complaint = taxAppeal("c-63");
  complaint.kind = "complaint";
  complaint.contested = model::Contested{};
  complaint.contested->act_or_action = "act";
  complaint.contested->body = model::BodyRef{kAkimatBin, std::nullopt, {}};
  auto filed = accept(complaint);
  ASSERT_TRUE(filed.ok()) << filed.error().code << filed.error().field;
  EXPECT_EQ(filed->appeal.destination, "minfin");
  EXPECT_FALSE(hasClock(filed->appeal.id, "send_up"));
  auto satisfy = order("satisfy_complaint", kHead);
  satisfy.official = "А. Үлгіұлы";
  satisfy.text = "Акт отменён.";
  EXPECT_EQ(refused(filed->appeal, satisfy).code, "rules.action_not_allowed");
  // Forwarded to the body complained of, the term begins with the arrival there.
  atWork(filed->appeal);
  forwardSigned(filed->appeal);
  on("2026-03-19T05:00:00Z");
  auto forward = order("forward_whole", "registrar");
  forward.body = "akimat";
  good(filed->appeal, forward);
  EXPECT_EQ(clockOf(filed->appeal.id, "send_up").due_date, "2026-03-27");
}

// APPC 100(2).
TEST_F(CaseworkTest, ACaseSentBackForANewProcedureGoesWithinFiveDays) {
  const auto appeal = ofKind("complaint", "c-64");
  atWork(appeal);
  good(appeal, "decision_prepare", "executor");
  good(appeal, "decision_agree", "controller");
  auto sign = order("decision_sign", kHead);
  sign.official = "А. Үлгіұлы";
  sign.outcome = "sent_back";
  sign.text = "Направить на новую процедуру.";
  good(appeal, sign);
  EXPECT_EQ(clockOf(appeal.id, "send_back").due_date, "2026-03-27");
  good(appeal, "deliver_decision", "registrar");
  EXPECT_EQ(clockOf(appeal.id, "send_back").status, "running");
  good(appeal, "send_back", "registrar");
  EXPECT_EQ(clockOf(appeal.id, "send_back").status, "met");
  EXPECT_EQ(appealNow(appeal.id).state, "executed");
}

TEST_F(CaseworkTest, APartGetsAChildNumberItsOwnTermsAndItsOwnDelivery) {
  const auto appeal = accepted("c-7");
  atWork(appeal);
  forwardSigned(appeal);
  on("2026-03-18T05:00:00Z");
  auto part = order("forward_part", "registrar");
  part.reason = "Вопрос о земельном участке";
  EXPECT_EQ(refused(appeal, part).field, "/body");
  part.body = "nobody";
  EXPECT_EQ(refused(appeal, part).code, "exchange.unknown_body");
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
  auto decoded = model::decodeXml(store_->messages(child->id, true)->back().body, limits_);
  ASSERT_TRUE(decoded.ok());
  const auto& document = std::get<model::Appeal>(decoded->payload);
  EXPECT_EQ(document.hub_id, child->hub_id);
  EXPECT_EQ(document.parent->reg_number, appeal.reg_number);
  EXPECT_EQ(document.reg_number, appeal.reg_number + "/1");
  // A second part counts on.
  forwardSigned(appeal);
  part.body = "akimat";
  good(appeal, part);
  EXPECT_TRUE(store_->findByNumber(appeal.reg_number + "/2")->has_value());
}

TEST_F(CaseworkTest, DirectedFromTheDeskItKeepsTheTermOfItsRegistration) {
  auto stray = taxAppeal("c-80");
  stray.topic.front().section = "other";
  const auto appeal = accept(stray)->appeal;
  ASSERT_EQ(appeal.state, "awaiting_routing");
  on("2026-03-19T05:00:00Z");
  auto route = order("route", "registrar");
  route.body = "minfin";
  good(appeal, route);
  EXPECT_EQ(appealNow(appeal.id).state, "routed");
  EXPECT_EQ(appealNow(appeal.id).due_date, "2026-04-10");
  std::vector<std::string> terms;
  for (const auto& clock : clocksOf(appeal.id)) {
    if (clock.name != "register") terms.push_back(clock.name + " " + clock.status);
  }
  EXPECT_EQ(terms, (std::vector<std::string>{"forward running", "consider running"}))
      << "the one forwarding term ends with the delivery";
}

TEST_F(CaseworkTest, GivenBackByOneBodyItGetsTheTermsOfItsArrivalAtTheNext) {
  const auto appeal = accepted("c-81");
  atWork(appeal);
  auto plan = order("plan", "executor");
  plan.day = "2026-04-06";
  good(appeal, plan);
  Caller system = desk_;
  system.roles = {"agency"};
  auto decline = order("decline_competence", "agency");
  decline.reason = "Вопрос о земле";
  ASSERT_TRUE(work_->act(appeal, decline, system).ok());
  on("2026-03-27T05:00:00Z");
  auto route = order("route", "registrar");
  route.body = "zher";
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

TEST_F(CaseworkTest, AComplaintFromTheDeskBeginsTheTimeToSendItUp) {
  auto stray = taxAppeal("c-82");
  stray.kind = "complaint";
  stray.contested = model::Contested{};
  stray.contested->act_or_action = "inaction";
  stray.topic.front().section = "other";
  const auto appeal = accept(stray)->appeal;
  ASSERT_EQ(appeal.state, "awaiting_routing");
  EXPECT_FALSE(hasClock(appeal.id, "send_up"));
  on("2026-03-19T05:00:00Z");
  auto route = order("route", "registrar");
  route.body = "minfin";
  good(appeal, route);
  EXPECT_EQ(clockOf(appeal.id, "send_up").due_date, "2026-03-27");
}

TEST_F(CaseworkTest, ForwardedWholeItKeepsItsNumberAndGetsTheTermsOfItsArrival) {
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
  auto rows = *store_->outboxOf(appeal.id);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].state, store::OutboxState::kRejected)
      << "what waited for the old body is stopped";
  EXPECT_EQ(rows[1].destination, "akimat");
  EXPECT_EQ(rows[1].state, store::OutboxState::kPending);
}

TEST_F(CaseworkTest, AWithdrawalIsToldToTheBodyAndMayBeDeclined) {
  const auto appeal = accepted("c-9");
  atWork(appeal);
  auto withdraw = order("withdraw", "applicant");
  withdraw.reason = "Вопрос решён";
  auto done = act(appeal, withdraw);
  ASSERT_TRUE(done.ok()) << done.error().text;
  EXPECT_EQ(done->wake, std::vector<std::string>{"minfin"});
  auto rows = *store_->outboxOf(appeal.id);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows.back().type, "withdrawal/1");
  auto decline = order("withdrawal_decline", kHead);
  decline.reason = "Затронуты права других";
  good(appeal, decline);
  EXPECT_EQ(appealNow(appeal.id).state, "withdrawal_refused");
  good(appeal, order("withdraw", "applicant"));
  good(appeal, "withdrawal_accept", kHead);
  EXPECT_EQ(appealNow(appeal.id).state, "terminated");
  EXPECT_EQ(appealNow(appeal.id).decision_outcome, "terminated");
  EXPECT_EQ(clockOf(appeal.id, "termination_notice").status, "running");
  const auto complaint = ofKind("complaint", "c-10");
  good(complaint, order("withdraw", "applicant"));
  auto leave = order("withdrawal_accept", kHead);
  leave.official = "А. Үлгіұлы";
  good(complaint, leave);
  EXPECT_EQ(appealNow(complaint.id).state, "left_without_consideration");
}

TEST_F(CaseworkTest, DefectsAreCuredInTimeOrTheAppealGoesBack) {
  const auto appeal = accepted("c-11");
  auto notice = order("notify_defects", "registrar");
  notice.reason = "Нет подписи";
  EXPECT_EQ(refused(appeal, notice).code, "rules.action_needs_day");
  notice.day = "2026-03-25";
  good(appeal, notice);
  EXPECT_EQ(clockOf(appeal.id, "cure").due_date, "2026-03-25");
  EXPECT_EQ(clockOf(appeal.id, "return").due_date, "2026-03-30")
      << "three working days after the lapse";
  auto back = order("return", kHead);
  back.reason = "Недостатки не устранены";
  EXPECT_EQ(refused(appeal, back).code, "rules.action_too_early");
  on("2026-03-26T05:00:00Z");
  EXPECT_EQ(refused(appeal, order("cure", "applicant")).code, "rules.action_too_late");
  good(appeal, back);
  EXPECT_EQ(appealNow(appeal.id).state, "returned");
  EXPECT_EQ(clockOf(appeal.id, "cure").status, "missed");
  EXPECT_EQ(outboxOf(appeal.id).state, store::OutboxState::kRejected)
      << "it does not go out any more";
}

TEST_F(CaseworkTest, ThePlannedDateStandsBesideTheLegalOne) {
  const auto appeal = accepted("c-40");
  atWork(appeal);
  auto plan = order("plan", "executor");
  plan.day = "2026-04-13";
  EXPECT_EQ(refused(appeal, plan).field, "/day") << "not after the legal due date";
  plan.day = "2026-04-02";
  good(appeal, plan);
  plan.day = "2026-04-06";
  good(appeal, plan);
  EXPECT_EQ(appealNow(appeal.id).due_date, "2026-04-10") << "the legal one is never edited";
  std::vector<std::string> plans;
  for (const auto& clock : clocksOf(appeal.id)) {
    if (clock.name == "plan") plans.push_back(clock.due_date + " " + clock.status);
  }
  EXPECT_EQ(plans, (std::vector<std::string>{"2026-04-02 cancelled", "2026-04-06 running"}));
  ClockReview review(*store_, *lawBook(), clock_, "test");
  auto counts = review.run();
  ASSERT_TRUE(counts.ok());
  EXPECT_EQ(counts->moved, 0) << "a new calendar leaves named days alone";
  EXPECT_EQ(clockOf(appeal.id, "plan").due_date, "2026-04-06");
}

TEST_F(CaseworkTest, APlannedActAsksForANoticeOfTheHearingBeforeIt) {
  const auto appeal = accepted("c-41");
  atWork(appeal);
  auto plan = order("plan", "executor");
  plan.day = "2026-04-09";
  good(appeal, plan);
  plan.day = "2026-04-06";
  good(appeal, plan);
  std::vector<std::string> notices;
  for (const auto& clock : clocksOf(appeal.id)) {
    if (clock.name == "hearing_notice") notices.push_back(clock.due_date + " " + clock.status);
  }
  EXPECT_EQ(notices, (std::vector<std::string>{"2026-04-06 cancelled", "2026-04-01 running"}));
  // A favourable act needs no hearing.
  good(appeal, "decision_prepare", "executor");
  good(appeal, "decision_agree", "controller");
  auto sign = order("decision_sign", kHead);
  sign.official = "А. Үлгіұлы";
  sign.outcome = "act_favourable";
  sign.text = "Налог пересчитан.";
  good(appeal, sign);
  good(appeal, "deliver_decision", "registrar");
  EXPECT_EQ(clockOf(appeal.id, "hearing_notice").status, "cancelled");

  const auto heard = accepted("c-42");
  atWork(heard);
  plan.day = "2026-03-27";
  good(heard, plan);
  EXPECT_EQ(clockOf(heard.id, "hearing_notice").due_date, "2026-03-19") << "26, 20, 19 March";
  on("2026-03-18T05:00:00Z");
  good(heard, "hearing_notify", kHead);
  EXPECT_EQ(clockOf(heard.id, "hearing_notice").status, "met");
  const auto simple = ofKind("message", "c-43");
  atWork(simple);
  good(simple, plan);
  EXPECT_FALSE(hasClock(simple.id, "hearing_notice")) << "APPC 73(2)";
}

TEST_F(CaseworkTest, AHearingWaitsForTheObjection) {
  const auto appeal = accepted("c-12");
  atWork(appeal);
  good(appeal, "hearing_notify", kHead);
  EXPECT_EQ(clockOf(appeal.id, "objection").due_date, "2026-03-19");
  EXPECT_EQ(refused(appeal, order("decision_prepare", "executor")).code, "rules.action_too_early");
  auto object = order("object", "applicant");
  object.reason = "Не согласен";
  good(appeal, object);
  good(appeal, "decision_prepare", "executor");
  EXPECT_EQ(refused(ofKind("message", "c-13"), order("hearing_notify", kHead)).code,
            "rules.action_wrong_kind");
}

TEST_F(CaseworkTest, ARepeatIsJoinedToTheCaseThatRuns) {
  const auto first = accepted("c-14");
  const auto repeat = accepted("c-15");
  auto join = order("join_repeat", "registrar");
  EXPECT_EQ(refused(repeat, join).field, "/of");
  join.of = "ЖТ-2026-99999999";
  EXPECT_EQ(refused(repeat, join).field, "/of");
  join.of = repeat.reg_number;
  EXPECT_EQ(refused(repeat, join).field, "/of");
  join.of = first.reg_number;
  good(repeat, join);
  EXPECT_EQ(appealNow(repeat.id).state, "terminated");
  EXPECT_NE(lastText(repeat.id).find(first.reg_number), std::string::npos);
  EXPECT_NE(lastText(first.id).find(repeat.reg_number), std::string::npos);
  EXPECT_EQ(appealNow(first.id).state, "routed");
}

// APPC 64(8): the applicant filed again what was returned to him as a repetition.
TEST_F(CaseworkTest, AfterAReturnForRepetitionTheNextFilingIsJoinedToTheOldCase) {
  const auto first = accepted("c-70");
  auto back = order("return", kHead);
  back.reason = "Повторное обращение без новых доводов";
  good(first, back);
  ASSERT_EQ(appealNow(first.id).state, "returned");
  const auto again = accepted("c-71");
  auto join = order("join_repeat", "registrar");
  join.of = first.reg_number;
  Caller system = desk_;
  system.roles = {"agency"};
  auto by_system = join;
  by_system.role = "agency";
  auto merged = work_->act(again, by_system, system);
  ASSERT_FALSE(merged.ok());
  EXPECT_EQ(merged.error().code, "rules.action_wrong_role")
      << "a person sees that it is one matter";
  good(again, join);
  EXPECT_EQ(appealNow(again.id).state, "terminated");
  EXPECT_EQ(appealNow(again.id).decision_outcome, "") << "no reply";
  EXPECT_EQ(clockOf(again.id, "consider").status, "met");
  EXPECT_EQ(appealNow(first.id).state, "returned");
  EXPECT_NE(lastText(first.id).find(again.reg_number), std::string::npos);
}

TEST_F(CaseworkTest, ARepeatIsNotJoinedToWhatLeftNorToAnotherMatter) {
  const auto first = accepted("c-72");
  const auto repeat = accepted("c-73");
  atWork(first);
  forwardSigned(first);
  auto forward = order("forward_whole", "registrar");
  forward.reason = "В орган вне хаба";
  good(first, forward);
  ASSERT_EQ(appealNow(first.id).state, "forwarded_full");
  auto join = order("join_repeat", "executor");
  join.of = first.reg_number;
  EXPECT_EQ(refused(repeat, join).field, "/of");
  const auto other = accepted("c-74");
  store::HintRow hint;
  hint.appeal = other.id;
  hint.other = repeat.id;
  hint.nature = "similar";
  hint.percent = 40;
  hint.at = clock_.now();
  hint.verdict = "dismissed";
  ASSERT_TRUE(store_->write([&](store::Tx& tx) { return tx.putHint(hint); }).ok());
  join.of = repeat.reg_number;
  EXPECT_EQ(refused(other, join).field, "/of") << "a person found it another matter";
}

TEST_F(CaseworkTest, TheHubDeemsRefusedWhatNobodyDecidedAndALateActStillCounts) {
  const auto appeal = accepted("c-16");
  const auto message = ofKind("message", "c-17");
  on("2026-04-10T18:59:00Z");  // the last minute of the last day in Almaty
  EXPECT_EQ(*work_->deemRefusals(), 0);
  on("2026-04-10T19:01:00Z");
  EXPECT_EQ(*work_->deemRefusals(), 1) << "a message is never deemed refused";
  auto now = appealNow(appeal.id);
  EXPECT_EQ(now.state, "deemed_refused");
  EXPECT_EQ(now.decision_outcome, "deemed_refused");
  EXPECT_EQ(clockOf(appeal.id, "consider").status, "missed");
  EXPECT_EQ(clockOf(appeal.id, "complaint_window").due_date, "2026-07-13");
  EXPECT_EQ(eventsOf(appeal.id).back().type, "deemed_refused");
  EXPECT_EQ(eventsOf(appeal.id).back().actor, "hub");
  EXPECT_EQ(appealNow(message.id).state, "routed");
  EXPECT_EQ(*work_->deemRefusals(), 0) << "once";

  Inbound inbound(limits_, model::IdentityCheck::kStrict, nullptr, &currentLaw());
  ItemSource minfin{"minfin", "cms", false, {}, {}, {}};
  on("2026-04-13T05:00:00Z");
  auto items = inbound.prepare({decisionItem("late-1", appeal.hub_id)});
  int put_off = 0;
  auto status = store_->write(
      [&](store::Tx& tx) { return inbound.applyItems(tx, minfin, items, clock_.now(), &put_off); });
  ASSERT_TRUE(status.ok());
  now = appealNow(appeal.id);
  EXPECT_EQ(now.state, "executed");
  EXPECT_EQ(now.decision_outcome, "act_favourable");
  EXPECT_TRUE(hasEvent(appeal.id, "decided"));
}

// The term of an old card ran out years ago, by an act that presumed no refusal.
TEST_F(CaseworkTest, AnOldCardIsNotDeemedRefusedByALaterLaw) {
  on("2026-03-17T05:00:00Z");
  auto old = taxAppeal("c-90");
  old.received_at = "2019-03-18T05:00:00Z";
  const auto card = accept(old)->appeal;
  ASSERT_EQ(clockOf(card.id, "consider").law, "LAW-221");
  ASSERT_EQ(clockOf(card.id, "consider").due_date, "2019-04-02");
  EXPECT_EQ(*work_->deemRefusals(), 0);
  EXPECT_EQ(appealNow(card.id).state, "routed");
  EXPECT_EQ(appealNow(card.id).decision_outcome, "");
}

TEST_F(CaseworkTest, AnActSignedOnTheLastDayAndDeliveredLaterIsInTime) {
  const auto appeal = accepted("c-20");
  atWork(appeal);
  auto sign = order("decision_sign", kHead);
  sign.official = "А. Үлгіұлы";
  sign.outcome = "act_favourable";
  sign.text = "Налог пересчитан.";
  const auto decide = [&] {
    good(appeal, "decision_prepare", "executor");
    good(appeal, "decision_agree", "controller");
    good(appeal, sign);
  };
  on("2026-04-10T12:00:00Z");
  decide();
  EXPECT_EQ(clockOf(appeal.id, "consider").status, "met");
  EXPECT_FALSE(hasClock(appeal.id, "complaint_window")) << "it runs from the delivery";
  on("2026-04-13T05:00:00Z");
  EXPECT_EQ(*work_->deemRefusals(), 0);
  good(appeal, "deliver_decision", "registrar");
  EXPECT_EQ(appealNow(appeal.id).state, "executed");
  EXPECT_EQ(appealNow(appeal.id).decision_outcome, "act_favourable");
  EXPECT_EQ(clockOf(appeal.id, "consider").status, "met");
  EXPECT_EQ(clockOf(appeal.id, "complaint_window").due_date, "2026-07-13");
}

TEST_F(CaseworkTest, AfterAPresumedRefusalABodyThatWorksHereDecidesLate) {
  const auto appeal = accepted("c-21");
  atWork(appeal);
  on("2026-04-11T05:00:00Z");
  ASSERT_EQ(*work_->deemRefusals(), 1);
  on("2026-04-20T05:00:00Z");
  good(appeal, "decision_prepare", "executor");
  EXPECT_EQ(*work_->deemRefusals(), 0) << "once";
  good(appeal, "decision_agree", "controller");
  auto sign = order("decision_sign", kHead);
  sign.official = "А. Үлгіұлы";
  sign.outcome = "act_favourable";
  sign.text = "Налог пересчитан.";
  good(appeal, sign);
  good(appeal, "deliver_decision", "registrar");
  EXPECT_EQ(appealNow(appeal.id).state, "executed");
  EXPECT_EQ(appealNow(appeal.id).decision_outcome, "act_favourable");
  EXPECT_EQ(clockOf(appeal.id, "consider").status, "missed");
  std::vector<std::string> windows;
  for (const auto& clock : clocksOf(appeal.id)) {
    if (clock.name == "complaint_window") windows.push_back(clock.due_date + " " + clock.status);
  }
  EXPECT_EQ(windows, (std::vector<std::string>{"2026-07-13 cancelled", "2026-07-20 running"}));
}

TEST_F(CaseworkTest, WorkGoesToTheLeastLoadedAndNeverToTheOneComplainedOf) {
  Sharing sharing(*store_, currentLaw(), limits_, clock_);
  const auto first = accepted("c-30");
  auto suggestion = sharing.suggest(first);
  ASSERT_TRUE(suggestion.ok()) << suggestion.error().code;
  EXPECT_EQ(suggestion->assignment.executor, "mf-01");
  atWork(first);
  EXPECT_NE(sharing.suggest(accepted("c-31"))->assignment.executor, "mf-01") << "has one already";
  // The complaint is about mf-02, С. Мысалов.
  const auto complaint = ofKind("complaint", "c-32");
  const auto about = sharing.suggest(complaint);
  ASSERT_TRUE(about.ok());
  for (const auto& candidate : about->assignment.candidates) {
    if (candidate.executor == "mf-02") {
      EXPECT_EQ(candidate.excluded, "conflict");
    }
  }
  auto give = order("assign", kHead);
  give.executor = "mf-02";
  EXPECT_EQ(refused(complaint, give).code, "rules.action_wrong_official");
  give.executor = "nobody";
  EXPECT_EQ(refused(complaint, give).field, "/executor");
  // All on one desk: half of it should move.
  for (const char* id : {"c-33", "c-34", "c-35"}) atWork(accepted(id));
  auto moves = sharing.rebalance("minfin", 5);
  ASSERT_TRUE(moves.ok());
  ASSERT_FALSE(moves->empty());
  EXPECT_EQ(moves->front().from, "mf-01");
  EXPECT_EQ(sharing.rebalance("nobody", 5).error().code, "exchange.unknown_body");
  EXPECT_EQ(sharing.rebalance("zher", 5).error().code, "exchange.no_staff");
}

TEST_F(CaseworkTest, AComplaintNamesTheCaseAndUsesItsTerm) {
  const auto appeal = accepted("c-18");
  on("2026-04-11T05:00:00Z");
  ASSERT_EQ(*work_->deemRefusals(), 1);
  auto complaint = taxAppeal("c-19");
  complaint.kind = "complaint";
  complaint.contested = model::Contested{};
  complaint.contested->act_or_action = "inaction";
  model::Ref ref;
  ref.reg_number = appeal.reg_number;
  complaint.previous_appeal.push_back(ref);
  auto filed = accept(complaint);
  ASSERT_TRUE(filed.ok()) << filed.error().code << filed.error().field;
  EXPECT_EQ(clockOf(appeal.id, "complaint_window").status, "met");
  EXPECT_NE(lastText(appeal.id).find(filed->appeal.reg_number), std::string::npos);
  // A second one, after the window: the first was in time all the same.
  on("2026-09-01T05:00:00Z");
  complaint.source_id = "c-19-again";
  auto second = accept(complaint);
  ASSERT_TRUE(second.ok()) << second.error().code;
  EXPECT_EQ(clockOf(appeal.id, "complaint_window").status, "met");
  EXPECT_NE(lastText(appeal.id).find(second->appeal.reg_number), std::string::npos);
}

}  // namespace
}  // namespace hub::exchange::testing
