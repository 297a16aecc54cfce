// The actions of the procedure on stored appeals: what is allowed to whom, what each leaves behind, and what is
// refused.
#include "hub/exchange/casework.h"

#include <map>

#include "hub/base/ids.h"
#include "hub/exchange/event_texts.h"
#include "hub/exchange/likeness.h"
#include "hub/exchange/reception.h"
#include "hub/exchange/sharing.h"
#include "hub/exchange/tests/casework_world.h"
#include "hub/model/codes.h"

namespace hub::exchange::testing {
namespace {

class CaseworkTest : public CaseworkWorld {};

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
  const Caller reader{"reader", "", false, {}, kMinfinBin};
  EXPECT_EQ(work_->act(appeal, order("withdraw", ""), reader).error().code,
            "exchange.role_not_allowed");
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
  decisionAgreed(appeal);
  auto sign = order("decision_sign", kHead);
  sign.official = kHeadsName;
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
  const auto first = newest<model::Decision>(appeal.id);
  EXPECT_EQ(first.text, "Налог пересчитан.");
  ASSERT_FALSE(first.signatures.empty());
  EXPECT_EQ(first.signatures.front().value, "c2lnbmVk");
  ASSERT_TRUE(first.appeal_route.has_value()) << "APPC 80(5)";
  EXPECT_EQ(first.appeal_route->term_months, 3);
  // A slip is corrected by a new decision that names the old one.
  auto correct = order("correct", kHead);
  correct.text = "Налог пересчитан за 2025 год.";
  correct.official = sign.official;
  good(appeal, correct);
  EXPECT_EQ(newest<model::Decision>(appeal.id).supersedes, first.decision_id);
  EXPECT_EQ(clockOf(appeal.id, "execute").status, "running") << "a correction begins no new term";
  on("2026-03-28T05:00:00Z");
  good(appeal, "execute", "executor");
  EXPECT_EQ(clockOf(appeal.id, "execute").status, "missed");
  EXPECT_EQ(appealNow(appeal.id).state, "executed");
  EXPECT_EQ(refused(appeal, order("execute", "executor")).code, "rules.action_not_allowed");
}

TEST_F(CaseworkTest, WhatTellsOfAThreatIsActedUponAtOnce) {
  auto urgent = taxAppeal("c-16");
  urgent.urgent_flag = "security_threat";
  const auto appeal = taken(urgent);
  EXPECT_EQ(clockOf(appeal.id, "react").status, "running");
  EXPECT_EQ(refused(appeal, order("react", "registrar")).code, "exchange.input_needed")
      << "without a word on how";
  const auto state = appealNow(appeal.id).state;
  good(appeal, order("react", "registrar", "Сообщено в полицию"));
  EXPECT_EQ(clockOf(appeal.id, "react").status, "met");
  EXPECT_EQ(appealNow(appeal.id).state, state);
  EXPECT_EQ(refused(appeal, order("react", "registrar", "Ещё раз")).code,
            "rules.action_not_allowed");
  EXPECT_EQ(refused(accepted("c-17"), order("react", "registrar", "Нечего")).code,
            "rules.action_not_allowed");
}

TEST_F(CaseworkTest, WhatTellsOfAThreatIsActedUponThoughTheCaseIsOver) {
  auto urgent = taxAppeal("c-18");
  urgent.urgent_flag = "security_threat";
  const auto appeal = taken(urgent);
  const auto end = order("terminate_prepare", "executor", "Вопрос решён");
  EXPECT_EQ(refused(appeal, end).code, "rules.action_urgent")
      << "it ends without a decision when somebody has acted";
  atWork(appeal);
  decided(appeal, decision("act_favourable", "Налог пересчитан."));
  good(appeal, "deliver_decision", "registrar");
  EXPECT_EQ(clockOf(appeal.id, "react").status, "running");
  good(appeal, order("react", "registrar", "Сообщено в полицию"));
  EXPECT_EQ(clockOf(appeal.id, "react").status, "met");
  EXPECT_EQ(appealNow(appeal.id).state, "executed");
}

TEST_F(CaseworkTest, WhatTellsOfACrimeIsNotReturned) {
  auto urgent = taxAppeal("c-14");
  urgent.urgent_flag = "crime";
  const auto back = order("return", kHead, "Повтор без новых доводов");
  EXPECT_EQ(refused(taken(urgent), back).code, "rules.action_urgent");
  good(accepted("c-15"), back);
}

TEST_F(CaseworkTest, AComplaintIsNeverExtendedNorDecidedByTheOneComplainedOf) {
  const auto appeal = ofKind("complaint", "c-6");
  atWork(appeal);
  auto error = refused(appeal, order("extension_prepare", "executor", "Не успеваем"));
  EXPECT_EQ(error.code, "rules.action_wrong_kind");
  EXPECT_NE(error.text.find("article 99"), std::string::npos) << error.text;
  decisionAgreed(appeal);
  auto sign = order("decision_sign", kHead);
  sign.outcome = "not_satisfied";
  sign.text = "Нарушений нет.";
  sign.waived = "applicant_asks";
  EXPECT_EQ(refused(appeal, sign).field, "/official") << "nobody steps round article 97(2)";
  sign.official = kComplainedOf;
  EXPECT_EQ(refused(appeal, sign).code, "rules.action_wrong_official");
  sign.official = std::string(" ") + kComplainedOf + " ";
  EXPECT_EQ(refused(appeal, sign).code, "rules.action_wrong_official") << "the same name";
  sign.official = kHeadsName;
  good(appeal, sign);
}

// What a citizen calls him may fit others: as of a body's own decision, a person is asked, and nothing is barred.
TEST_F(CaseworkTest, WhoMayBeTheOfficialComplainedOfActsAndIsMarked) {
  auto complaint = complaintAbout("act", "c-120");
  complaint.contested->official = "Мысалов";
  complaint.contested->body = model::BodyRef{kAkimatBin, std::nullopt, {}};
  const auto filed = taken(complaint);
  good(filed, giveTo("mf-02"));  // С. Мысалов
  const auto check = eventsOf(filed.id).back();
  EXPECT_EQ(check.type, "official_to_check");
  EXPECT_EQ(check.reason, "assign");
  EXPECT_EQ(check.text_en,
            "The executor bears a name like that of the official complained of: a person must make "
            "sure that it is another. APPC art. 97(2)");
  good(filed, "start_work", "executor");
  decisionAgreed(filed);
  auto sign = decision("not_satisfied", "Нарушений нет.");
  sign.waived = "applicant_asks";
  sign.official = "С. Мысалов";
  good(filed, sign);
  EXPECT_EQ(appealNow(filed.id).state, "decision_signed");
  const auto mark = eventsOf(filed.id).back();
  EXPECT_EQ(mark.type, "decision_unlawful");
  EXPECT_EQ(mark.reason, "wrong_official");
  EXPECT_NE(mark.text_ru.find("ст. 97(2)"), std::string::npos) << mark.text_ru;
  EXPECT_NE(mark.text_ru.find("мог принять"), std::string::npos) << mark.text_ru;
  // Nobody asks of another name.
  auto other = complaintAbout("act", "c-121");
  other.contested->official = "Мысалов";
  const auto second = taken(other);
  good(second, giveTo("mf-01"));
  EXPECT_FALSE(hasEvent(second.id, "official_to_check"));
}

TEST_F(CaseworkTest, NobodyComplainedOfGetsTheComplaintEvenWhereTheBodyNamesNoStaff) {
  auto complaint = complaintAbout("action", "c-110");
  complaint.contested->official = kComplainedOf;
  complaint.topic.front().section = "land";
  const auto filed = taken(complaint);
  ASSERT_EQ(filed.destination, "zher") << "a body without executors in staff.yaml";
  auto give = giveTo(std::string(" ") + kComplainedOf);
  EXPECT_EQ(refused(filed, give).code, "rules.action_wrong_official");
  give.executor = kHeadsName;
  good(filed, give);
  // However it ends, somebody else ends it, and says who.
  endingAgreed(filed, "satisfy");
  auto satisfy = order("satisfy_complaint", kHead);
  satisfy.text = "Удовлетворить.";
  EXPECT_EQ(refused(filed, satisfy).field, "/official");
  satisfy.official = kComplainedOf;
  EXPECT_EQ(refused(filed, satisfy).code, "rules.action_wrong_official");
  good(filed, order("satisfy_reject", kHead, "Не согласен"));
  EXPECT_EQ(refused(filed, order("return", kHead, "Повтор")).field, "/official");
  good(filed, order("withdraw", "applicant"));
  endingAgreed(filed, "withdrawal");
  auto accept_it = order("withdrawal_accept", kHead);
  EXPECT_EQ(refused(filed, accept_it).field, "/official");
  accept_it.official = kComplainedOf;
  EXPECT_EQ(refused(filed, accept_it).code, "rules.action_wrong_official");
  accept_it.official = kHeadsName;
  good(filed, accept_it);
}

TEST_F(CaseworkTest, ABurdensomeActSaysHowTheApplicantWasHeardOrWhyNot) {
  const auto sign_as = [&](const std::string& waived) {
    auto sign = decision("act_burdensome", "В перерасчёте отказано.");
    sign.waived = waived;
    return sign;
  };
  const auto unheard = accepted("c-100");
  atWork(unheard);
  decisionAgreed(unheard);
  const auto choices = work_->choices(unheard, kHead);
  ASSERT_TRUE(choices.ok());
  const auto& signing = *std::find_if(choices->actions.begin(), choices->actions.end(),
                                      [](const auto& c) { return c.action == "decision_sign"; });
  EXPECT_EQ(signing.unheard, std::vector<std::string>{"act_burdensome"});
  EXPECT_EQ(refused(unheard, sign_as("")).code, "rules.action_needs_hearing");
  EXPECT_EQ(refused(unheard, sign_as("no_time")).field, "/waived");
  EXPECT_EQ(refused(unheard, sign_as("favourable_act")).field, "/waived") << "it is burdensome";
  EXPECT_EQ(refused(unheard, sign_as("short_term")).field, "/waived")
      << "fifteen working days are no term of under five";
  for (const char* untold : {"urgency", "other"}) {
    EXPECT_EQ(refused(unheard, sign_as(untold)).field, "/reason") << untold;
  }
  auto urgent = sign_as("urgency");
  urgent.reason = "Дом под угрозой обрушения";
  good(unheard, urgent);
  auto hearing = newest<model::Decision>(unheard.id).hearing;
  ASSERT_TRUE(hearing.has_value());
  EXPECT_EQ(hearing->waived_reason, "urgency");
  EXPECT_FALSE(hearing->held);

  const auto heard = accepted("c-101");
  atWork(heard);
  good(heard, hearingNotice());
  good(heard, "hearing_hold", "executor");
  EXPECT_EQ(clockOf(heard.id, "objection").status, "running") << "the two days are the applicant's";
  EXPECT_EQ(refused(heard, order("decision_prepare", "executor")).code, "rules.action_too_early");
  good(heard, order("object", "applicant", "Площадь дома указана неверно"));
  decisionAgreed(heard);
  EXPECT_EQ(refused(heard, sign_as("")).code, "rules.action_too_early")
      << "three working days lie between the notice and the act, 73(1)";
  const auto unheardNow = [&] {
    const auto now = work_->choices(heard, kHead);
    for (const auto& choice : now->actions) {
      if (choice.action == "decision_sign") return choice.unheard;
    }
    return std::vector<std::string>{"no such choice"};
  };
  EXPECT_EQ(unheardNow(), std::vector<std::string>{"act_burdensome"});
  on("2026-03-20T05:00:00Z");
  EXPECT_EQ(unheardNow(), std::vector<std::string>{});
  good(heard, sign_as(""));
  hearing = newest<model::Decision>(heard.id).hearing;
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
  good(appeal, hearingNotice());
  on("2026-03-20T05:00:00Z");
  good(appeal, "decision_prepare", "executor");
  good(appeal, order("decision_reject", kHead, "Не наша компетенция"));
  forwardSigned(appeal);
  auto forward = orderTo("zher", "forward_whole");
  good(appeal, forward);
  auto give = giveTo("zh-1");
  good(appeal, give);
  decisionAgreed(appeal);
  const auto sign = decision("act_burdensome", "Отказано.");
  EXPECT_EQ(refused(appeal, sign).code, "rules.action_needs_hearing");
}

TEST_F(CaseworkTest, AnExecutorIsAShortLine) {
  const auto appeal = accepted("c-21");
  for (const auto& bad : {std::string(101, 'a'), std::string("mf\n01"), std::string("\xff")}) {
    const auto error = refused(appeal, giveTo(bad));
    EXPECT_EQ(error.code + error.field, "exchange.bad_input/executor");
    EXPECT_EQ(error.text, "one line of at most 100 characters");
  }
}

// What ran goes on, and what was agreed waits for the head.
TEST_F(CaseworkTest, AfterADeclinedWithdrawalTheCaseStandsWhereItStood) {
  const auto stands = [&](const store::AppealRow& appeal) {
    const auto before = appealNow(appeal.id).state;
    good(appeal, order("withdraw", "applicant"));
    good(appeal, "withdrawal_prepare", "executor");
    const auto choices = work_->choices(appealNow(appeal.id), kHead);
    ASSERT_TRUE(choices.ok());
    for (const auto& choice : choices->actions) {
      if (choice.action == "withdrawal_decline") {
        EXPECT_EQ(choice.to_state, before);
      }
    }
    good(appeal, order("withdrawal_decline", kHead, "Затронуты права других"));
    EXPECT_EQ(appealNow(appeal.id).state, before);
  };
  const auto cured = accepted("w-1");
  atWork(cured);
  auto defects = order("notify_defects", "executor", "Нет подписи");
  defects.day = "2026-03-20";
  good(cured, defects);
  stands(cured);
  good(cured, order("cure", "applicant"));
  EXPECT_EQ(clockOf(cured.id, "cure").status, "met");
  const auto extended = accepted("w-2");
  atWork(extended);
  extensionAgreed(extended);
  good(extended, "extension_sign", kHead);
  stands(extended);
  good(extended, "extension_notify", "registrar");
  const auto heard = accepted("w-3");
  atWork(heard);
  good(heard, hearingNotice());
  stands(heard);
  stands(heard);
  good(heard, "hearing_hold", kHead);
}

// Nobody decides for no body: what is at the reception desk is found a body first.
TEST_F(CaseworkTest, WhatNoBodyHasIsNotDecided) {
  const auto appeal = taken(stray(taxAppeal("w-4")));
  ASSERT_EQ(appeal.state, "awaiting_routing");
  good(appeal, order("withdraw", "applicant"));
  good(appeal, order("withdrawal_decline", kHead, "Затронуты права других"));
  EXPECT_EQ(appealNow(appeal.id).state, "awaiting_routing");
  EXPECT_EQ(refused(appeal, order("decision_prepare", "executor")).code,
            "rules.action_not_allowed");
  good(appeal, orderTo("minfin", "route"));
  EXPECT_EQ(appealNow(appeal.id).state, "routed");
  // One that was declined before it was so is found a body, too.
  const auto older = taken(stray(taxAppeal("w-5")));
  good(older, order("withdraw", "applicant"));
  ASSERT_TRUE(store_
                  ->write([&](store::Tx& tx) -> Status {
                    auto row = *tx.appeal(older.id);
                    row.state = "withdrawal_refused";
                    if (auto s = tx.updateAppeal(row); !s) return s;
                    return tx.addEvent(makeEvent(older.id, "acted", clock_.now(), "head:desk",
                                                 "withdrawn", row.state, "withdrawal_decline"));
                  })
                  .ok());
  const auto no = refused(older, order("decision_prepare", "executor"));
  EXPECT_NE(no.text.find("no body has the appeal yet"), std::string::npos) << no.text;
  good(older, order("withdraw", "applicant"));
  good(older, order("withdrawal_decline", kHead, "Затронуты права других"));
  EXPECT_EQ(appealNow(older.id).state, "awaiting_routing");
  // Accepted there it ends, by the applicant's own word; there is no body whose document it could be.
  good(older, order("withdraw", "applicant"));
  endingAgreed(older, "withdrawal");
  good(older, "withdrawal_accept", kHead);
  EXPECT_EQ(appealNow(older.id).state, "terminated");
  EXPECT_EQ(signed_, 0);
}

// What an older table let be drafted at the desk, and what was deemed refused there, gets a body that can go on with it.
TEST_F(CaseworkTest, WhatCameFurtherWithoutABodyGetsOne) {
  int number = 0;
  for (const auto* state : {"withdrawal_refused", "decision_agreed", "hearing_notified"}) {
    const auto appeal = taken(stray(taxAppeal("w-6" + std::to_string(++number))));
    ASSERT_TRUE(store_
                    ->write([&](store::Tx& tx) -> Status {
                      auto row = *tx.appeal(appeal.id);
                      row.state = state;
                      return tx.updateAppeal(row);
                    })
                    .ok());
    good(appeal, orderTo("minfin", "route"));
    EXPECT_EQ(appealNow(appeal.id).state, "routed") << state;
    EXPECT_EQ(appealNow(appeal.id).due_date, appeal.due_date) << state;
    atWork(appeal);
    decisionAgreed(appeal);
    good(appeal, decision("act_favourable", "Налог пересчитан."));
  }
  const auto silent = taken(stray(taxAppeal("w-70"))), by_desk = taken(stray(taxAppeal("w-71")));
  const auto had = accepted("w-72");
  on("2026-04-14T05:00:00Z");
  ASSERT_EQ(*work_->deemRefusals(), 3);
  good(silent, orderTo("minfin", "route"));
  const auto now = appealNow(silent.id);
  EXPECT_EQ(now.state, "routed");
  EXPECT_EQ(now.destination, "minfin");
  EXPECT_EQ(clockOf(silent.id, "complaint_window_long").status, "running") << "the refusal stands";
  EXPECT_EQ(clockOf(silent.id, "consider").status, "missed");
  EXPECT_EQ(*work_->deemRefusals(), 0) << "it is deemed refused once";
  atWork(silent);
  decisionAgreed(silent);
  good(silent, decision("act_favourable", "Налог пересчитан."));
  EXPECT_EQ(appealNow(silent.id).decision_outcome, "act_favourable");
  EXPECT_EQ(refused(had, orderTo("akimat", "route")).code, "rules.action_not_allowed")
      << "a body had it, and may still decide";
  // The desk's own way to direct it, too.
  const Reception desk(*store_, currentLaw(), limits_, clock_, "hub",
                       {[this](const std::string& alias) { return connected_.count(alias) > 0; }});
  const auto code = [&](const store::AppealRow& appeal) {
    const auto routed = desk.direct(appealNow(appeal.id), {"zher", "О налоге"}, desk_);
    return routed.ok() ? routed->appeal.state : routed.error().code;
  };
  EXPECT_EQ(code(by_desk), "routed");
  EXPECT_EQ(appealNow(by_desk.id).decision_outcome, "") << "this body has decided nothing";
  EXPECT_EQ(appealNow(by_desk.id).decided_on, "");
  EXPECT_EQ(appealNow(by_desk.id).destination, "zher");
  EXPECT_EQ(code(had), "exchange.not_routable");
}

// The end of the term gives the applicant a right: a draft that is sent back does not take it from him, and what may follow
// is the late act alone.
TEST_F(CaseworkTest, APresumedRefusalIsNotUndoneByADraft) {
  const auto appeal = accepted("w-80"), heard = accepted("w-81");
  on("2026-04-14T05:00:00Z");
  ASSERT_EQ(*work_->deemRefusals(), 2);
  const auto presumed_on = appealNow(appeal.id).decided_on;
  good(appeal, "decision_prepare", "executor");
  good(appeal, order("decision_reject", kHead, "Нет расчёта"));
  const auto now = appealNow(appeal.id);
  EXPECT_EQ(now.state, "deemed_refused");
  EXPECT_EQ(now.decision_outcome, "deemed_refused");
  EXPECT_EQ(now.decided_on, presumed_on);
  EXPECT_EQ(daysOf(appeal.id, "complaint_window").size() +
                daysOf(appeal.id, "complaint_window_long").size(),
            1U);
  good(heard, hearingNotice());
  const auto ended = refused(heard, order("terminate_prepare", "executor", "Вопрос решён"));
  EXPECT_EQ(ended.code, "rules.action_not_allowed");
  EXPECT_NE(ended.text.find("91(2)"), std::string::npos) << ended.text;
  EXPECT_NE(ended.text.find("only a late act may follow"), std::string::npos) << ended.text;
  // What an older table led back to work.
  ASSERT_TRUE(store_
                  ->write([&](store::Tx& tx) {
                    return tx.setAppealState(appeal.id, "in_work", clock_.now());
                  })
                  .ok());
  auto defects = order("notify_defects", "registrar", "Не указан адрес");
  defects.day = "2026-04-24";
  for (const auto& next :
       {order("forward_prepare", "executor", "Не наше"), defects,
        order("extension_prepare", "executor", "Нужны сведения"), joinTo(heard.reg_number)}) {
    EXPECT_EQ(refused(appeal, next).code, "rules.action_not_allowed") << next.action;
  }
  const auto choices = work_->choices(appealNow(appeal.id), "");
  ASSERT_TRUE(choices.ok());
  for (const auto& choice : choices->actions) EXPECT_NE(choice.action, "deem_refused");
  decided(appeal, decision("act_favourable", "Налог пересчитан."));
  EXPECT_EQ(appealNow(appeal.id).decision_outcome, "act_favourable");
}

// APPC 91(2): it is there with the end of the term, whenever the hub comes to see that.
TEST_F(CaseworkTest, AnOutageMovesNoPresumedRefusal) {
  const auto at_once = accepted("w-82");
  on("2026-04-10T19:10:00Z");  // 11.04. in Kazakhstan
  ASSERT_EQ(*work_->deemRefusals(), 1);
  const auto windows = [&](const store::AppealRow& appeal) {
    auto days = daysOf(appeal.id, "complaint_window");
    const auto longer = daysOf(appeal.id, "complaint_window_long");
    days.insert(days.end(), longer.begin(), longer.end());
    return days;
  };
  on("2026-03-17T05:00:00Z");
  const auto later = accepted("w-83");
  on("2026-05-20T05:00:00Z");
  ASSERT_EQ(*work_->deemRefusals(), 1);
  EXPECT_EQ(appealNow(at_once.id).decided_on, "2026-04-11");
  EXPECT_EQ(appealNow(later.id).decided_on, "2026-04-11");
  EXPECT_EQ(windows(later), windows(at_once));
  EXPECT_EQ(windows(later).size(), 1U);
  EXPECT_EQ(newest<model::Decision>(later.id).decided_at.substr(0, 10), "2026-04-10") << "UTC";
  EXPECT_NE(eventOf(later.id, "deemed_refused").text_en.find("counts from 11.04.2026"),
            std::string::npos);
  EXPECT_EQ(eventOf(at_once.id, "deemed_refused").text_en.find("counts from"), std::string::npos);
  EXPECT_EQ(eventOf(later.id, "deemed_refused").at, clock_.now())
      << "the history tells when it was seen";
}

// APPC 64(6), 64(7): defects that were told of before any body was found, of a kind that knows no presumed refusal.
TEST_F(CaseworkTest, WhatNoBodyWasFoundForLeavesTheNoticeOfDefects) {
  const auto told = [&](const std::string& source_id) {
    auto message = stray(taxAppeal(source_id));
    message.kind = "message";
    const auto appeal = taken(message);
    EXPECT_TRUE(store_
                    ->write([&](store::Tx& tx) -> Status {
                      auto row = *tx.appeal(appeal.id);
                      row.state = "registered";
                      return tx.updateAppeal(row);
                    })
                    .ok());
    auto notice = order("notify_defects", "registrar", "Не указан адрес");
    notice.day = "2026-03-27";
    good(appeal, notice);
    EXPECT_EQ(appealNow(appeal.id).body_bin, "");
    return appeal;
  };
  const auto returned = told("n-20"), directed = told("n-21"), by_desk = told("n-22");
  auto end = order("return", kHead, "Недостатки не устранены");
  end.official = kHeadsName;
  EXPECT_EQ(refused(returned, end).code, "rules.action_too_early");
  good(directed, orderTo("minfin", "route"));
  const Reception desk(*store_, currentLaw(), limits_, clock_, "hub",
                       {[this](const std::string& alias) { return connected_.count(alias) > 0; }});
  ASSERT_TRUE(desk.direct(appealNow(by_desk.id), {"zher", "О налоге"}, desk_).ok());
  for (const auto& appeal : {directed, by_desk}) {
    EXPECT_EQ(appealNow(appeal.id).state, "routed");
    EXPECT_EQ(clockOf(appeal.id, "cure").status, "cancelled") << "the body judges it by itself";
    EXPECT_EQ(clockOf(appeal.id, "return").status, "cancelled");
    const auto dropped = eventOf(appeal.id, "notice_dropped");
    EXPECT_NE(dropped.text_en.find("until 27.03.2026 to mend them, holds no more"),
              std::string::npos)
        << dropped.text_en;
    EXPECT_EQ(dropped.to_state, "routed");
    const auto document = newest<model::Appeal>(appeal.id);
    ASSERT_FALSE(document.clocks.empty());
    const auto& notice = document.clocks.front();
    EXPECT_EQ(notice.purpose + " " + notice.status + " " + notice.due_date,
              "cure cancelled 2026-03-27");
    EXPECT_NE(notice.explanation.value_or("").find("Не указан адрес"), std::string::npos)
        << "the body reads what was missing";
    EXPECT_NE(document.clocks.back().purpose, "cure");
  }
  EXPECT_FALSE(hasEvent(returned.id, "notice_dropped"));
  on("2026-03-30T05:00:00Z");
  good(returned, end);
  EXPECT_EQ(appealNow(returned.id).state, "returned");
  EXPECT_EQ(clockOf(returned.id, "return").status, "met");
  EXPECT_EQ(signed_, 0) << "there is no body whose document it could be";
}

TEST_F(CaseworkTest, AWithdrawalIsToldToTheBodyAndMayBeDeclined) {
  const auto appeal = accepted("c-9");
  atWork(appeal);
  auto done = act(appeal, order("withdraw", "applicant", "Вопрос решён"));
  ASSERT_TRUE(done.ok()) << done.error().text;
  EXPECT_EQ(done->wake, std::vector<std::string>{"minfin"});
  auto rows = *store_->outboxOf(appeal.id);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows.back().type, "withdrawal/1");
  auto decline = order("withdrawal_decline", kHead, "Затронуты права других");
  good(appeal, decline);
  EXPECT_EQ(appealNow(appeal.id).state, "in_work");
  good(appeal, order("withdraw", "applicant"));
  EXPECT_EQ(refused(appeal, order("withdrawal_accept", kHead)).code, "rules.action_not_allowed");
  good(appeal, "withdrawal_prepare", "executor");
  good(appeal, order("withdrawal_reject", "controller", "Затронуты права других"));
  EXPECT_EQ(appealNow(appeal.id).state, "withdrawn") << "it waits for its answer as before";
  endingAgreed(appeal, "withdrawal");
  // The body's system took all of it and answered none.
  ASSERT_TRUE(store_
                  ->write([&](store::Tx& tx) -> Status {
                    auto taken = tx.outboxOf(appeal.id).value();
                    for (auto& row : taken) {
                      row.state = store::OutboxState::kAwaiting;
                      if (auto s = tx.updateOutbox(row); !s) return s;
                    }
                    return {};
                  })
                  .ok());
  good(appeal, "withdrawal_accept", kHead);
  EXPECT_EQ(appealNow(appeal.id).state, "terminated");
  const auto unanswered = *store_->outboxOf(appeal.id);
  for (const auto& row : unanswered) {
    EXPECT_EQ(row.state, store::OutboxState::kDelivered) << "nobody waits for it";
    EXPECT_EQ(row.last_code, "exchange.case_over");
  }
  EXPECT_EQ(appealNow(appeal.id).decision_outcome, "terminated");
  EXPECT_EQ(clockOf(appeal.id, "termination_notice").status, "running");
  const auto complaint = ofKind("complaint", "c-10");
  good(complaint, order("withdraw", "applicant"));
  endingAgreed(complaint, "withdrawal");
  auto leave = order("withdrawal_accept", kHead);
  leave.official = kHeadsName;
  good(complaint, leave);
  EXPECT_EQ(appealNow(complaint.id).state, "left_without_consideration");
}

