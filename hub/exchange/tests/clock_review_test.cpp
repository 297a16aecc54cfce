// A late order moves a working day: open terms follow, openly; what is wrong changes nothing.
#include "hub/exchange/clock_review.h"

#include <filesystem>
#include <fstream>

#include "hub/exchange/clock_rows.h"
#include "hub/exchange/hub_service.h"
#include "hub/exchange/tests/world.h"
#include "hub/rules/batch.h"

namespace hub::exchange::testing {
namespace {

class ClockReviewTest : public World {
 protected:
  void SetUp() override {
    World::SetUp();
    law_ = folder_.file("law");
    std::filesystem::copy(sourceFile("config/law"), law_, std::filesystem::copy_options::recursive);
    year_ = law_ + "/calendar/2026.yaml";
    script_->collects = false;
  }
  void TearDown() override {
    if (service_) service_->stop();
  }
  void start() {
    if (service_) service_->stop();
    ServiceOptions options;
    options.schema_file = sourceFile("contracts/appeal/appeal.xsd");
    options.law_folder = law_;
    options.limits = limits_;
    options.agencies = {scriptedAgency("minfin", script_)};
    options.agencies.front().tell_term_changes = tell_;
    auto book = rules::LawBook::load(law_);
    ASSERT_TRUE(book.ok()) << book.error().text;
    auto started = HubService::start(options, *store_, *keys_, *attachments_, *book, clock_);
    ASSERT_TRUE(started.ok()) << started.error().text;
    service_ = std::move(*started);
  }
  store::AppealRow submitted(const std::string& source_id) {
    auto done = service_->submit(documentOf(taxAppeal(source_id)), Form::kJson, caller_);
    EXPECT_TRUE(done.ok()) << (done.ok() ? "" : done.error().text);
    return done.ok() ? done->receipt.appeal : store::AppealRow{};
  }
  void edit(const std::string& from, const std::string& to) { editFile(year_, from, to); }
  void editFile(const std::string& file, const std::string& from, const std::string& to) {
    std::ifstream in(file);
    std::string text((std::istreambuf_iterator<char>(in)), {});
    const auto at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    std::ofstream(file) << text.replace(at, from.size(), to);
  }
  std::string explained(const store::ClockRow& clock) {
    auto texts = service_->explain({clock});
    EXPECT_TRUE(texts.ok());
    return texts.ok() ? texts->front().en : "";
  }
  void fridayOff() {
    edit("version: \"2026.1\"", "version: \"2026.2\"");
    edit("  2026-05-01:", "  2026-04-03: observed\n  2026-05-01:");
  }
  store::ClockRow newest(store::RowId appeal, const std::string& name) {
    store::ClockRow found;
    for (const auto& clock : clocksOf(appeal)) {
      if (clock.name == name) found = clock;
    }
    return found;
  }

  // Until what the adapter answered is stored.
  void settle() {
    service_->stop();
    EXPECT_TRUE(store_->write([](store::Tx&) { return Status(); }).ok());
  }
  std::size_t messagesTo(store::RowId appeal) {
    auto rows = store_->outboxOf(appeal);
    return rows.ok() ? rows->size() : 0;
  }

