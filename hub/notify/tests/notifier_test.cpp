// Events become notices exactly once; what may go out goes, in its time; reports end it.
#include <algorithm>

#include "hub/base/log.h"
#include "hub/exchange/event_texts.h"
#include "hub/exchange/tests/world.h"
#include "hub/notify/report_token.h"
#include "hub/notify/sms_notifier.h"
#include "hub/notify/tests/fake_gateway.h"
#include "hub/store/sqlite/database.h"

namespace hub::notify::testing {
namespace {

using exchange::testing::instant;
using exchange::testing::kMinfinBin;
using exchange::testing::taxAppeal;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using store::NoticeRow;
using store::NoticeState;
using Texts = std::vector<std::string>;

class NotifierTest : public exchange::testing::World {
 protected:
  void SetUp() override {
    World::SetUp();
    options_.endpoint.name = "sms";
    options_.username = "hub";
    options_.password = "gate&way";
    options_.sender = "1414";
    options_.report_url = "http://127.0.0.1:8480/sms/report";
    options_.report_secret = "a secret of the tests";
    options_.attempts_max = 4;
    ASSERT_NO_FATAL_FAILURE(begin());
    told();  // from here on
  }
  // The notifier anew, as after a restart.
  void begin() {
    notifier_.reset();
    auto texts = SmsTexts::load(exchange::testing::sourceFile("config/sms.yaml"),
                                [](std::string_view) { return true; });
    ASSERT_TRUE(texts.ok()) << texts.error().text;
    notifier_ = std::make_unique<SmsNotifier>(options_, std::move(*texts),
                                              std::make_unique<FakeEndpoint>(gateway_),
                                              SmsNotifier::World{*store_, clock_, limits_,
                                                                 [](const std::string& bin) {
                                                                   return bin == kMinfinBin ? rules::LocalText{"Қаржы министрлігі",
                                                                         "Минфин", "MinFin"}
                                                      : rules::LocalText{};
                                                                 }});
  }
  // What a step did: events told, messages sent.
  std::pair<int, int> told() {
    auto done = notifier_->step();
    EXPECT_TRUE(done.ok()) << done.error().text;
    return done.ok() ? std::pair{done->told, done->sent} : std::pair{-1, -1};
  }
  static model::Appeal reachable(const std::string& source_id) {
    auto appeal = taxAppeal(source_id);
    appeal.applicant.front().phone = {"+7 701 123-45-67"};
    return appeal;
  }
  store::AppealRow submitted(const model::Appeal& appeal) {
    auto result = accept(appeal);
    EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().text);
    return result.ok() ? result->appeal : store::AppealRow{};
  }
  void happens(store::RowId appeal, const std::string& type, const std::string& reason = {},
               const std::string& from = "in_work") {
    ASSERT_TRUE(store_
                    ->write([&](store::Tx& tx) {
                      return tx.addEvent(exchange::makeEvent(appeal, type, clock_.now(), "hub",
                                                             from, "in_work", reason));
                    })
                    .ok());
  }
  // The term within which the applicant is to be told: of the extension, APPC 76(3).
  void noticeIsDue(store::RowId appeal, Instant start,
                   const std::string& name = "extension_notice") {
    store::ClockRow clock;
    clock.appeal = appeal;
    clock.name = name;
    clock.start_at = start;
    clock.due_date = "2026-03-20";
    clock.status = "running";
    ASSERT_TRUE(store_->write([&](store::Tx& tx) { return tx.addClock(clock); }).ok());
  }
  std::vector<NoticeRow> notices(store::RowId appeal) { return *store_->noticesOf(appeal); }
  NoticeRow notice(store::RowId appeal, const std::string& kind) {
    NoticeRow found;
    for (const auto& row : notices(appeal)) {
      if (row.kind == kind) found = row;
    }
    EXPECT_EQ(found.kind, kind) << "no such notice";
    return found;
  }
  Status reported(const NoticeRow& row, int kind, const std::string& id = "N-1") {
    return notifier_->report({row.id, kind, id, reportToken(options_.report_secret, row.id)});
  }

