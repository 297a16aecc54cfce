// Sub-orders of a case to other bodies: their own chain beside the case's, and their end with it.
#include "hub/exchange/sub_orders.h"

#include <gmock/gmock.h>

#include "hub/exchange/tests/casework_world.h"

namespace hub::exchange::testing {
namespace {

using ::testing::HasSubstr;

class SubOrdersTest : public CaseworkWorld {
 protected:
  void SetUp() override {
    CaseworkWorld::SetUp();
    orders_ = std::make_unique<SubOrders>(*store_, currentLaw(), clock_);
    akimat_.roles = {"executor"};
    akimat_.body = kAkimatBin;
  }

  static SubOrderOrder request(const std::string& day = "2026-03-27",
                               const std::string& body = "akimat") {
    SubOrderOrder order;
    order.role = "executor";
    order.kind = "request";
    order.body = body;
    order.text = "Сведения о площади дома по адресу заявителя";
    order.day = day;
    static int keys = 0;
    order.source_id = "k-" + std::to_string(++keys);
    return order;
  }
  static SubOrderOrder step(const std::string& action, const std::string& role,
                            const std::string& reason = {}) {
    SubOrderOrder order;
    order.action = action;
    order.role = role;
    order.reason = reason;
    return order;
  }
  static SubOrderOrder answer(const std::string& text = "Площадь 96 кв. м") {
    auto order = step("answer", "executor");
    order.answer = text;
    return order;
  }

  // The number of what was made.
  std::int64_t made(const store::AppealRow& appeal, const SubOrderOrder& order) {
    auto done = orders_->act(appeal, 0, order, desk_);
    EXPECT_TRUE(done.ok()) << done.error().code << " " << done.error().text;
    return done.ok() ? done->orders.front().row.number : 0;
  }
  void take(const store::AppealRow& appeal, std::int64_t number, const SubOrderOrder& order) {
    auto done = orders_->act(appeal, number, order, desk_);
    ASSERT_TRUE(done.ok()) << order.action << ": " << done.error().code << " " << done.error().text;
  }
  Error no(const store::AppealRow& appeal, std::int64_t number, const SubOrderOrder& order,
           const Caller* caller = nullptr) {
    auto done = orders_->act(appeal, number, order, caller ? *caller : desk_);
    EXPECT_FALSE(done.ok()) << order.action << " was allowed";
    return done.ok() ? Error{} : done.error();
  }
  std::int64_t sent(const store::AppealRow& appeal, const SubOrderOrder& order = request()) {
    const auto number = made(appeal, order);
    take(appeal, number, step("agree", "controller"));
    take(appeal, number, step("sign", "head"));
    return number;
  }
  store::SubOrderRow row(const store::AppealRow& appeal, std::int64_t number) {
    return store_->subOrders(appeal.id)->at(static_cast<std::size_t>(number - 1));
  }
  store::AppealRow working(const std::string& id) {
    const auto appeal = accepted(id);
    atWork(appeal);
    return appealNow(appeal.id);
  }