  bool tell_ = false;
  std::string law_, year_;
  std::unique_ptr<trust::Keyring> keys_ = trust::makeKeyring();
  std::unique_ptr<transport::AttachmentStore> attachments_ =
      transport::openAttachmentFolder(folder_.file("attachments"), limits_);
  std::shared_ptr<Script> script_ = std::make_shared<Script>();
  std::unique_ptr<HubService> service_;
};

TEST_F(ClockReviewTest, ALateDayOffMovesTheTermAndTellsIt) {
  start();
  const auto appeal = submitted("a-1");
  ASSERT_EQ(appeal.due_date, "2026-04-10");
  fridayOff();
  auto done = service_->reloadLaw(caller_);
  ASSERT_TRUE(done.ok()) << done.error().text;
  EXPECT_EQ(done->appeals, 1);
  EXPECT_EQ(done->moved, 1);
  EXPECT_EQ(appealNow(appeal.id).due_date, "2026-04-13");
  const auto clock = newest(appeal.id, "consider");
  EXPECT_EQ(clock.due_date, "2026-04-13");
  EXPECT_EQ(clock.status, "running");
  EXPECT_EQ(clock.rule_id, "A7");
  EXPECT_EQ(clock.calendar_version, "2026.2");
  const auto event = eventOf(appeal.id, "term_moved");
  EXPECT_NE(event.text_ru.find("13.04.2026"), std::string::npos) << event.text_ru;
  EXPECT_NE(event.text_kk.find("13.04.2026"), std::string::npos) << event.text_kk;
  int kept = 0;  // the old date is superseded, never edited
  for (const auto& old : clocksOf(appeal.id)) {
    kept += old.name == "consider" && old.due_date == "2026-04-10" && old.status == "cancelled";
  }
  EXPECT_EQ(kept, 1);
  // The same data again changes nothing.
  done = service_->reloadLaw(caller_);
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(done->moved, 0);
  // New appeals are counted by the new calendar.
  EXPECT_EQ(submitted("a-2").due_date, "2026-04-13");
}

// The slip that was handed out is the one that is printed again: not half of it by another calendar.
TEST_F(ClockReviewTest, TheTalonStaysAsItWasIssued) {
  clock_.set(instant("2026-04-02T14:30:00Z"));  // 19:30 on the Thursday
  start();
  const auto appeal = submitted("a-1");
  const auto issued = service_->talon(appeal.hub_id);
  ASSERT_TRUE(issued.ok());
  EXPECT_EQ(issued->registered, "03.04.2026");
  EXPECT_EQ(issued->due, "24.04.2026");
  EXPECT_TRUE(issued->electronic);
  fridayOff();
  ASSERT_TRUE(service_->reloadLaw(caller_).ok());
  ASSERT_EQ(appealNow(appeal.id).registration_date, "2026-04-06");
  const auto again = service_->talon(appeal.hub_id);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->registered, issued->registered);
  EXPECT_EQ(again->due, issued->due);
}

TEST_F(ClockReviewTest, TheBodysSystemIsToldOfTheNewTermAfterItHasTheAppeal) {
  tell_ = true;
  script_->on_deliver = [](const otinish::Message& message) {
    // News that is taken (PENDING) is not waited for.
    auto answer = answerOf(message.type == "appeal/1" ? Outcome::kDone : Outcome::kPending);
    if (message.type == "appeal/1") answer.external_id = "C-7";
    return answer;
  };
  start();
  const auto appeal = submitted("a-1");
  clock_.advance(
      std::chrono::seconds(1));  // the reload is later, also if it overtakes the delivery
  fridayOff();
  ASSERT_TRUE(service_->reloadLaw(caller_).ok());
  ASSERT_TRUE(script_->waitDelivered(2));
  settle();
  const auto told = script_->delivered().at(1);
  EXPECT_EQ(told.type, "status/1");
  EXPECT_EQ(told.external_id, "C-7") << "the case that the appeal opened there";
  EXPECT_EQ(told.correlation_id, appeal.hub_id);
  auto message = model::decodeXml(told.body, limits_);
  ASSERT_TRUE(message.ok());
  const auto errors =
      model::validate(*message, {model::Profile::kCanonical, {}, clock_.now()}, limits_);
  EXPECT_TRUE(errors.empty()) << errors.front().text;
  const auto& status = std::get<model::StatusUpdate>(message->payload);
  EXPECT_EQ(status.status, "term_changed");
  EXPECT_EQ(status.until, "2026-04-13");
  EXPECT_EQ(status.appeal_ref.reg_number, appeal.reg_number);
  EXPECT_NE(status.note->find("13.04.2026"), std::string::npos);
  EXPECT_TRUE(hasEvent(appeal.id, "term_change_delivered"));
  EXPECT_EQ(store_->outboxOf(appeal.id)->at(1).state, store::OutboxState::kDelivered);
  EXPECT_EQ(appealNow(appeal.id).state, "assigned");
}

TEST_F(ClockReviewTest, OnlyABodyThatHasTheAppealAndWantsToIsTold) {
  start();
  const auto untold = submitted("a-1");
  fridayOff();
  ASSERT_TRUE(service_->reloadLaw(caller_).ok());
  EXPECT_EQ(messagesTo(untold.id), 1U) << "the appeal alone";
  tell_ = true;
  script_->on_deliver = [](const otinish::Message&) { return answerOf(Outcome::kRejected); };
  start();
  const auto refused = submitted("a-2");
  ASSERT_TRUE(script_->waitDelivered(2));
  settle();
  edit("version: \"2026.2\"", "version: \"2026.3\"");
  edit("  2026-04-03: observed\n", "");
  start();
  EXPECT_TRUE(hasEvent(refused.id, "term_moved"));
  EXPECT_EQ(messagesTo(refused.id), 1U);
}

TEST_F(ClockReviewTest, AnAdapterThatCannotTellItIsRefusedAtStart) {
  script_->delivers = {"appeal/1"};
  ServiceOptions options;
  options.schema_file = sourceFile("contracts/appeal/appeal.xsd");
  options.law_folder = law_;
  options.limits = limits_;
  options.agencies = {scriptedAgency("minfin", script_)};
  options.agencies.front().tell_term_changes = true;
  auto started = HubService::start(options, *store_, *keys_, *attachments_, lawBook(), clock_);
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.error().code, "adapter.unsupported_type");
  EXPECT_NE(started.error().text.find("tell_term_changes"), std::string::npos);
  // One that translates it by a mapping needs the mapping.
  script_->delivers = {"appeal/1", "status/1"};
  script_->settings = {{"request_status", "file", false, "", "mapping", {}, false}};
  started = HubService::start(options, *store_, *keys_, *attachments_, lawBook(), clock_);
  ASSERT_FALSE(started.ok());
  EXPECT_NE(started.error().text.find("request_status"), std::string::npos);
  options.agencies.front().adapter.configuration.settings_json =
      R"({"request_status": "status.xslt"})";
  started = HubService::start(options, *store_, *keys_, *attachments_, lawBook(), clock_);
  ASSERT_TRUE(started.ok()) << started.error().text;
  service_ = std::move(*started);
}