  SmsOptions options_;
  FakeGateway gateway_;
  std::unique_ptr<SmsNotifier> notifier_;
};

TEST_F(NotifierTest, AnAppealIsToldOnceInItsLanguage) {
  const auto appeal = submitted(reachable("a-1"));
  EXPECT_EQ(told(), std::pair(2, 2));
  EXPECT_EQ(gateway_.texts(), (Texts{"ЖТ-2026-00000001 зарегистрировано. Срок до 10.04.2026.",
                                     "ЖТ-2026-00000001 передано по компетенции: Минфин."}));
  const auto& query = gateway_.sent.front().query;
  EXPECT_EQ(gateway_.sent.front().method, "GET");
  EXPECT_EQ(query.at("to"), "+77011234567");
  EXPECT_EQ(query.at("username"), "hub");
  EXPECT_EQ(query.at("password"), "gate&way");
  EXPECT_EQ(query.at("from"), "1414");
  EXPECT_EQ(query.at("charset"), "UTF-8");
  EXPECT_EQ(query.at("coding"), "2");
  EXPECT_EQ(query.at("dlr-mask"), "19");
  const auto row = notice(appeal.id, "registered");
  EXPECT_EQ(query.at("dlr-url"),
            "http://127.0.0.1:8480/sms/report?notice=" + std::to_string(row.id) +
                "&status=%d&id=%F&token=" + reportToken(options_.report_secret, row.id));
  EXPECT_EQ(row.state, NoticeState::kSent);
  EXPECT_EQ(row.channel, "sms");
  EXPECT_EQ(row.event, "registered");
  EXPECT_EQ(row.language, "ru");
  EXPECT_EQ(row.attempts, 1);
  EXPECT_EQ(row.sent_at, clock_.now());
  EXPECT_EQ(told(), std::pair(0, 0));
  begin();
  EXPECT_EQ(told(), std::pair(0, 0));
}

// Who was asked to mend by a day learns that it binds him no more, and is not asked in vain if he was not yet.
TEST_F(NotifierTest, ANoticeOfDefectsThatIsDroppedIsToldAndOvertakesTheNotice) {
  const auto appeal = submitted(reachable("a-1"));
  told();
  happens(appeal.id, "acted", "notify_defects");
  happens(appeal.id, "notice_dropped", "notify_defects");
  EXPECT_EQ(told(), std::pair(2, 1));
  EXPECT_EQ(gateway_.texts().back(),
            "ЖТ-2026-00000001: срок дополнения снят, ждите сообщения органа.");
}

TEST_F(NotifierTest, EnglishGoesInSevenBitsAndAnotherLanguageInKazakh) {
  auto english = reachable("a-1");
  english.language = "en";
  submitted(english);
  auto other = reachable("a-2");
  other.language = "other";
  submitted(other);
  EXPECT_EQ(told().second, 4);
  EXPECT_EQ(gateway_.sent[0].query.at("text"),
            "Appeal ZhT-2026-00000001 registered. Reply due by 10.04.2026.");
  EXPECT_EQ(gateway_.sent[0].query.at("coding"), "0");
  EXPECT_EQ(gateway_.sent[2].query.at("text"),
            "ЖТ-2026-00000002 тіркелді. Мерзімі 10.04.2026 дейін.");
}

TEST_F(NotifierTest, WhatWasBeforeTheFirstStartIsNotTold) {
  notifier_.reset();
  ASSERT_TRUE(store_->write([](store::Tx& tx) { return tx.setCursor(kSmsCursor, ""); }).ok());
  submitted(reachable("old"));
  begin();
  EXPECT_EQ(told(), std::pair(0, 0));
  submitted(reachable("new"));
  EXPECT_EQ(told(), std::pair(2, 2));
}

TEST_F(NotifierTest, NoticesAndCursorAreOneUnit) {
  const auto appeal = submitted(reachable("a-1"));
  const auto before = *store_->cursor(kSmsCursor);
  // At night nothing is sent: what the step writes is the notices and the cursor alone.
  clock_.set(instant("2026-03-17T23:00:00+05:00"));
  EXPECT_EQ(told(), std::pair(2, 0));
  EXPECT_NE(*store_->cursor(kSmsCursor), before);
  // The hub died before it could send; it goes on with what waits and tells nothing twice.
  begin();
  clock_.set(instant("2026-03-18T08:00:00+05:00"));
  EXPECT_EQ(told(), std::pair(0, 2));
  // Even a cursor that was lost after all doubles nothing: the event has its notice.
  ASSERT_TRUE(store_->write([&](store::Tx& tx) { return tx.setCursor(kSmsCursor, before); }).ok());
  EXPECT_EQ(told(), std::pair(0, 0));
  EXPECT_EQ(notices(appeal.id).size(), 2U);
  EXPECT_EQ(gateway_.sent.size(), 2U);
}

TEST_F(NotifierTest, AUnitThatFailsMovesNothing) {
  const auto appeal = submitted(reachable("a-1"));
  const auto before = *store_->cursor(kSmsCursor);
  // The engine takes the first notice and fails at the second.
  auto engine = store::sqlite::Connection::open({folder_.file("hub.db"), false, 4096, 0});
  ASSERT_TRUE(engine.ok());
  ASSERT_TRUE((*engine)
                  ->execute("CREATE TRIGGER power BEFORE INSERT ON notice WHEN NEW.kind = "
                            "'forwarded' BEGIN SELECT RAISE(ABORT, 'the power is gone'); END")
                  .ok());
  EXPECT_FALSE(notifier_->step().ok());
  EXPECT_EQ(*store_->cursor(kSmsCursor), before);
  EXPECT_TRUE(notices(appeal.id).empty());
  EXPECT_TRUE(gateway_.sent.empty());
  ASSERT_TRUE((*engine)->execute("DROP TRIGGER power").ok());
  EXPECT_EQ(told(), std::pair(2, 2));
}

TEST_F(NotifierTest, WhoMayNotBeToldIsSkippedWithAReason) {
  const auto fixed = submitted(taxAppeal("a-1"));
  auto unconfirmed = reachable("a-2");
  unconfirmed.contacts_confirmed = false;
  const auto second = submitted(unconfirmed);
  auto restricted = reachable("a-3");
  restricted.confidentiality = "restricted";
  const auto third = submitted(restricted);
  auto addressed = reachable("a-4");
  addressed.addressee_body.bin = kMinfinBin;
  const auto fourth = submitted(addressed);
  EXPECT_EQ(told(), std::pair(8, 1));
  EXPECT_EQ(notice(fixed.id, "registered").code, "notify.no_phone");
  EXPECT_EQ(notice(second.id, "registered").code, "notify.contacts_not_confirmed");
  EXPECT_EQ(notice(third.id, "registered").code, "notify.confidential");
  EXPECT_EQ(notice(fourth.id, "forwarded").code, "notify.not_forwarded");
  EXPECT_EQ(notice(fourth.id, "forwarded").state, NoticeState::kSkipped);
  EXPECT_EQ(*store_->waitingNotices(), 0);
}

TEST_F(NotifierTest, OldNewsIsNotTold) {
  const auto appeal = submitted(reachable("a-1"));
  clock_.advance(hours(72) + seconds(1));
  EXPECT_EQ(told(), std::pair(2, 0));
  EXPECT_EQ(notice(appeal.id, "registered").code, "notify.too_old");
  // Nor what grew old while it waited for the gateway.
  happens(appeal.id, "decided", "answered");
  gateway_.answer = [](const Sent&) { return answered(503, ""); };
  EXPECT_EQ(told(), std::pair(1, 0));
  clock_.advance(hours(73));
  EXPECT_EQ(told(), std::pair(0, 0));
  EXPECT_EQ(notice(appeal.id, "answered").code, "notify.too_old");
}

TEST_F(NotifierTest, OfTwoThatWaitTheLaterIsTold) {
  const auto appeal = submitted(reachable("a-1"));
  told();
  clock_.set(instant("2026-03-17T22:00:00+05:00"));
  happens(appeal.id, "term_moved", "calendar_changed");
  EXPECT_EQ(told(), std::pair(1, 0));
  happens(appeal.id, "term_moved", "calendar_changed");
  EXPECT_EQ(told(), std::pair(1, 0));
  clock_.set(instant("2026-03-18T08:00:00+05:00"));
  EXPECT_EQ(told(), std::pair(0, 1));
  const auto rows = notices(appeal.id);
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[2].code, "notify.overtaken");
  EXPECT_EQ(rows[2].state, NoticeState::kSkipped);
  EXPECT_EQ(rows[3].state, NoticeState::kSent);
  EXPECT_EQ(gateway_.texts().back(), "ЖТ-2026-00000001: календарь изменён, срок до 10.04.2026.");
}