TEST_F(CaseworkTest, EveryStateOfTheProcedureIsOneOfTheContract) {
  for (const auto& [state, label] : lawBook()->data().procedure->data().states) {
    EXPECT_TRUE(model::hasCode(model::codes::kState, state)) << state;
  }
}

// What the controller agreed is what the head signs, and a draft sent back leaves the case in work with its terms.
TEST_F(CaseworkTest, WhatEndsACaseIsPreparedAgreedAndSigned) {
  const auto appeal = accepted("c-90");
  atWork(appeal);
  auto end = endFor("70(1)(2)");
  const auto alone = refused(appeal, end);
  EXPECT_EQ(alone.code, "rules.action_not_allowed");
  EXPECT_NE(alone.text.find("it comes after terminate_prepare (executor), terminate_agree "
                            "(controller)"),
            std::string::npos)
      << alone.text;
  EXPECT_EQ(refused(appeal, order("terminate_prepare", "executor")).field, "/reason");
  good(appeal, order("terminate_prepare", "executor", "Вопрос решён"));
  EXPECT_EQ(appealNow(appeal.id).state, "termination_prepared");
  EXPECT_NE(lastText(appeal.id).find("Вопрос решён"), std::string::npos) << lastText(appeal.id);
  good(appeal, order("terminate_reject", "controller", "Ответить по существу"));
  EXPECT_EQ(appealNow(appeal.id).state, "in_work");
  EXPECT_EQ(clockOf(appeal.id, "consider").status, "running");
  endingAgreed(appeal);
  EXPECT_EQ(refused(appeal, decision("act_favourable", "Пересчитано.")).code,
            "rules.action_not_allowed");
  good(appeal, end);
  EXPECT_EQ(appealNow(appeal.id).state, "terminated");
  EXPECT_EQ(appealNow(appeal.id).decision_outcome, "terminated");
  EXPECT_EQ(clockOf(appeal.id, "consider").status, "met");
  EXPECT_EQ(newest<model::Decision>(appeal.id).ground, std::vector<std::string>{"70(1)(2)"});
}