TEST_F(ClockReviewTest, WrongDataIsRefusedWithItsLineAndTheLawStays) {
  start();
  edit("  2026-05-01:", "  2026-02-30: observed\n  2026-05-01:");
  auto done = service_->reloadLaw(caller_);
  ASSERT_FALSE(done.ok());
  EXPECT_GT(done.error().line, 0);
  EXPECT_EQ(submitted("a-1").due_date, "2026-04-10");
}

// As when the folder is copied and the copying is cut short.
TEST_F(ClockReviewTest, AFileThatTheHubWorksByIsNotLostByAReload) {
  start();
  const auto before = service_->law();
  for (const std::string file : {"procedure.yaml", "staff.yaml", "kato.yaml", "calendar/2027.yaml",
                                 "rules/appc-2025-12-29.yaml"}) {
    const std::string path = law_ + "/" + file;
    std::filesystem::rename(path, path + ".away");
    auto done = service_->reloadLaw(caller_);
    ASSERT_FALSE(done.ok()) << file;
    EXPECT_EQ(done.error().code, "rules.data_lost") << file;
    EXPECT_TRUE(done.error().text.starts_with(path + ": it is gone")) << done.error().text;
    EXPECT_EQ(service_->law(), before) << "the law in force stays";
    std::filesystem::rename(path + ".away", path);
  }
  EXPECT_TRUE(service_->reloadLaw(caller_).ok());
}

TEST_F(ClockReviewTest, AChangeMadeWhileTheHubWasDownIsFoundAtStart) {
  start();
  const auto appeal = submitted("a-1");
  fridayOff();
  start();
  EXPECT_EQ(appealNow(appeal.id).due_date, "2026-04-13");
}

TEST_F(ClockReviewTest, ATermWithoutACalendarGetsItsDateWhenTheYearComes) {
  clock_.set(instant("2027-12-20T05:00:00Z"));
  start();
  const auto appeal = submitted("a-1");
  EXPECT_EQ(appeal.due_date, "");
  EXPECT_EQ(newest(appeal.id, "consider").status, "unknown");
  std::ofstream(law_ + "/calendar/2028.yaml")
      << "year: 2028\nversion: \"2028.1\"\nconfidence: low\nsource: \"for this test\"\n"
         "days_off:\n  2028-01-01: new_year\nworking_days: []\n";
  auto done = service_->reloadLaw(caller_);
  ASSERT_TRUE(done.ok()) << done.error().text;
  EXPECT_EQ(done->determined, 1);
  EXPECT_EQ(newest(appeal.id, "consider").due_date, "2028-01-10");
  EXPECT_EQ(appealNow(appeal.id).due_date, "2028-01-10");
}