TEST_F(NotifierTest, AForwardingThatTwoEventsTellIsOneSms) {
  const auto appeal = submitted(reachable("a-1"));
  told();
  happens(appeal.id, "acted", "forward_whole");
  happens(appeal.id, "routed", "procedure");
  EXPECT_EQ(told(), std::pair(2, 1));
  EXPECT_EQ(gateway_.texts().back(), "ЖТ-2026-00000001 передано по компетенции: Минфин.");
}

TEST_F(NotifierTest, NoMoreThanTheGatewayMayGetInASecond) {
  options_.per_second_max = 3;
  begin();
  for (const char* id : {"a-1", "a-2", "a-3", "a-4"}) submitted(reachable(id));
  EXPECT_EQ(told(), std::pair(8, 3));
  EXPECT_EQ(told(), std::pair(0, 0));
  clock_.advance(seconds(1));
  EXPECT_EQ(told(), std::pair(0, 3));
  clock_.advance(seconds(1));
  EXPECT_EQ(told(), std::pair(0, 2));
}

TEST_F(NotifierTest, ATroubleIsTriedAgainAndGivenUp) {
  auto addressed = reachable("a-1");
  addressed.addressee_body.bin = kMinfinBin;
  const auto appeal = submitted(addressed);
  gateway_.answer = [](const Sent&) {
    otinish::ExchangeResponse lost;
    lost.code = "transport.timeout";
    lost.maybe_delivered = true;
    return lost;
  };
  told();
  auto row = notice(appeal.id, "registered");
  EXPECT_EQ(row.state, NoticeState::kWaiting);
  EXPECT_EQ(row.attempts, 1);
  EXPECT_EQ(row.code, "notify.gateway_unavailable");
  EXPECT_LE(row.next_at, clock_.now() + std::chrono::milliseconds(limits_.retry_ms_first));
  for (int i = 0; i < 3; ++i) {
    clock_.advance(minutes(1));
    told();
  }
  row = notice(appeal.id, "registered");
  EXPECT_EQ(row.state, NoticeState::kFailed);
  EXPECT_EQ(row.attempts, 4);
  EXPECT_EQ(row.code, "notify.gateway_unavailable");
  clock_.advance(minutes(1));
  told();
  EXPECT_EQ(gateway_.sent.size(), 4U);

  // An administrator has it sent again.
  exchange::Caller operator_caller;
  operator_caller.client = "operator";
  auto again = notifier_->retry(row.id, operator_caller);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->state, NoticeState::kWaiting);
  gateway_.answer = FakeGateway().answer;
  EXPECT_EQ(told(), std::pair(0, 1));
  EXPECT_EQ(notifier_->retry(row.id, operator_caller).error().code, "notify.not_retryable");
  EXPECT_EQ(notifier_->retry(999, operator_caller).error().code, "store.not_found");
}