  std::unique_ptr<SubOrders> orders_;
  Caller akimat_{"akimat-desk", "", false};
};

TEST_F(SubOrdersTest, ItGoesThroughItsChainAndTheCaseStaysWhereItIs) {
  const auto appeal = working("s-1");
  const auto number = made(appeal, request());
  EXPECT_EQ(number, 1);
  EXPECT_EQ(row(appeal, 1).state, "created");
  EXPECT_EQ(row(appeal, 1).target, kAkimatBin);
  EXPECT_EQ(row(appeal, 1).created_by, "executor:desk");
  EXPECT_EQ(no(appeal, 1, step("sign", "head")).code, "rules.sub_order_not_allowed");
  take(appeal, 1, step("agree", "controller"));
  take(appeal, 1, step("sign", "head"));
  EXPECT_EQ(no(appeal, 1, step("answer", "executor")).field, "/answer");
  take(appeal, 1, answer());
  EXPECT_EQ(row(appeal, 1).answer, "Площадь 96 кв. м");
  EXPECT_EQ(row(appeal, 1).answered_at, clock_.now());
  take(appeal, 1, step("ask_again", "controller", "Нет года постройки"));
  EXPECT_EQ(row(appeal, 1).state, "signed");
  take(appeal, 1, answer("Площадь 96 кв. м, 1987 год"));
  take(appeal, 1, step("check", "controller"));
  EXPECT_EQ(row(appeal, 1).state, "checked");
  EXPECT_FALSE(row(appeal, 1).open);
  const auto now = appealNow(appeal.id);
  EXPECT_EQ(now.state, appeal.state);
  EXPECT_EQ(now.due_date, appeal.due_date);
  EXPECT_EQ(now.updated_at, appeal.updated_at);
  std::vector<std::string> steps;
  for (const auto& event : eventsOf(appeal.id)) {
    if (event.type != "sub_order") continue;
    steps.push_back(event.reason);
    EXPECT_EQ(event.from_state, appeal.state);
    EXPECT_EQ(event.to_state, appeal.state);
    EXPECT_EQ(event.text_ru.find("площади"), std::string::npos) << "what is asked is not told";
    EXPECT_EQ(event.text_ru.find("96"), std::string::npos) << "nor the answer";
  }
  EXPECT_EQ(steps, (std::vector<std::string>{
                       "sub_order_create", "sub_order_agree", "sub_order_sign", "sub_order_answer",
                       "sub_order_ask_again", "sub_order_answer", "sub_order_check"}));
}

TEST_F(SubOrdersTest, ItsEventsSayWhoIsAskedUntilWhenAndWhy) {
  const auto appeal = working("s-2");
  made(appeal, request("2026-03-28"));  // a Saturday
  EXPECT_EQ(row(appeal, 1).due_date, "2026-03-30");
  auto text = lastText(appeal.id);
  EXPECT_THAT(text, HasSubstr("Sub-order to another body, no. 1 (request, "));
  EXPECT_THAT(text,
              HasSubstr("): create. Until 30.03.2026. The day named (28.03.2026) is not worked"));
  take(appeal, 1, step("send_back", "controller", "Укажите адрес, ИИН 850101100012"));
  text = lastText(appeal.id);
  EXPECT_THAT(text, HasSubstr("send back. Reason: Укажите адрес, ИИН "));
  EXPECT_EQ(text.find("850101100012"), std::string::npos) << "masked";
  auto rework = step("rework", "executor");
  rework.text = "Сведения о площади дома 5";
  rework.day = "2026-03-31";
  take(appeal, 1, rework);
  EXPECT_EQ(row(appeal, 1).text, rework.text);
  EXPECT_EQ(row(appeal, 1).due_date, "2026-03-31");
  take(appeal, 1, step("agree", "controller"));
  take(appeal, 1, step("sign", "head"));
  on("2026-04-02T05:00:00Z");
  const auto list = orders_->of(appeal, desk_);
  ASSERT_TRUE(list.ok());
  EXPECT_TRUE(list->orders.front().late);
  EXPECT_TRUE(list->low_confidence);
  take(appeal, 1, answer());
  EXPECT_THAT(lastText(appeal.id), HasSubstr("answer. After its day: 31.03.2026"));
}

TEST_F(SubOrdersTest, ItsDayLiesBeforeTheCasesOwn) {
  const auto appeal = working("s-3");
  ASSERT_EQ(appeal.due_date, "2026-04-10");
  for (const char* day : {"2026-04-10", "2026-04-13", "2026-03-16", "2027-06-01"}) {
    EXPECT_EQ(no(appeal, 0, request(day)).code, "rules.sub_order_day") << day;
  }
  EXPECT_EQ(no(appeal, 0, request("soon")).field, "/day");
  // A day off that moves to the case's last day is none before it; here the Friday before is worked.
  made(appeal, request("2026-04-09"));
  take(appeal, 1, step("agree", "controller"));
  // What waited too long for its signature does not go out.
  on("2026-04-10T05:00:00Z");
  EXPECT_EQ(no(appeal, 1, step("sign", "head")).code, "rules.sub_order_day");
  take(appeal, 1, step("send_back", "head", "Срок прошёл"));
  EXPECT_EQ(no(appeal, 1, step("rework", "executor")).code, "rules.sub_order_day");
}

TEST_F(SubOrdersTest, WhatIsMissingOrWrongIsNamed) {
  const auto appeal = working("s-4");
  const auto field = [&](const std::function<void(SubOrderOrder&)>& change) {
    auto order = request();
    change(order);
    const auto error = no(appeal, 0, order);
    return error.code + " " + error.field;
  };
  EXPECT_EQ(field([](auto& o) { o.kind.clear(); }), "exchange.input_needed /kind");
  EXPECT_EQ(field([](auto& o) { o.kind = "wish"; }), "exchange.bad_input /kind");
  EXPECT_EQ(field([](auto& o) { o.source_id.clear(); }), "exchange.input_needed /source_id");
  EXPECT_EQ(field([](auto& o) { o.source_id = "a\nb"; }), "exchange.bad_input /source_id");
  EXPECT_EQ(field([](auto& o) { o.source_id = std::string(kSubOrderKeyCharsMax + 1, 'x'); }),
            "exchange.bad_input /source_id");
  EXPECT_EQ(field([](auto& o) { o.body.clear(); }), "exchange.input_needed /body");
  EXPECT_EQ(field([](auto& o) { o.body = "nobody"; }), "exchange.unknown_body /body");
  EXPECT_EQ(field([](auto& o) { o.body = "minfin"; }), "exchange.bad_input /body");
  EXPECT_EQ(field([](auto& o) { o.text.clear(); }), "exchange.input_needed /text");
  EXPECT_EQ(field([](auto& o) { o.text = " \n"; }), "exchange.bad_input /text");
  EXPECT_EQ(field([](auto& o) { o.text = "a\x01"; }), "exchange.bad_input /text");
  EXPECT_EQ(field([](auto& o) { o.text = std::string(kSubOrderCharsMax + 1, 'x'); }),
            "exchange.bad_input /text");
  EXPECT_EQ(field([](auto& o) { o.day.clear(); }), "exchange.input_needed /day");
  EXPECT_EQ(field([](auto& o) { o.answer = "Да"; }), "exchange.bad_input /answer");
  EXPECT_EQ(field([](auto& o) { o.of = 1; }), "exchange.bad_input /of");
  EXPECT_EQ(field([](auto& o) { o.role = "head"; }), "rules.sub_order_wrong_role /role");
  EXPECT_EQ(field([](auto& o) { o.role = "king"; }), "exchange.role_not_allowed /role");
  EXPECT_EQ(no(appeal, 7, step("agree", "controller")).code, "store.not_found");
  made(appeal, request());
  EXPECT_EQ(no(appeal, 1, step("bless", "controller")).code, "rules.unknown_action");
  EXPECT_EQ(no(appeal, 1, step("send_back", "controller")).field, "/reason");
  auto agree = step("agree", "controller");
  agree.text = "Другой текст";
  EXPECT_EQ(no(appeal, 1, agree).field, "/text") << "what is agreed is what was written";
  EXPECT_TRUE(store_->subOrders(accepted("s-5").id)->empty());
  EXPECT_EQ(no(accepted("s-6"), 0, request()).code, "rules.sub_order_not_allowed")
      << "it is not in work yet";
}

TEST_F(SubOrdersTest, AnAdditionalOneGoesOnFromAnEarlierOne) {
  const auto appeal = working("s-7");
  auto more = request();
  more.kind = "additional_assignment";
  more.body.clear();
  EXPECT_EQ(no(appeal, 0, more).field, "/of");
  const auto first = made(appeal, request());
  more.of = first;
  EXPECT_EQ(no(appeal, 0, more).field, "/of") << "it was not signed yet";
  take(appeal, first, step("agree", "controller"));
  take(appeal, first, step("sign", "head"));
  const auto second = made(appeal, more);
  EXPECT_EQ(row(appeal, second).follows, first);
  EXPECT_EQ(row(appeal, second).target, kAkimatBin) << "the same body, unless another is named";
  more.body = "zher";
  more.source_id = "more-2";
  EXPECT_NE(row(appeal, made(appeal, more)).target, kAkimatBin);
}

TEST_F(SubOrdersTest, ThereAreNotMoreThanPeopleCanFollow) {
  const auto appeal = working("s-8");
  for (std::int64_t i = 0; i < kSubOrdersMax; ++i) made(appeal, request());
  EXPECT_EQ(no(appeal, 0, request()).code, "exchange.too_many_sub_orders");
}

TEST_F(SubOrdersTest, TheBodyAskedSeesItsOwnAndAnswersAndNothingElse) {
  const auto appeal = working("s-9");
  EXPECT_EQ(orders_->of(appeal, akimat_).status().error().code, "store.not_found");
  const auto theirs = sent(appeal);
  const auto other = sent(appeal, request("2026-03-27", "zher"));
  const auto list = orders_->of(appeal, akimat_);
  ASSERT_TRUE(list.ok());
  ASSERT_EQ(list->orders.size(), 1U);
  EXPECT_EQ(list->orders.front().row.number, theirs);
  ASSERT_EQ(list->orders.front().steps.size(), 1U);
  EXPECT_EQ(list->orders.front().steps.front().action, "answer");
  EXPECT_TRUE(list->steps.empty()) << "nor does it ask anything in this case";
  EXPECT_EQ(no(appeal, other, answer(), &akimat_).code, "store.not_found");
  EXPECT_EQ(no(appeal, 0, request(), &akimat_).code, "store.not_found");
  EXPECT_EQ(no(appeal, theirs, step("cancel", "executor", "Некогда"), &akimat_).code,
            "rules.sub_order_wrong_role");
  auto done = orders_->act(appeal, theirs, answer(), akimat_);
  ASSERT_TRUE(done.ok()) << done.error().text;
  EXPECT_EQ(eventsOf(appeal.id).back().actor, "executor:akimat-desk");
  const auto owed =
      orders_->open({.body = {}, .target = kAkimatBin, .state = {}, .due_to = {}}, "", 10);
  ASSERT_TRUE(owed.ok());
  ASSERT_EQ(owed->orders.size(), 1U);
  EXPECT_EQ(owed->orders.front().reg_number, appeal.reg_number);
}

TEST_F(SubOrdersTest, WhatWasNotSentIsNotShownToTheBodyAsked) {
  const auto appeal = working("s-20");
  const auto number = made(appeal, request());
  take(appeal, number, step("agree", "controller"));
  EXPECT_EQ(orders_->of(appeal, akimat_).status().error().code, "store.not_found");
  EXPECT_EQ(no(appeal, number, answer(), &akimat_).code, "store.not_found");
  store::SubOrderFilter owed;
  owed.target = kAkimatBin;
  owed.sent = true;
  EXPECT_TRUE(orders_->open(owed, "", 10)->orders.empty());
  take(appeal, number, step("sign", "head"));
  EXPECT_EQ(row(appeal, number).sent_at, clock_.now());
  EXPECT_TRUE(orders_->of(appeal, akimat_).ok());
  EXPECT_EQ(orders_->open(owed, "", 10)->orders.size(), 1U);
}

// A maker that did not see the answer sends its order again.
TEST_F(SubOrdersTest, OneOrderSentTwiceMakesOneSubOrder) {
  const auto appeal = working("s-21");
  const auto order = request();
  auto first = orders_->act(appeal, 0, order, desk_);
  ASSERT_TRUE(first.ok()) << first.error().text;
  EXPECT_TRUE(first->made);
  const auto events = eventsOf(appeal.id).size();
  const auto again = [&] {
    auto done = orders_->act(appealNow(appeal.id), 0, order, desk_);
    EXPECT_TRUE(done.ok()) << done.error().code;
    EXPECT_FALSE(done->made);
    EXPECT_EQ(done->orders.front().row.number, 1);
    return done->orders.front().row.state;
  };
  EXPECT_EQ(again(), "created");
  EXPECT_EQ(eventsOf(appeal.id).size(), events);
  take(appeal, 1, step("agree", "controller"));
  take(appeal, 1, step("sign", "head"));
  EXPECT_EQ(again(), "signed") << "as it is now";
  // Other content under the key is a mistake of the maker's.
  for (const auto change : {&SubOrderOrder::text, &SubOrderOrder::day, &SubOrderOrder::body}) {
    auto other = order;
    other.*change = change == &SubOrderOrder::text  ? "Другое"
                    : change == &SubOrderOrder::day ? "2026-03-30"
                                                    : "zher";
    const auto error = no(appeal, 0, other);
    EXPECT_EQ(error.code, "exchange.duplicate_sub_order");
    EXPECT_EQ(error.field, "/source_id");
  }
  // A key is its maker's own, and its appeal's.
  Caller second = desk_;
  second.client = "second-desk";
  EXPECT_EQ(orders_->act(appeal, 0, order, second)->orders.front().row.number, 2);
  EXPECT_EQ(made(working("s-22"), order), 1);
  // The case went on: the order is answered all the same, a new one is not.
  decisionAgreed(appeal);
  good(appeal, decision("act_favourable", "Налог пересчитан."));
  EXPECT_EQ(again(), "cancelled");
  EXPECT_EQ(no(appeal, 0, request()).code, "rules.sub_order_not_allowed");
}

TEST_F(SubOrdersTest, WhatWasAnsweredAfterItsDayOrNotAtAllWasMissed) {
  const auto appeal = working("s-23");
  const auto in_time = sent(appeal), late = sent(appeal), never = sent(appeal), kept = sent(appeal);
  const auto draft = made(appeal, request());
  on("2026-03-27T18:00:00Z");  // 23:00 of its day
  take(appeal, in_time, answer());
  on("2026-03-27T19:30:00Z");  // half past midnight
  take(appeal, late, answer());
  take(appeal, late, step("check", "controller"));
  take(appeal, never, step("cancel", "head", "Уже не нужно"));
  take(appeal, draft, step("cancel", "executor", "Уже не нужно"));
  EXPECT_FALSE(row(appeal, in_time).missed);
  EXPECT_TRUE(row(appeal, late).missed);
  EXPECT_TRUE(row(appeal, never).missed);
  EXPECT_FALSE(row(appeal, draft).missed) << "the body asked never got it";
  EXPECT_FALSE(row(appeal, kept).missed) << "it runs";
  EXPECT_TRUE(orders_->of(appeal, desk_)->orders[static_cast<std::size_t>(kept - 1)].late);
  // Asked again: an answer that stands there is none, and it can be late anew.
  auto again = step("ask_again", "controller", "Нет года");
  again.day = "2026-03-31";
  take(appeal, in_time, again);
  EXPECT_FALSE(row(appeal, in_time).answered_at.has_value());
  on("2026-04-01T05:00:00Z");
  EXPECT_TRUE(orders_->of(appeal, desk_)->orders[static_cast<std::size_t>(in_time - 1)].late);
  decisionAgreed(appeal);
  good(appeal, decision("act_favourable", "Налог пересчитан."));
  for (const auto number : {in_time, kept}) EXPECT_TRUE(row(appeal, number).missed) << number;
}

TEST_F(SubOrdersTest, ADecisionIsSignedAllTheSameAndEndsWhatIsOpen) {
  const auto appeal = working("s-10");
  const auto checked = sent(appeal);
  take(appeal, checked, answer());
  take(appeal, checked, step("check", "controller"));
  const auto waits = sent(appeal), draft = made(appeal, request());
  decisionAgreed(appeal);
  EXPECT_EQ(row(appeal, waits).state, "signed");
  good(appeal, decision("act_favourable", "Налог пересчитан."));
  EXPECT_EQ(row(appeal, checked).state, "checked");
  for (const auto number : {waits, draft}) {
    EXPECT_EQ(row(appeal, number).state, "cancelled");
    EXPECT_EQ(row(appeal, number).reason, "case_over");
    EXPECT_FALSE(row(appeal, number).open);
  }
  const auto event = eventsOf(appeal.id).back();
  EXPECT_EQ(event.type, "sub_order");
  EXPECT_EQ(event.reason, "sub_order_case_over");
  EXPECT_EQ(event.actor, "hub");
  EXPECT_EQ(event.to_state, "decision_signed");
  EXPECT_EQ(no(appeal, 0, request()).code, "rules.sub_order_not_allowed");
}

TEST_F(SubOrdersTest, APresumedRefusalAndALeavingCaseEndThemToo) {
  const auto refused_case = working("s-11"), leaving = working("s-12");
  sent(refused_case);
  sent(leaving);
  forwardSigned(leaving);
  EXPECT_EQ(row(leaving, 1).state, "signed");
  good(leaving, orderTo("zher", "forward_whole"));
  EXPECT_EQ(row(leaving, 1).state, "cancelled") << "another body has the case";
  on("2026-04-13T05:00:00Z");
  ASSERT_TRUE(work_->deemRefusals().ok());
  EXPECT_EQ(appealNow(refused_case.id).state, "deemed_refused");
  EXPECT_EQ(row(refused_case, 1).state, "cancelled");
}

TEST_F(SubOrdersTest, OpenOnesAreListedPageByPage) {
  const auto one = working("s-13"), two = working("s-14");
  sent(one, request("2026-03-30"));
  sent(two, request("2026-03-27"));
  sent(one, request("2026-03-27"));
  std::vector<std::string> seen;
  std::string after;
  do {
    auto page = orders_->open({}, after, 2);
    ASSERT_TRUE(page.ok());
    for (const auto& view : page->orders) seen.push_back(view.reg_number + " " + view.row.due_date);
    after = page->next;
  } while (!after.empty());
  EXPECT_EQ(seen, (std::vector<std::string>{one.reg_number + " 2026-03-27",
                                            two.reg_number + " 2026-03-27",
                                            one.reg_number + " 2026-03-30"}));
  for (const char* bad : {"x", "2026-03-27", "2026-03-27.1", "2026-03-27.1.x", "2026-13-27.1.1",
                          "2026-03-27.99999999999999999999.1"}) {
    EXPECT_EQ(orders_->open({}, bad, 2).status().error().code, "store.bad_cursor") << bad;
  }
}

}  // namespace
}  // namespace hub::exchange::testing