// A hub that is started without the last year: the date is not told as one, and it counts how many are gone.
TEST_F(ClockReviewTest, ATermWhoseCalendarIsGoneIsToldAsUnknown) {
  clock_.set(instant("2026-12-28T05:00:00Z"));
  start();
  const auto appeal = submitted("a-1");
  ASSERT_EQ(appeal.due_date.substr(0, 4), "2027");
  std::filesystem::remove(law_ + "/calendar/2027.yaml");
  service_->stop();
  auto book = rules::LawBook::load(law_);
  ASSERT_TRUE(book.ok()) << book.error().text;
  auto done = ClockReview(*store_, **book, clock_, "hub").run();
  ASSERT_TRUE(done.ok()) << done.error().text;
  EXPECT_GE(done->lost, 1);
  EXPECT_EQ(done->moved, 0);
  EXPECT_EQ(appealNow(appeal.id).due_date, "");
  const auto event = eventOf(appeal.id, "term_lost");
  for (const auto& text : {event.text_kk, event.text_ru, event.text_en}) {
    EXPECT_EQ(text.find('?'), std::string::npos) << text;
    EXPECT_NE(text.find("2027"), std::string::npos) << "which calendar is to be added: " << text;
  }
  EXPECT_FALSE(hasEvent(appeal.id, "term_moved"));
}

// Any other term that is lost names its year, too.
TEST_F(ClockReviewTest, ATermOtherThanTheAnswerNamesTheYearThatIsGone) {
  clock_.set(instant("2026-12-30T05:00:00Z"));
  start();
  const auto appeal = submitted("a-1");
  ASSERT_EQ(newest(appeal.id, "forward").due_date.substr(0, 4), "2027");
  std::filesystem::remove(law_ + "/calendar/2027.yaml");
  service_->stop();
  auto book = rules::LawBook::load(law_);
  ASSERT_TRUE(book.ok()) << book.error().text;
  ASSERT_TRUE(ClockReview(*store_, **book, clock_, "hub").run().ok());
  EXPECT_EQ(newest(appeal.id, "forward").due_date, "");
  const auto event = eventOf(appeal.id, "clock_moved");
  EXPECT_EQ(event.reason, "forward");
  for (const auto& text : {event.text_kk, event.text_ru, event.text_en}) {
    const auto arrow = text.find("→");
    ASSERT_NE(arrow, std::string::npos) << text;
    EXPECT_NE(text.find("2027", arrow), std::string::npos) << text;
  }
}

// A day that a body named moves too once it is no day to end a term, APPC 76(5), and no other does.
TEST_F(ClockReviewTest, AnExtensionMovesThoughItsDayWasNamed) {
  start();
  const auto lawful = submitted("a-1");
  const auto named = submitted("a-2");
  ASSERT_TRUE(store_
                  ->write([&](store::Tx& tx) -> Status {
                    for (const auto& appeal : {lawful, named}) {
                      store::ClockRow clock = newest(appeal.id, "consider");
                      clock.name = "consider_extended";
                      clock.rule_id = "A9";
                      clock.day_kind = "months";
                      clock.length = 2;
                      clock.start_event = "extension_decision";
                      clock.start_at = instant("2026-02-03T05:00:00Z");
                      clock.due_date = "2026-04-03";
                      if (appeal.id == named.id) clock.explanation = "as the body decided";
                      if (auto s = tx.setClockStatus(appeal.id, "consider", "extended"); !s) {
                        return s;
                      }
                      if (auto s = tx.addClock(clock); !s) return s;
                      if (auto s = tx.setAppealDue(appeal.id, "2026-04-03", clock_.now()); !s) {
                        return s;
                      }
                    }
                    return {};
                  })
                  .ok());
  fridayOff();
  ASSERT_TRUE(service_->reloadLaw(caller_).ok());
  EXPECT_EQ(newest(lawful.id, "consider_extended").due_date, "2026-04-06");
  EXPECT_EQ(appealNow(lawful.id).due_date, "2026-04-06");
  EXPECT_NE(eventOf(lawful.id, "term_moved").text_ru.find("06.04.2026"), std::string::npos);
  EXPECT_EQ(appealNow(named.id).due_date, "2026-04-06");
  EXPECT_EQ(newest(named.id, "consider_extended").explanation,
            "as the body decided, 2026-04-03 is not worked");
  ASSERT_TRUE(service_->reloadLaw(caller_).ok());
  EXPECT_EQ(appealNow(named.id).due_date, "2026-04-06") << "and stays there";
}