TEST_F(NotifierTest, AnOldFailureIsNotSentAgain) {
  const auto appeal = submitted(reachable("a-1"));
  gateway_.answer = [](const Sent&) { return answered(400, "Empty text"); };
  told();
  clock_.advance(hours(73));
  EXPECT_EQ(notifier_->retry(notice(appeal.id, "registered").id, {}).error().code,
            "notify.not_retryable");
}

TEST_F(NotifierTest, WhatTheGatewayRefusesIsNotTriedAgain) {
  const auto appeal = submitted(reachable("a-1"));
  gateway_.answer = [](const Sent&) { return answered(406, "denied by black-list"); };
  EXPECT_EQ(told(), std::pair(2, 0));
  const auto row = notice(appeal.id, "registered");
  EXPECT_EQ(row.state, NoticeState::kFailed);
  EXPECT_EQ(row.code, "notify.gateway_refused");
  EXPECT_EQ(row.attempts, 1);
}

TEST_F(NotifierTest, AnswersThatSayNothingOfTheMessageAreTroubles) {
  options_.attempts_max = 100;
  const auto appeal = submitted(reachable("a-1"));
  for (auto [status, body, code] :
       {std::tuple(403, "Authorization failed for sendsms", "notify.gateway_login"),
        std::tuple(429, "", "notify.gateway_unavailable"),
        std::tuple(302, "", "notify.gateway_answer"),
        std::tuple(202, "<html>", "notify.gateway_answer")}) {
    gateway_.answer = [status = status, body = body](const Sent&) {
      return answered(status, body);
    };
    begin();  // the breaker is of no interest here
    clock_.advance(minutes(2));
    told();
    EXPECT_EQ(notice(appeal.id, "registered").code, code);
  }
  gateway_.answer = [](const Sent&) { return answered(202, "3: Queued for later delivery"); };
  clock_.advance(hours(1));
  begin();
  EXPECT_EQ(told().second, 2);
}

