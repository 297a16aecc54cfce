// Shared by the exchange tests: a hub without doors over the real store, law book and schema in a
// temporary folder, a clock set by hand, and an agency whose adapter answers as the test says.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "hub/exchange/dispatcher.h"
#include "hub/exchange/intake.h"
#include "hub/model/codec.h"
#include "hub/store/sqlite_store.h"

namespace hub::exchange::testing {

using otinish::Answer;
using otinish::Outcome;

class TempFolder {
 public:
  TempFolder() {
    auto name = (std::filesystem::temp_directory_path() / "otinish-exchange-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

// Fails commits that add to the journal while `broken`.
class Sealer final : public store::Sealer {
 public:
  Result<std::string> seal(const store::TreeHead&) override {
    if (!broken) return std::string("sealed");
    {
      std::lock_guard lock(mutex_);
      ++refusals_;
    }
    changed_.notify_all();
    return Status::failure("store.unavailable", "the key is away");
  }
  bool waitRefused(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(60), [&] { return refusals_ >= count; });
  }
  std::atomic<bool> broken{false};

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int refusals_ = 0;
};

// Opens once; whoever waits goes on.
class Gate {
 public:
  void open() {
    {
      std::lock_guard lock(mutex_);
      open_ = true;
    }
    changed_.notify_all();
  }
  bool wait() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(60), [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

inline Answer answerOf(Outcome outcome, const std::string& code = {}) {
  Answer answer;
  answer.outcome = outcome;
  answer.code = code;
  if (!code.empty()) answer.text = "as the test says";
  return answer;
}

// What the adapter does, and what it was asked. Threads: any.
class Script {
 public:
  std::function<Answer(const otinish::Message&)> on_deliver = [](const otinish::Message&) {
    return answerOf(Outcome::kDone);
  };
  std::function<Answer(const otinish::CollectRequest&)> on_collect =
      [](const otinish::CollectRequest& request) {
        auto answer = answerOf(Outcome::kDone);
        answer.cursor = request.cursor;
        return answer;
      };
  std::function<Answer(const otinish::NativeRequest&)> on_receive =
      [](const otinish::NativeRequest&) { return answerOf(Outcome::kDone); };
  std::function<void()> before;  // each deliver and collect
  std::string name = "scripted";
  std::string form = "xml";
  std::vector<std::string> delivers = {"appeal/1", "supplement/1", "withdrawal/1", "status/1"};
  std::vector<otinish::Setting> settings;
  bool collects = true;
  std::string remark;  // of its settings
  bool translates = false;

  Answer deliver(const otinish::Message& message) {
    {
      std::lock_guard lock(mutex_);
      delivered_.push_back(message);
    }
    changed_.notify_all();
    if (before) before();
    return on_deliver(message);
  }
  Answer collect(const otinish::CollectRequest& request) {
    {
      std::lock_guard lock(mutex_);
      collected_.push_back(request);
    }
    changed_.notify_all();
    if (before) before();
    return on_collect(request);
  }
  // Until so many deliveries have begun.
  bool waitDelivered(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(60),
                             [&] { return delivered_.size() >= count; });
  }
  bool waitCollected(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(60),
                             [&] { return collected_.size() >= count; });
  }
  std::vector<otinish::Message> delivered() {
    std::lock_guard lock(mutex_);
    return delivered_;
  }
  std::vector<otinish::CollectRequest> collected() {
    std::lock_guard lock(mutex_);
    return collected_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<otinish::Message> delivered_;
  std::vector<otinish::CollectRequest> collected_;
};

class ScriptedAdapter final : public hosting::Adapter {
 public:
  explicit ScriptedAdapter(std::shared_ptr<Script> script) : script_(std::move(script)) {}
  otinish::About about() const override {
    otinish::About about;
    about.name = script_->name;
    about.version = "1.0.0";
    about.form = script_->form;
    about.verbs = {"deliver", "receive"};
    about.delivers = script_->delivers;
    about.settings = script_->settings;
    if (script_->collects) about.verbs.push_back("collect");
    if (script_->translates) about.verbs.push_back("translate");
    return about;
  }
  Answer probe(int) override { return answerOf(Outcome::kDone); }
  Answer deliver(const otinish::Message& message, int) override {
    return script_->deliver(message);
  }
  Answer collect(const otinish::CollectRequest& request, int) override {
    return script_->collect(request);
  }
  Answer receive(const otinish::NativeRequest& request, int) override {
    return script_->on_receive(request);
  }
  Answer lookUp(const otinish::LookUpQuery&, int) override {
    return answerOf(Outcome::kUnsupported, "scripted.no_look_up");
  }
  hosting::InstanceStatus status() const override {
    hosting::InstanceStatus status;
    status.remark = script_->remark;
    return status;
  }
  void stop() override {}

 private:
  std::shared_ptr<Script> script_;
};

inline AgencyConfig scriptedAgency(const std::string& alias, std::shared_ptr<Script> script) {
  AgencyConfig config;
  config.adapter.alias = alias;
  config.concurrency = 2;
  config.push_allowed = true;
  config.start = [script](const hosting::AdapterConfig&, hosting::HostServices&,
                          const Limits&) -> Result<std::unique_ptr<hosting::Adapter>> {
    return std::unique_ptr<hosting::Adapter>(std::make_unique<ScriptedAdapter>(script));
  };
  return config;
}

inline std::string sourceFile(const std::string& name) {
  const char* root = ::getenv("OTINISH_SOURCE_DIR");
  return std::string(root ? root : ".") + "/" + name;
}
inline const std::shared_ptr<const rules::LawBook>& lawBook();
inline const rules::CurrentLaw& currentLaw() {
  static const rules::CurrentLaw law(lawBook());
  return law;
}
inline const std::shared_ptr<const rules::LawBook>& lawBook() {
  static const auto kBook = [] {
    auto book = rules::LawBook::load(sourceFile("config/law"));
    if (!book) std::abort();
    return *book;
  }();
  return kBook;
}
inline const model::XsdValidator& schema() {
  static const auto kSchema = [] {
    auto loaded = model::XsdValidator::load(sourceFile("contracts/appeal/appeal.xsd"));
    if (!loaded) std::abort();
    return std::move(*loaded);
  }();
  return *kSchema;
}

inline Instant instant(const std::string& text) { return *parseInstant(text); }

constexpr const char* kAkimatBin = "940140000385";
constexpr const char* kMinfinBin = "990140900507";
constexpr const char* kUnknownBin = "990150999910";

// An electronic application about taxes by one (fictitious) person, to a body nobody knows: so the
// topic decides.
inline model::Appeal taxAppeal(const std::string& source_id) {
  model::Appeal appeal;
  appeal.source_system = "egov";
  appeal.source_id = source_id;
  appeal.kind = "application";
  appeal.form = "electronic";
  appeal.channel = "portal";
  appeal.character = "individual";
  appeal.language = "ru";
  model::Party person;
  person.type = "person";
  person.iin = "850101100012";
  person.names = model::Names{"Үлгібаев", "Әбілқайыр", "Өтегенұлы", {}};
  person.postal_address = "Астана қ., Үлгі көшесі, 1-үй";
  person.actual_address = person.postal_address;
  appeal.applicant.push_back(person);
  appeal.addressee_body.bin = kUnknownBin;
  appeal.subject_text = "Прошу пересчитать налог.";
  model::Topic topic;
  topic.section = "tax";
  topic.by = "person";
  topic.primary = true;
  appeal.topic.push_back(topic);
  appeal.confidentiality = "applicant";
  appeal.contacts_confirmed = true;
  appeal.answer_channel = {"cabinet"};
  return appeal;
}

// The same person's complaint about an "act", an "action" or an "inaction".
inline model::Appeal complaintAbout(const std::string& what, const std::string& source_id) {
  auto complaint = taxAppeal(source_id);
  complaint.kind = "complaint";
  complaint.contested = model::Contested{};
  complaint.contested->act_or_action = what;
  return complaint;
}

inline std::string documentOf(const model::Appeal& appeal) {
  model::Message message;
  message.payload = appeal;
  return model::encodePayloadJson(message);
}

// A decision an agency may send about the appeal, signed by its own hand.
inline otinish::Inbound decisionItem(const std::string& item_id, const std::string& hub_id,
                                     const std::string& outcome = "act_favourable") {
  model::Message message;
  auto& decision = message.payload.emplace<model::Decision>();
  decision.official = "Начальник управления";
  decision.outcome = outcome;
  decision.text = "Перерасчёт выполнен.";
  decision.language = "ru";
  model::Signature signature;
  signature.format = "cms";
  signature.signer_bin = kMinfinBin;
  decision.signatures.push_back(signature);
  otinish::Inbound item;
  item.item_id = item_id;
  item.type = "decision/1";
  item.form = "xml";
  item.correlation_id = hub_id;
  item.body = model::encodePayloadXml(message);
  return item;
}

class World : public ::testing::Test {
 protected:
  // A clock that goes on as the hub's does, and is not set back or forth with it by itself.
  std::chrono::steady_clock::time_point steady() const {
    return std::chrono::steady_clock::time_point(clock_.now().time_since_epoch() - clock_set_by_);
  }
  // Sets the hub's clock, while no time passes.
  void setClock(std::chrono::microseconds by) {
    clock_.advance(by);
    clock_set_by_ += by;
  }
  void openStore() {
    store_options_.path = folder_.file("hub.db");
    store_options_.clock = &clock_;
    auto opened = store::openSqlite(store_options_, limits_, &sealer_);
    ASSERT_TRUE(opened.ok()) << opened.error().text;
    store_ = std::move(*opened);
    intake_ = std::make_unique<Intake>(*store_, schema(), currentLaw(), limits_, clock_,
                                       model::IdentityCheck::kStrict, "hub");
  }
  void SetUp() override { openStore(); }

  Result<Intake::Accepted> accept(const model::Appeal& appeal) {
    return intake_->accept(documentOf(appeal), Form::kJson, caller_);
  }
  store::AppealRow taken(const model::Appeal& appeal) {
    auto result = accept(appeal);
    EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().code + result.error().field);
    return result.ok() ? result->appeal : store::AppealRow{};
  }
  store::AppealRow accepted(const std::string& source_id) { return taken(taxAppeal(source_id)); }
  store::AppealRow appealNow(store::RowId id) { return *store_->appeal(id); }
  std::vector<store::EventRow> eventsOf(store::RowId appeal) {
    auto rows = store_->events(appeal);
    return rows.ok() ? std::move(rows).value() : std::vector<store::EventRow>{};
  }
  std::vector<store::ClockRow> clocksOf(store::RowId appeal) {
    auto rows = store_->clocks(appeal);
    return rows.ok() ? std::move(rows).value() : std::vector<store::ClockRow>{};
  }
  std::vector<std::string> eventTypes(store::RowId appeal) {
    std::vector<std::string> types;
    for (const auto& event : eventsOf(appeal)) types.push_back(event.type);
    return types;
  }
  store::EventRow eventOf(store::RowId appeal, const std::string& type) {
    for (const auto& event : eventsOf(appeal)) {
      if (event.type == type) return event;
    }
    ADD_FAILURE() << "no event " << type;
    return {};
  }
  bool hasEvent(store::RowId appeal, const std::string& type) {
    auto types = eventTypes(appeal);
    return std::find(types.begin(), types.end(), type) != types.end();
  }
  bool hasClock(store::RowId appeal, const std::string& name) {
    const auto clocks = clocksOf(appeal);
    return std::any_of(clocks.begin(), clocks.end(),
                       [&](const auto& clock) { return clock.name == name; });
  }
  store::ClockRow clockOf(store::RowId appeal, const std::string& name) {
    store::ClockRow found;
    for (const auto& clock : clocksOf(appeal)) {
      if (clock.name == name) found = clock;
    }
    EXPECT_EQ(found.name, name) << "no such clock";
    return found;
  }
  store::OutboxRow outboxOf(store::RowId appeal) {
    auto rows = store_->outboxOf(appeal);
    bool found = rows.ok() && !rows->empty();
    EXPECT_TRUE(found) << "no delivery";
    return found ? rows->front() : store::OutboxRow{};
  }

  TempFolder folder_;
  Sealer sealer_;
  ManualClock clock_{instant("2026-03-17T05:00:00Z")};
  std::chrono::microseconds clock_set_by_{0};
  Limits limits_;
  Caller caller_{"portal", "", false};
  store::SqliteOptions store_options_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<Intake> intake_;
};

}  // namespace hub::exchange::testing