TEST_F(ClockReviewTest, WhatRunsAfterTheEndMovesToo) {
  start();
  const auto appeal = submitted("a-1");
  ASSERT_TRUE(store_
                  ->write([&](store::Tx& tx) -> Status {
                    auto row = tx.appeal(appeal.id);
                    if (!row) return row.status();
                    row->state = "executed";
                    if (auto s = tx.updateAppeal(*row); !s) return s;
                    auto closed = tx.closeClock(appeal.id, "consider", "2026-04-01");
                    if (!closed) return closed.status();
                    store::ClockRow clock = newest(appeal.id, "consider");
                    clock.name = "execute";
                    clock.rule_id = "A25";
                    clock.length = 5;
                    clock.start_event = "delivery";
                    clock.start_at = instant("2026-04-01T05:00:00Z");
                    clock.due_date = "2026-04-08";
                    clock.status = "running";
                    return tx.addClock(clock);
                  })
                  .ok());
  fridayOff();
  ASSERT_TRUE(service_->reloadLaw(caller_).ok());
  EXPECT_EQ(newest(appeal.id, "execute").due_date, "2026-04-09");
  EXPECT_EQ(appealNow(appeal.id).due_date, "2026-04-10") << "the term to answer is over";
  EXPECT_NE(eventOf(appeal.id, "clock_moved").text_ru.find("08.04.2026 → 09.04.2026"),
            std::string::npos);
  EXPECT_EQ(eventOf(appeal.id, "clock_moved").reason, "execute");
}

// A citizen's term to complain runs when the case is over, and a moved day off moves its end.
TEST_F(ClockReviewTest, TheTermToComplainFollowsAMovedDayOff) {
  start();
  const auto appeal = submitted("a-1");
  ASSERT_TRUE(
      store_
          ->write([&](store::Tx& tx) -> Status {
            auto row = tx.appeal(appeal.id);
            if (!row) return row.status();
            row->state = "executed";
            if (auto s = tx.updateAppeal(*row); !s) return s;
            store::ClockRow clock = newest(appeal.id, "consider");
            for (const char* name : {"complaint_window", "complaint_window_long", "left_notice"}) {
              clock.name = name;
              clock.rule_id = "A27";
              clock.day_kind = "months";
              clock.length = 3;
              clock.start_event = "act_learned";
              clock.start_at = instant("2026-01-03T05:00:00Z");
              clock.due_date = "2026-04-03";
              if (auto s = tx.addClock(clock); !s) return s;
            }
            return {};
          })
          .ok());
  fridayOff();
  ASSERT_TRUE(service_->reloadLaw(caller_).ok());
  for (const char* name : {"complaint_window", "complaint_window_long", "left_notice"}) {
    EXPECT_EQ(newest(appeal.id, name).due_date, "2026-04-06") << name;
  }
}

// What the law says of a term when it opens is what is told of it later, from what is kept alone.
TEST_F(ClockReviewTest, EveryTermIsExplainedDayByDayFromWhatIsKept) {
  start();
  const auto law = service_->law();
  int explained = 0;
  const auto compare = [&](const rules::Clock& opened) {
    auto texts = service_->explain({clockRow(1, opened, "running")});
    ASSERT_TRUE(texts.ok());
    EXPECT_EQ(texts->front().kk, opened.explanation.kk);
    EXPECT_EQ(texts->front().ru, opened.explanation.ru);
    EXPECT_EQ(texts->front().en, opened.explanation.en);
    ++explained;
  };
  for (const auto& [kind, entry] : law->data().vocabulary.kinds) {
    for (const std::string procedure : {"", "public_service"}) {
      for (const auto& [name, label] : law->data().vocabulary.clocks) {
        rules::EventClockRequest request;
        request.clock = name;
        request.kind = kind;
        request.procedure = procedure;
        request.event_at = instant("2026-03-19T05:00:00Z");
        request.explain = true;
        auto opened = rules::computeEventClock(*law, request);
        if (opened.ok()) compare(*opened);
      }
    }
  }
  for (const auto& [special, label] : law->data().vocabulary.special_kinds) {
    rules::ClockRequest request;
    const auto& kinds = law->data().vocabulary.special_of.at(special);
    request.kind = kinds.empty() ? "complaint" : kinds.front();
    if (special == "service_oversight") request.procedure = "public_service";
    request.special_kind = special;
    request.received_at = instant("2026-03-19T14:30:00Z");  // after the body closed
    request.explain = true;
    auto opened = rules::computeClocks(*law, request);
    ASSERT_TRUE(opened.ok()) << opened.error().text;
    for (const auto& clock : *opened) compare(clock);
  }
  EXPECT_GT(explained, 100);
}