TEST_F(NotifierTest, AGatewayThatIsAwayCostsTheOthersNoAttempts) {
  options_.attempts_max = 50;
  begin();
  for (int i = 0; i < 10; ++i) submitted(reachable("a-" + std::to_string(i)));
  gateway_.answer = [](const Sent&) { return answered(503, ""); };
  EXPECT_EQ(told(), std::pair(20, 0));
  EXPECT_EQ(gateway_.sent.size(), 5U) << "then the breaker opens";
  told();
  EXPECT_EQ(gateway_.sent.size(), 5U);
  clock_.advance(minutes(10));
  told();
  EXPECT_EQ(gateway_.sent.size(), 6U) << "one to see whether it is back";
  gateway_.answer = FakeGateway().answer;
  clock_.advance(minutes(20));
  EXPECT_EQ(told(), std::pair(0, 20));
}

TEST_F(NotifierTest, AReportEndsIt) {
  const auto appeal = submitted(reachable("a-1"));
  told();
  auto row = notice(appeal.id, "registered");
  EXPECT_TRUE(reported(row, 8).ok());
  EXPECT_EQ(notice(appeal.id, "registered").state, NoticeState::kSent);
  EXPECT_TRUE(reported(row, 1).ok());
  row = notice(appeal.id, "registered");
  EXPECT_EQ(row.state, NoticeState::kDelivered);
  EXPECT_EQ(row.provider_id, "N-1");
  EXPECT_EQ(row.reported_at, clock_.now());
  EXPECT_TRUE(reported(row, 2).ok());
  EXPECT_EQ(notice(appeal.id, "registered").state, NoticeState::kDelivered);
  const auto other = notice(appeal.id, "forwarded");
  EXPECT_TRUE(reported(other, 2).ok());
  EXPECT_EQ(notice(appeal.id, "forwarded").state, NoticeState::kFailed);
  EXPECT_EQ(notice(appeal.id, "forwarded").code, "notify.not_delivered");
  EXPECT_TRUE(reported(other, 1).ok()) << "the network found the telephone after all";
  EXPECT_EQ(notice(appeal.id, "forwarded").state, NoticeState::kDelivered);
}