TEST_F(CaseworkTest, ARepeatIsJoinedToAReturnedCaseOfTheSameApplicantOnly) {
  const auto first = accepted("c-14");
  const auto repeat = accepted("c-15");
  auto join = order("join_repeat", kHead);
  EXPECT_EQ(refused(repeat, join).field, "/of");
  join.of = "ЖТ-2026-99999999";
  EXPECT_EQ(refused(repeat, join).field, "/of");
  join.of = repeat.reg_number;
  EXPECT_EQ(refused(repeat, join).field, "/of");
  join.of = first.reg_number;
  EXPECT_EQ(refused(repeat, join).field, "/of") << "it was not returned: it is answered";
  good(first, order("return", kHead, "Повторное обращение без новых доводов"));
  const auto defective = accepted("c-18");
  auto notice = order("notify_defects", "executor", "Нет подписи");
  notice.day = "2026-03-19";
  good(defective, notice);
  on("2026-03-20T05:00:00Z");
  good(defective, order("return", kHead, "Недостатки не устранены"));
  auto to_defective = join;
  to_defective.of = defective.reg_number;
  EXPECT_EQ(refused(repeat, to_defective).field, "/of") << "it was no repeat that was returned";
  auto another = taxAppeal("c-16");
  another.applicant.front().iin = "860228200011";
  const auto foreign = taken(another);
  EXPECT_EQ(refused(foreign, join).field, "/of") << "another applicant's";
  auto urgent = taxAppeal("c-17");
  urgent.urgent_flag = "crime";
  EXPECT_EQ(refused(taken(urgent), join).code, "rules.action_urgent");
  EXPECT_EQ(refused(repeat, join).field, "/reason") << "nothing says that the two are alike";
  join.reason = "Тот же вопрос о пересчёте";
  join.role = "registrar";
  EXPECT_EQ(refused(repeat, join).code, "rules.action_wrong_role") << "the appeal ends by it";
  join.role = kHead;
  good(repeat, join);
  EXPECT_NE(lastText(repeat.id).find("Reason: Тот же вопрос"), std::string::npos);
  EXPECT_EQ(appealNow(repeat.id).state, "terminated");
  EXPECT_NE(lastText(repeat.id).find(first.reg_number), std::string::npos);
  EXPECT_NE(lastText(first.id).find(repeat.reg_number), std::string::npos);
  EXPECT_EQ(store_->events(repeat.id)->back().reason, "join_repeat");
  EXPECT_EQ(store_->events(first.id)->back().reason, "repeat_joined") << "nothing ended for it";
  EXPECT_EQ(appealNow(first.id).state, "returned");
  EXPECT_EQ(*duplicateOf(*store_, repeat.id), first.reg_number);
  const auto hints = *store_->hints(first.id);
  ASSERT_EQ(hints.size(), 1U);
  EXPECT_EQ(hints[0].verdict, "duplicate");
  EXPECT_EQ(hints[0].judged_by, desk_.client);
}