TEST_F(ClockReviewTest, ADayThatTheBodyNamedIsToldSo) {
  start();
  auto clock = newest(submitted("a-1").id, "consider");
  clock.name = "cure";
  clock.rule_id = clock.start_event = "notify_defects";
  clock.length = 0;
  clock.article = "64(6)";
  clock.due_date = "2026-03-30";
  const auto text = explained(clock);
  EXPECT_NE(text.find("until the day that the body named"), std::string::npos) << text;
  EXPECT_NE(text.find("give notice of defects"), std::string::npos) << text;
  EXPECT_NE(text.find("Due: 30.03.2026."), std::string::npos) << text;
}

TEST_F(ClockReviewTest, ASupersededTermKeepsItsExplanation) {
  start();
  const auto appeal = submitted("a-1");
  const auto before = explained(newest(appeal.id, "consider"));
  ASSERT_NE(before.find("03.04.2026 Fri — day "), std::string::npos) << before;
  fridayOff();
  // Changed while the hub was down, so that no calendar but the kept one knows the old days.
  start();
  store::ClockRow old;
  for (const auto& clock : clocksOf(appeal.id)) {
    if (clock.name == "consider" && clock.status == "cancelled") old = clock;
  }
  EXPECT_EQ(explained(old), before);
  const auto now = explained(newest(appeal.id, "consider"));
  EXPECT_NE(now.find("03.04.2026 Fri — day off"), std::string::npos) << now;
  EXPECT_NE(now.find("Due: 13.04.2026."), std::string::npos) << now;
  // One whose calendar nobody kept says so and guesses nothing.
  old.calendar_version = "2026.0";
  EXPECT_NE(explained(old).find("was not kept. Due: 10.04.2026."), std::string::npos)
      << explained(old);
}

// hubctl deadline and the hub say the same of a body that closes at another hour.
TEST_F(ClockReviewTest, TheHoursOfTheBodyCountAtIntakeAndAtAReload) {
  editFile(law_ + "/bodies.yaml", "    level: central\n",
           "    level: central\n    closes: \"09:00\"\n    zone: Asia/Aqtau\n");
  clock_.set(instant("2026-03-17T04:30:00Z"));  // 09:30
  start();
  const auto appeal = submitted("a-1");
  rules::DeadlineRow row;
  row.kind = "application";
  row.received_at = "2026-03-17T04:30:00Z";
  row.body = "minfin";
  auto told = rules::clocksOf(*service_->law(), row, false);
  ASSERT_TRUE(told.ok()) << told.error().text;
  for (const auto& clock : *told) {
    const auto kept = clockOf(appeal.id, clock.name);
    EXPECT_EQ(kept.due_date, formatDate(*clock.due_date)) << clock.name;
    EXPECT_EQ(kept.zone, "Asia/Aqtau");
  }
  EXPECT_EQ(clockOf(appeal.id, "register").due_date, "2026-03-18");
  EXPECT_EQ(clockOf(appeal.id, "register").cut_off_minute, 9 * 60);
  EXPECT_EQ(appeal.due_date, "2026-04-13");
  EXPECT_EQ(appeal.registration_date, "2026-03-18");
  EXPECT_NE(explained(clockOf(appeal.id, "register")).find("received after working hours"),
            std::string::npos);
  fridayOff();
  ASSERT_TRUE(service_->reloadLaw(caller_).ok());
  EXPECT_EQ(appealNow(appeal.id).due_date, "2026-04-14");
}