TEST_F(NotifierTest, AReportWithAWrongTokenChangesNothing) {
  const auto appeal = submitted(reachable("a-1"));
  told();
  const auto row = notice(appeal.id, "registered");
  const auto others = reportToken(options_.report_secret, row.id + 1);
  for (const std::string& token : {std::string(), std::string("x"), others}) {
    EXPECT_EQ(notifier_->report({row.id, 1, "", token}).error().code, "notify.bad_report");
  }
  EXPECT_EQ(notifier_->report({999, 1, "", reportToken(options_.report_secret, 999)}).error().code,
            "notify.bad_report");
  EXPECT_EQ(notice(appeal.id, "registered").state, NoticeState::kSent);
}

TEST_F(NotifierTest, AReportMayComeBeforeTheAnswer) {
  auto addressed = reachable("a-1");
  addressed.addressee_body.bin = kMinfinBin;
  const auto appeal = submitted(addressed);
  gateway_.answer = [&](const Sent&) {
    EXPECT_TRUE(reported(notice(appeal.id, "registered"), 1).ok());
    return answered(202, "0: Accepted for delivery");
  };
  told();
  const auto row = notice(appeal.id, "registered");
  EXPECT_EQ(row.state, NoticeState::kDelivered);
  EXPECT_EQ(row.attempts, 1);
  EXPECT_EQ(gateway_.sent.size(), 1U);
}

TEST_F(NotifierTest, ADeliveredNoticeOfTheExtensionMeetsItsTerm) {
  const auto appeal = submitted(reachable("a-1"));
  noticeIsDue(appeal.id, clock_.now());
  ASSERT_TRUE(store_
                  ->write([&](store::Tx& tx) {
                    return tx.setAppealDue(appeal.id, "2026-06-10", clock_.now());
                  })
                  .ok());
  happens(appeal.id, "status_extended", "extended");
  EXPECT_EQ(told().second, 3);
  EXPECT_EQ(gateway_.texts().back(), "ЖТ-2026-00000001: срок продлён до 10.06.2026.");
  ASSERT_TRUE(reported(notice(appeal.id, "registered"), 1).ok());
  EXPECT_EQ(clockOf(appeal.id, "extension_notice").status, "running");
  const auto row = notice(appeal.id, "extended");
  ASSERT_TRUE(reported(row, 1).ok());
  EXPECT_EQ(clockOf(appeal.id, "extension_notice").status, "met");
  EXPECT_EQ(eventOf(appeal.id, "extension_notified").actor, "door:sms");
  EXPECT_TRUE(reported(row, 1).ok()) << "a report that comes twice";
}

TEST_F(NotifierTest, ADeliveredNoticeOfTheForwardingMeetsItsTerm) {
  const auto appeal = submitted(reachable("a-1"));
  noticeIsDue(appeal.id, clock_.now(), "forward_notice");
  happens(appeal.id, "acted", "forward_whole");
  happens(appeal.id, "routed", "procedure");
  told();
  const auto row = notice(appeal.id, "forwarded");
  EXPECT_EQ(clockOf(appeal.id, "forward_notice").status, "running");
  ASSERT_TRUE(reported(row, 1).ok());
  EXPECT_EQ(clockOf(appeal.id, "forward_notice").status, "met");
  EXPECT_EQ(eventOf(appeal.id, "forwarding_notified").actor, "door:sms");
}

