// A late day off moves the term of an answer: whoever wrote learns the new date, in one SMS.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "hub/exchange/hub_service.h"
#include "hub/exchange/tests/world.h"
#include "hub/notify/sms_notifier.h"
#include "hub/notify/tests/fake_gateway.h"

namespace hub::notify::testing {
namespace {

using exchange::testing::sourceFile;

class ReloadTest : public exchange::testing::World {
 protected:
  void SetUp() override {
    World::SetUp();
    law_ = folder_.file("law");
    std::filesystem::copy(sourceFile("config/law"), law_, std::filesystem::copy_options::recursive);
    script_->collects = false;
    exchange::ServiceOptions options;
    options.schema_file = sourceFile("contracts/appeal/appeal.xsd");
    options.law_folder = law_;
    options.limits = limits_;
    options.agencies = {exchange::testing::scriptedAgency("minfin", script_)};
    auto book = rules::LawBook::load(law_);
    ASSERT_TRUE(book.ok()) << book.error().text;
    auto started =
        exchange::HubService::start(options, *store_, *keys_, *attachments_, *book, clock_);
    ASSERT_TRUE(started.ok()) << started.error().text;
    service_ = std::move(*started);
    auto texts =
        SmsTexts::load(sourceFile("config/sms.yaml"), [](std::string_view) { return true; });
    ASSERT_TRUE(texts.ok()) << texts.error().text;
    notifier_ = std::make_unique<SmsNotifier>(
        SmsOptions(), std::move(*texts), std::make_unique<FakeEndpoint>(gateway_),
        SmsNotifier::World{*store_, clock_, limits_,
                           [](const std::string&) { return rules::LocalText(); }});
    told();
  }
  void TearDown() override { service_->stop(); }
  void told() {
    auto done = notifier_->step();
    ASSERT_TRUE(done.ok()) << done.error().text;
  }
  void edit(const std::string& from, const std::string& to) const {
    const std::string file = law_ + "/calendar/2026.yaml";
    std::ifstream in(file);
    std::string text((std::istreambuf_iterator<char>(in)), {});
    const auto at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    std::ofstream(file) << text.replace(at, from.size(), to);
  }

  std::string law_;
  std::unique_ptr<trust::Keyring> keys_ = trust::makeKeyring();
  std::unique_ptr<transport::AttachmentStore> attachments_ =
      transport::openAttachmentFolder(folder_.file("attachments"), limits_);
  std::shared_ptr<exchange::testing::Script> script_ =
      std::make_shared<exchange::testing::Script>();
  std::unique_ptr<exchange::HubService> service_;
  FakeGateway gateway_;
  std::unique_ptr<SmsNotifier> notifier_;
};

TEST_F(ReloadTest, ANewCalendarIsToldOnceWithTheNewDate) {
  auto appeal = exchange::testing::taxAppeal("a-1");
  appeal.language = "kk";
  appeal.applicant.front().phone = {"87011234567"};
  ASSERT_TRUE(
      service_->submit(exchange::testing::documentOf(appeal), exchange::Form::kJson, caller_).ok());
  told();
  gateway_.sent.clear();
  edit("version: \"2026.1\"", "version: \"2026.2\"");
  edit("  2026-05-01:", "  2026-04-03: observed\n  2026-05-01:");
  auto reloaded = service_->reloadLaw(caller_);
  ASSERT_TRUE(reloaded.ok()) << reloaded.error().text;
  ASSERT_EQ(reloaded->moved, 1);
  told();
  told();
  EXPECT_EQ(gateway_.texts(), std::vector<std::string>{
                                  "ЖТ-2026-00000001: күнтізбе өзгерді, мерзімі 13.04.2026 дейін."});
  ASSERT_TRUE(service_->reloadLaw(caller_).ok()) << "nothing moves";
  told();
  EXPECT_EQ(gateway_.sent.size(), 1U);
}

// He was told until when to object, APPC 73(3): that day moves, too. What nobody told him of moves in silence.
TEST_F(ReloadTest, AMovedTimeToObjectIsTold) {
  auto appeal = exchange::testing::taxAppeal("a-2");
  appeal.language = "kk";
  appeal.applicant.front().phone = {"87011234567"};
  ASSERT_TRUE(
      service_->submit(exchange::testing::documentOf(appeal), exchange::Form::kJson, caller_).ok());
  exchange::Caller desk{"desk", "", true, {"executor", "head"}, {}};
  const auto act = [&](const char* action, const char* role) {
    exchange::ActionOrder order;
    order.action = action;
    order.role = role;
    order.executor = "mf-01";
    order.reason = "Отказ в перерасчёте";
    auto done = service_->act("ЖТ-2026-00000001", order, desk);
    ASSERT_TRUE(done.ok()) << done.error().text;
  };
  act("assign", "head");
  act("start_work", "executor");
  act("hearing_notify", "head");
  told();
  ASSERT_EQ(gateway_.texts().back(),
            "ЖТ-2026-00000001: алдын ала шешім. Қарсылық 19.03.2026 дейін.");
  gateway_.sent.clear();
  edit("version: \"2026.1\"", "version: \"2026.2\"");
  edit("  2026-05-01:", "  2026-03-19: observed\n  2026-05-01:");
  ASSERT_TRUE(service_->reloadLaw(caller_).ok());
  told();
  told();
  EXPECT_EQ(
      gateway_.texts(),
      (std::vector<std::string>{"ЖТ-2026-00000001: күнтізбе өзгерді, мерзімі 13.04.2026 дейін.",
                                "ЖТ-2026-00000001: күнтізбе өзгерді, қарсылық 20.03.2026 дейін."}));
  const auto types = eventTypes(appealNow(1).id);
  EXPECT_GE(std::count(types.begin(), types.end(), "clock_moved"), 1);
}

// He was told until when to mend his appeal, APPC 64(6): a day that is not worked any more moves.
TEST_F(ReloadTest, AMovedDayToMendIsTold) {
  auto appeal = exchange::testing::taxAppeal("a-3");
  appeal.language = "ru";
  appeal.applicant.front().phone = {"87011234567"};
  ASSERT_TRUE(
      service_->submit(exchange::testing::documentOf(appeal), exchange::Form::kJson, caller_).ok());
  exchange::Caller desk{"desk", "", true, {"registrar", "executor", "head"}, {}};
  exchange::ActionOrder order;
  order.action = "notify_defects";
  order.role = "registrar";
  order.reason = "Нет документа о праве";
  order.day = "2026-03-26";
  auto done = service_->act("ЖТ-2026-00000001", order, desk);
  ASSERT_TRUE(done.ok()) << done.error().text;
  told();
  ASSERT_EQ(gateway_.texts().back(), "ЖТ-2026-00000001: дополните обращение до 26.03.2026.");
  gateway_.sent.clear();
  edit("version: \"2026.1\"", "version: \"2026.2\"");
  edit("  2026-05-01:", "  2026-03-26: observed\n  2026-05-01:");
  ASSERT_TRUE(service_->reloadLaw(caller_).ok());
  told();
  told();
  const auto texts = gateway_.texts();
  EXPECT_EQ(std::count(texts.begin(), texts.end(),
                       "ЖТ-2026-00000001: календарь изменён, дополните до 27.03.2026."),
            1)
      << ::testing::PrintToString(texts);
}

}  // namespace
}  // namespace hub::notify::testing