// APPC 64(8): the applicant filed again what was returned to him as a repetition.
TEST_F(CaseworkTest, AfterAReturnForRepetitionTheNextFilingIsJoinedToTheOldCase) {
  const auto first = accepted("c-70"), before = accepted("c-69");
  on("2026-03-17T06:00:00Z");
  good(first, order("return", kHead, "Повторное обращение без новых доводов"));
  ASSERT_EQ(appealNow(first.id).state, "returned");
  EXPECT_EQ(refused(before, joinTo(first.reg_number)).field, "/of")
      << "it came before the return, and is to be answered";
  const auto again = accepted("c-71");
  auto join = joinTo(first.reg_number);
  auto by_system = join;
  by_system.role = "agency";
  auto merged = work_->act(again, by_system, system_);
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
  good(first, order("forward_whole", "registrar", "В орган вне хаба"));
  ASSERT_EQ(appealNow(first.id).state, "forwarded_full");
  auto join = joinTo(first.reg_number);
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
  good(repeat, order("return", kHead, "Повтор"));
  join.of = repeat.reg_number;
  join.reason.clear();
  EXPECT_EQ(refused(other, join).field, "/of") << "a person found it another matter";
  // A hint of likeness says enough.
  const auto again = accepted("c-75");
  hint.appeal = again.id;
  hint.verdict.clear();
  ASSERT_TRUE(store_->write([&](store::Tx& tx) { return tx.putHint(hint); }).ok());
  good(again, join);
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
  auto give = giveTo("mf-02");
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

TEST_F(CaseworkTest, WorkIsSharedByTheCategoryOfItsTopic) {
  auto data = lawBook()->data();
  for (auto& team : data.staff) {
    for (auto& executor : team.executors) {
      if (executor.id == "mf-01") executor.topics = {"tax/business"};
      if (executor.id == "mf-02") executor.topics = {"tax/personal"};
      if (executor.id == "mf-03") executor.topics = {"budget"};
    }
  }
  auto book = rules::LawBook::build(std::move(data));
  ASSERT_TRUE(book.ok()) << book.error().text;
  const rules::CurrentLaw law(*book);
  Sharing sharing(*store_, law, limits_, clock_);
  auto personal = taxAppeal("c-170"), business = taxAppeal("c-171");
  personal.topic.front().category = "personal";
  business.topic.front().category = "business";
  EXPECT_EQ(sharing.suggest(taken(personal))->assignment.executor, "mf-02");
  const auto suggestion = sharing.suggest(taken(business));
  EXPECT_EQ(suggestion->assignment.executor, "mf-01");
  EXPECT_NE(suggestion->assignment.explanation.ru.find("не его тема — 2"), std::string::npos)
      << suggestion->assignment.explanation.ru;
  EXPECT_EQ(sharing.suggest(accepted("c-172"))->assignment.executor, "")
      << "nobody knows which taxes it is about";
}

// What is due late counts too, however much is due before it.
TEST_F(CaseworkTest, TheLoadOfABigBodyIsCountedWhole) {
  const auto kept = store_->write([&](store::Tx& tx) -> Status {
    for (int i = 0; i < 1300; ++i) {
      store::AppealRow row;
      row.hub_id = newUuid7(clock_.now());
      row.source_system = "portal";
      row.source_id = "big-" + std::to_string(i);
      row.content_sha256 = std::string(64, '0');
      row.kind = "application";
      row.topic = "tax";
      row.language = "ru";
      row.body_bin = "990140900507";
      row.state = "in_work";
      row.received_at = row.updated_at = row.state_since = clock_.now();
      row.executor = i < 1200 ? "mf-01" : "mf-02";
      row.due_date = i < 1200 ? "2026-06-01" : "2026-06-02";
      if (auto added = tx.addAppeal(row); !added) return added.status();
    }
    return {};
  });
  ASSERT_TRUE(kept.ok()) << kept.error().text;
  Sharing sharing(*store_, currentLaw(), limits_, clock_);
  const auto suggestion = sharing.suggest(accepted("c-90"));
  ASSERT_TRUE(suggestion.ok());
  std::map<std::string, double> loads;
  for (const auto& one : suggestion->assignment.candidates) loads[one.executor] = one.load;
  EXPECT_EQ(loads["mf-01"], 1200);
  EXPECT_EQ(loads["mf-02"], 100);
  const auto moves = sharing.rebalance("minfin", 50);
  ASSERT_TRUE(moves.ok());
  EXPECT_EQ(moves->size(), 50U);
}

}  // namespace
}  // namespace hub::exchange::testing
