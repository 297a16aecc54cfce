// Shared by the tests of casework: a desk that may act in every role, a portal that acts for the applicant, and
// the ways a case usually takes.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "hub/exchange/casework.h"
#include "hub/exchange/tests/world.h"

namespace hub::exchange::testing {

constexpr const char* kHead = "head";
constexpr const char* kHeadsName = "А. Үлгіұлы";
constexpr const char* kComplainedOf = "С. Мысалов";

class CaseworkWorld : public World {
 protected:
  void SetUp() override {
    World::SetUp();
    work_ = std::make_unique<Casework>(
        *store_, currentLaw(), limits_, clock_,
        Casework::Options{"hub", model::IdentityCheck::kStrict,
                          [this](const std::string& alias) { return connected_.count(alias) > 0; },
                          [this](const std::string&) -> Result<std::string> {
                            ++signed_;
                            return std::string("c2lnbmVk");
                          },
                          holdBack()});
    desk_.roles = {"registrar", "executor", "head", "controller"};
    portal_.roles = {"applicant"};
    system_.roles = {"agency"};
  }

  // As the dispatchers answer when a delivery is to be stopped.
  HoldBack holdBack() {
    return [this](const std::string&, store::RowId) { return kept_back_; };
  }

  store::AppealRow ofKind(const std::string& kind, const std::string& source_id) {
    auto appeal = kind == "complaint" ? complaintAbout("act", source_id) : taxAppeal(source_id);
    appeal.kind = kind;
    if (appeal.contested) {
      appeal.contested->official = kComplainedOf;
      appeal.contested->body = model::BodyRef{kAkimatBin, std::nullopt, {}};
    }
    return taken(appeal);
  }
  // At the body complained of, which satisfies it or sends it up, APPC 91(4); one `ofKind` is at a body above that.
  store::AppealRow atBodyComplainedOf(const std::string& source_id) {
    auto complaint = complaintAbout("act", source_id);
    complaint.contested->official = kComplainedOf;
    complaint.contested->body = model::BodyRef{kMinfinBin, std::nullopt, {}};
    return taken(complaint);
  }
  // No body is found for it.
  static model::Appeal stray(model::Appeal appeal) {
    appeal.topic.front().section = "other";
    return appeal;
  }

  static ActionOrder order(const std::string& action, const std::string& role,
                           const std::string& reason = {}) {
    ActionOrder order;
    order.action = action;
    order.role = role;
    order.reason = reason;
    return order;
  }
  static ActionOrder orderTo(const std::string& body, const std::string& action,
                             const std::string& role = "registrar") {
    auto to = order(action, role);
    to.body = body;
    return to;
  }
  static ActionOrder giveTo(const std::string& executor) {
    auto give = order("assign", kHead);
    give.executor = executor;
    return give;
  }
  static ActionOrder planFor(const std::string& day) {
    auto plan = order("plan", "executor");
    plan.day = day;
    return plan;
  }
  static ActionOrder joinTo(const std::string& number) {
    auto join = order("join_repeat", kHead, "Тот же вопрос о пересчёте");
    join.of = number;
    return join;
  }
  // The head ends it without a decision on its matter.
  static ActionOrder endFor(const std::string& ground, const std::string& action = "terminate") {
    auto end = order(action, kHead, "Вопрос решён");
    end.ground = ground;
    return end;
  }
  static ActionOrder hearingNotice() {
    return order("hearing_notify", kHead, "В перерасчёте будет отказано");
  }
  // By the head, who is not complained of.
  static ActionOrder decision(const std::string& outcome, const std::string& text,
                              const std::string& action = "decision_sign") {
    auto sign = order(action, kHead);
    sign.official = kHeadsName;
    sign.outcome = outcome;
    sign.text = text;
    return sign;
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
    good(appeal, giveTo("mf-01"));
    good(appeal, "start_work", "executor");
  }
  void forwardSigned(const store::AppealRow& appeal) {
    good(appeal, order("forward_prepare", "executor", "Часть вопросов относится к земле"));
    good(appeal, "forward_agree", "controller");
    good(appeal, "forward_sign", kHead);
  }
  void extensionAgreed(const store::AppealRow& appeal) {
    good(appeal, order("extension_prepare", "executor", "Нужны сведения другого органа"));
    good(appeal, "extension_agree", "controller");
  }
  void decisionAgreed(const store::AppealRow& appeal) {
    good(appeal, "decision_prepare", "executor");
    good(appeal, "decision_agree", "controller");
  }
  // The papers that end a case without a decision on its matter, and that satisfy a complaint, up to the head.
  void endingAgreed(const store::AppealRow& appeal, const std::string& paper = "terminate") {
    good(appeal, order(paper + "_prepare", "executor", "Вопрос решён"));
    good(appeal, paper + "_agree", "controller");
  }
  void decided(const store::AppealRow& appeal, const ActionOrder& sign) {
    decisionAgreed(appeal);
    good(appeal, sign);
  }

  void on(const std::string& when) { clock_.set(instant(when)); }
  std::string lastText(store::RowId appeal) { return eventsOf(appeal).back().text_en; }
  // "2026-04-02 running": of every clock of the name, in their order.
  std::vector<std::string> daysOf(store::RowId appeal, const std::string& name) {
    std::vector<std::string> days;
    for (const auto& clock : clocksOf(appeal)) {
      if (clock.name == name) days.push_back(clock.due_date + " " + clock.status);
    }
    return days;
  }
  // The newest document of the register.
  template <class Document>
  Document newest(store::RowId appeal) {
    auto decoded = model::decodeXml(store_->messages(appeal, true)->back().body, limits_);
    EXPECT_TRUE(decoded.ok());
    const auto* document = decoded.ok() ? std::get_if<Document>(&decoded->payload) : nullptr;
    EXPECT_NE(document, nullptr) << "of another type";
    return document ? *document : Document{};
  }

  std::set<std::string> connected_{"minfin", "akimat", "zher"};
  Caller desk_{"desk", "", true};
  Caller portal_{"portal", "", false};
  Caller system_{"desk", "", true};  // of a body
  int signed_ = 0;                   // decisions
  KeptBack kept_back_ = KeptBack::kFree;
  std::unique_ptr<Casework> work_;
};

}  // namespace hub::exchange::testing