// Two parts that went on one day: each SMS meets the term of its own forwarding, in whatever order they come.
TEST_F(NotifierTest, EachNoticeOfAForwardingMeetsItsOwnTerm) {
  const auto appeal = submitted(reachable("a-1"));
  noticeIsDue(appeal.id, clock_.now(), "forward_notice");
  happens(appeal.id, "acted", "forward_whole");
  told();
  const auto first = notice(appeal.id, "forwarded");
  clock_.advance(std::chrono::minutes(10));
  noticeIsDue(appeal.id, clock_.now(), "forward_notice");
  happens(appeal.id, "acted", "forward_whole");
  told();
  ASSERT_NE(notice(appeal.id, "forwarded").seq, first.seq);
  const auto statuses = [&] {
    std::string all;
    const auto clocks = *store_->clocks(appeal.id);
    for (const auto& clock : clocks) {
      if (clock.name == "forward_notice") all += clock.status + " ";
    }
    return all;
  };
  ASSERT_TRUE(reported(first, 1).ok());
  EXPECT_EQ(statuses(), "met running ");
  ASSERT_TRUE(reported(notice(appeal.id, "forwarded"), 1).ok());
  EXPECT_EQ(statuses(), "met met ");
}

// The desk directs the appeal, or the complaint goes up, while the notice of a part is owed still.
TEST_F(NotifierTest, AForwardingWithoutATermMeetsNoOthers) {
  const auto appeal = submitted(reachable("a-1"));
  noticeIsDue(appeal.id, clock_.now(), "forward_notice");
  happens(appeal.id, "acted", "forward_part");
  for (const char* reason : {"route", "send_to_higher"}) {
    clock_.advance(std::chrono::minutes(10));
    happens(appeal.id, "acted", reason);
    told();
    const auto row = notice(appeal.id, reason == std::string("route") ? "forwarded" : "sent_up");
    ASSERT_TRUE(reported(row, 1).ok());
    EXPECT_EQ(clockOf(appeal.id, "forward_notice").status, "running") << reason;
  }
  EXPECT_EQ(gateway_.texts().back(), "ЖТ-2026-00000001: жалоба направлена в вышестоящий орган.");
  ASSERT_TRUE(reported(notice(appeal.id, "forwarded_part"), 1).ok());
  EXPECT_EQ(clockOf(appeal.id, "forward_notice").status, "met");
}

// The body above is connected to the hub: the complaint is sent up and on its way there in one moment.
TEST_F(NotifierTest, WhatGoesUpIsToldOnceWithTheBodyThatGetsIt) {
  const auto appeal = submitted(reachable("a-1"));
  told();
  const auto before = gateway_.texts().size();
  happens(appeal.id, "acted", "send_to_higher");
  happens(appeal.id, "routed", "procedure", "sent_to_higher");
  told();
  const auto texts = gateway_.texts();
  ASSERT_EQ(texts.size(), before + 1);
  EXPECT_NE(texts.back().find("жалоба направлена выше: "), std::string::npos) << texts.back();
  const auto row = notice(appeal.id, "sent_up");
  EXPECT_EQ(row.event, "routed/sent_to_higher");
}

// A body's system tells of it later than it decided so.
TEST_F(NotifierTest, ANoticeOfWhatABodyForwardedMeetsItsTerm) {
  const auto appeal = submitted(reachable("a-1"));
  noticeIsDue(appeal.id, clock_.now(), "forward_notice");
  clock_.advance(std::chrono::minutes(10));
  happens(appeal.id, "status_forwarded", "forwarded");
  told();
  ASSERT_TRUE(reported(notice(appeal.id, "forwarded"), 1).ok());
  EXPECT_EQ(clockOf(appeal.id, "forward_notice").status, "met");
}