// Received on a Friday evening, registered on the Monday (APPC 64(3)); then an order makes that Monday a day off.
TEST_F(ClockReviewTest, ADayOffMovesTheRegistrationOfWhatCameAfterHours) {
  edit("  2026-05-11: observed\n", "");
  clock_.set(instant("2026-05-08T14:00:00Z"));  // 19:00
  start();
  const auto appeal = submitted("a-1");
  ASSERT_EQ(appeal.registration_date, "2026-05-11");
  ASSERT_EQ(appeal.due_date, "2026-06-02");
  ASSERT_EQ(clockOf(appeal.id, "register").status, "met");
  edit("version: \"2026.1\"", "version: \"2026.2\"");
  edit("  2026-05-27:", "  2026-05-11: observed\n  2026-05-27:");
  ASSERT_TRUE(service_->reloadLaw(caller_).ok());
  const auto moved = appealNow(appeal.id);
  EXPECT_EQ(moved.registration_date, "2026-05-12");
  EXPECT_EQ(moved.due_date, "2026-06-03");
  const auto registered = newest(appeal.id, "register");
  EXPECT_EQ(registered.due_date, "2026-05-12");
  EXPECT_EQ(registered.status, "met");
  EXPECT_EQ(formatInstant(newest(appeal.id, "consider").start_at), "2026-05-11T19:00:00Z");
  EXPECT_EQ(eventOf(appeal.id, "term_moved").reason, "calendar_changed");
  // The same data again changes nothing.
  const auto events = eventsOf(appeal.id).size();
  ASSERT_TRUE(service_->reloadLaw(caller_).ok());
  EXPECT_EQ(eventsOf(appeal.id).size(), events);
}

// Does something when it is looked at for the n-th time.
class HookedClock final : public Clock {
 public:
  HookedClock(const Clock& clock, int look, std::function<void()> hook)
      : clock_(clock), left_(look), hook_(std::move(hook)) {}
  Instant now() const override {
    if (--left_ == 0) hook_();
    return clock_.now();
  }

 private:
  const Clock& clock_;
  mutable int left_;
  std::function<void()> hook_;
};

// A reload between the counting of an appeal's terms and its commit: the review after it may have passed by.
TEST_F(ClockReviewTest, WhatWasCountedByTheLawBeforeAReloadIsCountedAnew) {
  rules::CurrentLaw law(*rules::LawBook::load(law_));
  fridayOff();
  auto next = rules::LawBook::load(law_);
  ASSERT_TRUE(next.ok());
  int looks = 0;
  for (int look = 1; look <= 6; ++look) {  // wherever it comes
    const auto before = law.get();
    bool reloaded = false;
    const HookedClock clock(clock_, look, [&] {
      law.replace(*next);
      reloaded = true;
    });
    const Intake intake(*store_, schema(), law, limits_, clock, model::IdentityCheck::kStrict,
                        "hub");
    const auto done =
        intake.accept(documentOf(taxAppeal("a-" + std::to_string(look))), Form::kJson, caller_);
    ASSERT_TRUE(done.ok()) << done.error().text;
    if (!reloaded) break;
    EXPECT_EQ(done->appeal.due_date, "2026-04-13") << look;
    EXPECT_EQ(newest(done->appeal.id, "consider").due_date, "2026-04-13") << look;
    ++looks;
    law.replace(before);
  }
  EXPECT_GE(looks, 2);
}

TEST_F(ClockReviewTest, FinishedAppealsStayAsTheyEnded) {
  start();
  const auto appeal = submitted("a-1");
  ASSERT_TRUE(store_
                  ->write([&](store::Tx& tx) -> Status {
                    auto row = tx.appeal(appeal.id);
                    if (!row) return row.status();
                    row->state = "executed";
                    return tx.updateAppeal(*row);
                  })
                  .ok());
  fridayOff();
  ASSERT_TRUE(service_->reloadLaw(caller_).ok());
  EXPECT_EQ(appealNow(appeal.id).due_date, "2026-04-10");
  EXPECT_EQ(newest(appeal.id, "consider").due_date, "2026-04-10");
}

}  // namespace
}  // namespace hub::exchange::testing