// What happens if its end is never learned, or cannot be stored, is decided before it goes.
TEST_F(NotifierTest, AnAttemptIsWrittenBeforeItIsMade) {
  const auto appeal = submitted(reachable("a-1"));
  std::vector<NoticeRow> meanwhile;
  gateway_.answer = [&](const Sent&) {
    meanwhile = notices(appeal.id);
    return answered(500, "");
  };
  told();
  ASSERT_FALSE(meanwhile.empty());
  const auto going = std::find_if(meanwhile.begin(), meanwhile.end(),
                                  [](const auto& row) { return row.attempts == 1; });
  ASSERT_NE(going, meanwhile.end());
  EXPECT_GT(going->next_at, clock_.now());
}

TEST_F(NotifierTest, ALateReportOfAnOlderExtensionMeetsNoNewerTerm) {
  const auto appeal = submitted(reachable("a-1"));
  happens(appeal.id, "status_extended", "extended");
  told();
  const auto older = notice(appeal.id, "extended");
  noticeIsDue(appeal.id, clock_.now());
  happens(appeal.id, "status_extended", "extended");
  told();
  const auto newer = notice(appeal.id, "extended");
  ASSERT_NE(newer.id, older.id);
  ASSERT_TRUE(reported(older, 1).ok());
  EXPECT_EQ(clockOf(appeal.id, "extension_notice").status, "running");
  ASSERT_TRUE(reported(newer, 1).ok());
  EXPECT_EQ(clockOf(appeal.id, "extension_notice").status, "met");
}

TEST_F(NotifierTest, ADeliveryIsAFactEvenIfItMeetsNoTerm) {
  const auto appeal = submitted(reachable("a-1"));
  happens(appeal.id, "status_extended", "extended");
  EXPECT_EQ(told().second, 3);
  noticeIsDue(appeal.id, clock_.now() + hours(1));
  ASSERT_TRUE(reported(notice(appeal.id, "extended"), 1).ok()) << "told before the extension";
  EXPECT_EQ(notice(appeal.id, "extended").state, NoticeState::kDelivered);
  EXPECT_EQ(clockOf(appeal.id, "extension_notice").status, "running");
}

TEST_F(NotifierTest, NeitherNumberNorTextNorPasswordIsKeptOrLogged) {
  static std::string log;
  log.clear();
  setLogSink([](std::string_view line) { log += line; });
  gateway_.answer = [](const Sent&) { return answered(406, "+77011234567 denied"); };
  const auto appeal = submitted(reachable("a-1"));
  told();
  setLogSink(nullptr);
  EXPECT_NE(log.find("notify.gateway_refused"), std::string::npos);
  for (const char* secret : {"7011234567", "701 123", "gate&way", "gate%26way"}) {
    EXPECT_EQ(log.find(secret), std::string::npos) << secret;
  }
  EXPECT_EQ(notice(appeal.id, "registered").code, "notify.gateway_refused");
}

TEST_F(NotifierTest, WhatIsKeptLongEnoughIsRemoved) {
  options_.keep_days = 40;
  begin();
  const auto removed = [&] {
    const auto done = notifier_->step();
    EXPECT_TRUE(done.ok());
    return done.ok() ? done->removed : -1;
  };
  const auto old = submitted(reachable("a-1"));
  told();
  clock_.advance(hours(24 * 40));
  EXPECT_EQ(removed(), 0);
  clock_.advance(minutes(59));
  EXPECT_EQ(removed(), 0) << "looked for once an hour";
  clock_.advance(minutes(1));
  EXPECT_EQ(removed(), 1) << "the newest of all stays";
  const auto fresh = submitted(reachable("a-2"));
  EXPECT_EQ(told(), std::pair(2, 2)) << "nothing is told again";
  clock_.advance(hours(1));
  EXPECT_EQ(removed(), 1);
  EXPECT_TRUE(notices(old.id).empty());
  EXPECT_EQ(notices(fresh.id).size(), 2U);
}

TEST_F(NotifierTest, ItsThreadEndsAtOnce) {
  notifier_->start();
  notifier_->stop();
  notifier_->stop();
}

}  // namespace
}  // namespace hub::notify::testing
