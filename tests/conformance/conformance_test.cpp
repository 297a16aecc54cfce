// The conformance suite: what every adapter must do, run over each adapter file in both hostings
// with the agency scripted behind HostServices. An adapter that passes here can be given to an
// operator.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <mutex>
#include <nlohmann/json.hpp>

#include "adapters/kit/files.h"
#include "adapters/kit/map_test.h"
#include "adapters/kit/text.h"
#include "hub/base/error_catalogue.h"
#include "hub/hosting/adapter_port.h"

namespace hub::hosting {
namespace {

using otinish::Answer;
using otinish::ExchangeRequest;
using otinish::ExchangeResponse;
using otinish::Outcome;

constexpr int kDeadlineMs = 60'000;

std::string sourcePath(const std::string& below) {
  const char* root = std::getenv("OTINISH_SOURCE_DIR");
  return std::string(root ? root : ".") + "/" + below;
}

std::string buildPath(const std::string& below) {
  const char* root = std::getenv("OTINISH_BINARY_DIR");
  return std::string(root ? root : ".") + "/" + below;
}

std::string readSource(const std::string& below) {
  std::ifstream file(sourcePath(below), std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + below);
  return {std::istreambuf_iterator<char>(file), {}};
}

ExchangeResponse http(int status, std::string body) {
  ExchangeResponse out;
  out.ok = true;
  out.status = status;
  out.body = std::move(body);
  return out;
}

ExchangeResponse failure(const char* code, bool retryable) {
  ExchangeResponse out;
  out.code = code;
  out.text = "scripted";
  out.retryable = retryable;
  return out;
}

// The agency as a function; keeps what was asked and what was logged.
class Agency final : public HostServices {
 public:
  using Script = std::function<ExchangeResponse(const ExchangeRequest&)>;
  void play(Script script) {
    const std::lock_guard lock(mutex_);
    script_ = std::move(script);
    asked_.clear();
  }
  std::vector<ExchangeRequest> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  std::string logged() const {
    const std::lock_guard lock(mutex_);
    return logged_;
  }
  ExchangeResponse exchange(const ExchangeRequest& request,
                            std::chrono::steady_clock::time_point) override {
    const std::lock_guard lock(mutex_);
    asked_.push_back(request);
    return script_ ? script_(request) : failure("transport.refused", true);
  }
  CryptoAnswer sign(std::string_view, std::string_view, std::string_view) override { return {}; }
  CryptoAnswer verify(std::string_view, std::string_view, std::string_view) override { return {}; }
  void log(int, std::string_view event, std::string_view text) override {
    const std::lock_guard lock(mutex_);
    logged_ += std::string(event) + " " + std::string(text) + "\n";
  }

 private:
  mutable std::mutex mutex_;
  Script script_;
  std::vector<ExchangeRequest> asked_;
  std::string logged_;
};

// What the suite has to know of one adapter: its configuration and a sample of its dialect.
struct Subject {
  std::string name;
  std::string mappings;  // folder of settings.yaml; "" for none
  std::string message;   // golden input for deliver
  std::string accepted;  // the agency's good answer to it
  Outcome accepted_as = Outcome::kPending;
  bool calls_out = true;
  std::string
      files_by;  // method by which it takes an attachment out of the hub's store; "" for none
};

std::string goldenOf(const Subject& s, const std::string& file) {
  return readSource(s.mappings + "/golden/" + file);
}

Subject subjectOf(const std::string& name) {
  Subject s;
  s.name = name;
  if (name == "echo") {
    s.calls_out = false;
    s.accepted_as = Outcome::kDone;
    s.message = readSource("adapters/mappings/zher/golden/request.person_kk.in.xml");
    return s;
  }
  s.mappings = name == "soap"   ? "adapters/mappings/minfin"
               : name == "rest" ? "adapters/mappings/akimat"
                                : "adapters/mappings/zher";
  s.message =
      goldenOf(s, name == "rest" ? "request.person_kk.in.json" : "request.person_kk.in.xml");
  if (name == "soap") s.accepted = goldenOf(s, "response.accepted.in.xml");
  if (name != "rest") s.files_by = name == "soap" ? "READ" : "PUT";
  if (name == "rest") s.accepted = R"({"caseId":"AK-2026-000123","status":"accepted"})";
  return s;
}

class Conformance : public ::testing::TestWithParam<std::tuple<const char*, Hosting>> {
 protected:
  void SetUp() override {
    subject_ = subjectOf(std::get<0>(GetParam()));
    std::string pattern = (std::filesystem::temp_directory_path() / "conformance_XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    start();
  }
  void TearDown() override {
    if (adapter_) adapter_->stop();
    std::filesystem::remove_all(folder_);
  }

  AdapterConfig config() const {
    AdapterConfig c;
    c.alias = subject_.name;
    c.file = buildPath("adapters/hub_adapter_" + subject_.name + ".so");
    c.hosting = std::get<1>(GetParam());
    c.runner = buildPath("bin/hub-adapter-runner");
    c.work_folder = folder_ + "/work";
    c.configuration.settings_json = "{}";
    return c;
  }

  void start() {
    AdapterConfig c = config();
    // The first start reads about; the second has the settings' files.
    if (!subject_.mappings.empty()) c.configuration = settingsOf();
    auto started = startAdapter(c, agency_, limits_);
    ASSERT_TRUE(started.ok()) << started.error().code << " " << started.error().text;
    adapter_ = std::move(*started);
  }

  otinish::Configuration settingsOf() const {
    otinish::About about;
    for (const char* name :
         {"request", "request_supplement", "request_withdrawal", "request_status", "response",
          "collect_request", "collect_response", "acknowledge", "receive", "item", "reply",
          "csv_mapping", "xml_mapping", "ack_mapping", "err_mapping", "upload_request",
          "upload_response", "download_request", "download_response"}) {
      about.settings.push_back({name, "file", false, "", "", {}, false});
    }
    return otinish::kit::readSettingsFolder(sourcePath(subject_.mappings), about);
  }

  otinish::Message message(const std::string& type = "appeal/1") const {
    otinish::Message m;
    m.message_id = "0192f1c0-0000-7000-8000-000000000001";
    m.correlation_id = "0192f1c0-0000-7000-8000-0000000000aa";
    m.type = type;
    m.form = adapter_->about().form;
    m.body = subject_.message;
    m.reg_number = "ЖТ-2026-00000001";
    return m;
  }

  Answer deliver(Agency::Script script, const std::string& type = "appeal/1") {
    agency_.play(std::move(script));
    Answer answer = adapter_->deliver(message(type), kDeadlineMs);
    checkManners(answer);
    return answer;
  }

  // As the hub does it: again at once, with the new cursor, while there is more and nothing came.
  Answer collect() {
    otinish::CollectRequest request;
    Answer answer = adapter_->collect(request, kDeadlineMs);
    for (int i = 0; i < 10 && answer.more && answer.items.empty(); ++i) {
      request.cursor = answer.cursor;
      answer = adapter_->collect(request, kDeadlineMs);
    }
    return answer;
  }

  // Every failure has a code of the catalogue and a text; neither these nor the log hold personal
  // data.
  void checkManners(const Answer& answer) const {
    const bool fine = answer.outcome == Outcome::kDone || answer.outcome == Outcome::kPending;
    if (!fine) {
      EXPECT_FALSE(answer.text.empty());
      EXPECT_TRUE(findError(answer.code) != nullptr || answer.code.starts_with("transport."))
          << answer.code;
    }
    const std::string seen = answer.code + answer.text + agency_.logged();
    for (const char* secret :
         {"850101100012", "Әбілқасымов", "Ғалымжан", "example.kz", "700 000"}) {
      EXPECT_EQ(seen.find(secret), std::string::npos) << secret;
    }
  }

  bool can(const std::string& verb) const {
    const auto verbs = adapter_->about().verbs;
    return std::find(verbs.begin(), verbs.end(), verb) != verbs.end();
  }

  Limits limits_;
  Agency agency_;
  Subject subject_;
  std::string folder_;
  std::unique_ptr<Adapter> adapter_;
};

TEST_P(Conformance, SaysWhatItIs) {
  const otinish::About about = adapter_->about();
  EXPECT_EQ(about.name, subject_.name);
  EXPECT_FALSE(about.version.empty());
  EXPECT_TRUE(about.form == "xml" || about.form == "json");
  EXPECT_FALSE(about.delivers.empty());
  EXPECT_TRUE(about.thread_safe);
  for (const auto& setting : about.settings) {
    EXPECT_FALSE(setting.meaning.empty()) << setting.name;
    EXPECT_FALSE(setting.mandatory && !setting.fallback.empty()) << setting.name;
  }
}

TEST_P(Conformance, DeliversKazakhTextWhole) {
  const Answer answer = deliver([&](const ExchangeRequest& r) {
    return http(r.method == "PUT" ? 200 : 201, subject_.accepted);
  });
  ASSERT_EQ(answer.outcome, subject_.accepted_as) << answer.code << " " << answer.text;
  if (!subject_.calls_out) return;
  const auto asked = agency_.asked();
  ASSERT_FALSE(asked.empty());
  EXPECT_NE(asked.back().body.find("Әғқңөұүһі"), std::string::npos);
}

TEST_P(Conformance, TheSameMessageAsksForTheSameThing) {
  if (!subject_.calls_out) GTEST_SKIP() << "calls nobody";
  const auto once = [&] {
    deliver([&](const ExchangeRequest&) { return http(201, subject_.accepted); });
    ExchangeRequest asked = agency_.asked().back();
    // The sending time stands in the gateway's message header; all the rest must be equal.
    const std::size_t date = asked.body.find("<messageDate>");
    if (date != std::string::npos) asked.body.erase(date, asked.body.find("</messageDate>") - date);
    return asked.path + "\n" + asked.body;
  };
  EXPECT_EQ(once(), once());
  EXPECT_NE(once().find("0192f1c0-0000-7000-8000-000000000001"), std::string::npos);
}

TEST_P(Conformance, AFailedCallIsNeverSuccess) {
  if (!subject_.calls_out) GTEST_SKIP() << "calls nobody";
  EXPECT_EQ(
      deliver([](const ExchangeRequest&) { return failure("transport.timeout", true); }).outcome,
      Outcome::kRetry);
  const Outcome refused =
      deliver([](const ExchangeRequest&) { return failure("transport.bad_path", false); }).outcome;
  EXPECT_TRUE(refused == Outcome::kFault || refused == Outcome::kMisconfigured);
}

TEST_P(Conformance, GarbageAnswersAreNeverSuccess) {
  if (subject_.accepted.empty()) GTEST_SKIP() << "reads no answer";
  for (const std::string& body :
       {std::string(), std::string("<html>"), std::string("{}"), std::string("\xFF\xFE\x00", 3),
        std::string(1000, '['),
        std::string("<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>")}) {
    const Answer answer = deliver([&](const ExchangeRequest&) { return http(200, body); });
    EXPECT_TRUE(answer.outcome != Outcome::kDone && answer.outcome != Outcome::kPending)
        << body.substr(0, 20);
    EXPECT_EQ(answer.text.find("root:"), std::string::npos);
  }
}

TEST_P(Conformance, HttpStatusesHaveTheirOutcomes) {
  if (subject_.accepted.empty()) GTEST_SKIP() << "not an HTTP adapter";
  EXPECT_EQ(deliver([](const ExchangeRequest&) { return http(503, ""); }).outcome, Outcome::kRetry);
  EXPECT_EQ(deliver([](const ExchangeRequest&) { return http(429, ""); }).outcome, Outcome::kRetry);
  EXPECT_EQ(deliver([](const ExchangeRequest&) { return http(401, ""); }).outcome,
            Outcome::kMisconfigured);
  // What no table or program lists is no word of the body on the appeal.
  EXPECT_EQ(deliver([](const ExchangeRequest&) { return http(410, ""); }).outcome, Outcome::kFault);
  EXPECT_EQ(deliver([](const ExchangeRequest&) { return http(422, ""); }).outcome,
            subject_.name == "rest" ? Outcome::kRejected : Outcome::kFault);
}

TEST_P(Conformance, UnknownMessageTypesAreUnsupported) {
  if (!subject_.calls_out) GTEST_SKIP() << "echoes everything";
  EXPECT_EQ(
      deliver([&](const ExchangeRequest&) { return http(201, subject_.accepted); }, "answer/1")
          .outcome,
      Outcome::kUnsupported);
  EXPECT_TRUE(agency_.asked().empty());
}

// What the hub tells of its own accord: that the term of an appeal has changed.
TEST_P(Conformance, AChangedTermIsToldAndNoOtherStatus) {
  const auto delivers = adapter_->about().delivers;
  EXPECT_NE(std::find(delivers.begin(), delivers.end(), "status/1"), delivers.end());
  if (!subject_.calls_out) GTEST_SKIP() << "calls nobody";
  const bool rest = subject_.name == "rest";
  const auto told = [&](const std::string& file) {
    agency_.play([&](const ExchangeRequest&) { return http(200, subject_.accepted); });
    otinish::Message m = message("status/1");
    m.body = goldenOf(subject_, file);
    m.external_id = "AK-2026-000123";
    Answer answer = adapter_->deliver(m, kDeadlineMs);
    checkManners(answer);
    return answer;
  };
  const Answer taken = told(rest ? "term.changed.in.json" : "request.term_changed.in.xml");
  EXPECT_EQ(taken.outcome, rest ? Outcome::kDone : Outcome::kPending) << taken.text;
  ASSERT_EQ(agency_.asked().size(), 1U);
  EXPECT_NE(agency_.asked()[0].body.find("2026-12-14"), std::string::npos);
  const Answer other = told(rest ? "term.other_status.in.json" : "request.other_status.in.xml");
  EXPECT_EQ(other.outcome, Outcome::kUnsupported) << "the agency has seen nothing";
  EXPECT_EQ(other.code, "adapter.unknown_code");
  EXPECT_TRUE(agency_.asked().empty());
}

TEST_P(Conformance, ABrokenDocumentIsADeadLetterBeforeAnyCall) {
  if (!subject_.calls_out) GTEST_SKIP() << "reads nothing";
  agency_.play([&](const ExchangeRequest&) { return http(201, subject_.accepted); });
  otinish::Message m = message();
  m.body = m.body.substr(0, m.body.size() / 2);
  EXPECT_EQ(adapter_->deliver(m, kDeadlineMs).outcome, Outcome::kUnsupported);
  EXPECT_TRUE(agency_.asked().empty());
}

TEST_P(Conformance, LargeMessagesPass) {
  agency_.play([&](const ExchangeRequest&) { return http(201, subject_.accepted); });
  otinish::Message m = message();
  const std::string mark = "Әғқңөұүһі";
  std::string text;
  while (text.size() < 1'500'000) text += "қала әкімдігі ";
  m.body.insert(m.body.find(mark), text);
  const Answer answer = adapter_->deliver(m, kDeadlineMs);
  EXPECT_EQ(answer.outcome, subject_.accepted_as) << answer.code << " " << answer.text;
  if (subject_.calls_out) {
    EXPECT_GT(agency_.asked().back().body.size(), 1'500'000U);
  }
}

TEST_P(Conformance, CollectFailuresAreAnswersToo) {
  if (!can("collect")) GTEST_SKIP() << "does not collect";
  agency_.play([](const ExchangeRequest&) { return failure("transport.timeout", true); });
  const Answer down = collect();
  EXPECT_EQ(down.outcome, Outcome::kRetry);
  checkManners(down);
  agency_.play([](const ExchangeRequest& r) {
    ExchangeResponse listed = http(200, "\x01garbage");
    if (r.method == "LIST" && r.path == "out") listed.files = {{"decision-1.xml", 8, 0, true}};
    return listed;
  });
  const Answer garbage = collect();
  checkManners(garbage);
  const bool quarantined = !garbage.items.empty() && !garbage.items[0].problem_code.empty() &&
                           !garbage.items[0].raw.empty();
  EXPECT_TRUE(garbage.outcome == Outcome::kFault || quarantined);
}

// Every byte there is, and more than one piece of a pipe.
std::string binaryFile() {
  std::string bytes;
  for (std::size_t i = 0; i < 300'000; ++i) bytes += static_cast<char>((i * 7 + i / 256) % 256);
  return bytes;
}

// An item that waits for its file holds up no other case, on no later page, and is not forgotten by a restart.
TEST_P(Conformance, APageWithAWaitingFileHoldsUpNoOtherPage) {
  if (subject_.name != "rest") GTEST_SKIP() << "has no pages with files beside them";
  const auto change = [&](const std::string& file, const std::string& id) {
    auto made = nlohmann::json::parse(goldenOf(subject_, file));
    made["changeId"] = id;
    made["caseId"] = "AK-" + id;
    made["externalId"] = "m-" + id;
    return made;
  };
  const auto waits = change("item.decision_application_satisfied.in.json", "1");
  const auto other = change("item.in_progress.in.json", "2");
  const auto page = [](nlohmann::json items, const char* next, bool more) {
    return http(
        200,
        nlohmann::json{{"items", std::move(items)}, {"nextCursor", next}, {"more", more}}.dump());
  };
  std::atomic<bool> down{true};
  const auto agency = [&](const ExchangeRequest& r) {
    if (r.into_attachment) {
      auto file = http(down ? 503 : 200, "");
      if (!down) file.attachment_sha256 = waits["decision"]["attachments"][0]["sha256"];
      return file;
    }
    if (r.path.find("cursor=2") != std::string::npos)
      return page(nlohmann::json::array(), "2", false);
    if (r.path.find("cursor=1") != std::string::npos) return page({other}, "2", false);
    return page({waits}, "1", true);
  };
  agency_.play(agency);
  otinish::CollectRequest request;
  std::string given;
  const auto round = [&] {
    for (int calls = 0; calls < 10; ++calls) {
      const Answer answer = adapter_->collect(request, kDeadlineMs);
      ASSERT_EQ(answer.outcome, Outcome::kDone) << answer.code << " " << answer.text;
      for (const auto& item : answer.items) given += item.item_id + item.problem_code + " ";
      request.cursor = answer.cursor;
      if (!answer.more) return;
    }
    ADD_FAILURE() << "without end";
  };
  round();
  EXPECT_EQ(given, "2 ");
  adapter_->stop();
  start();
  agency_.play(agency);
  down = false;
  round();
  EXPECT_EQ(given, "2 1 ");
}

TEST_P(Conformance, FilesOfAMessageComeOutOfTheStore) {
  if (subject_.files_by.empty()) GTEST_SKIP() << "no sample of its dialect has files";
  const std::string file = binaryFile();
  const std::string digest = otinish::kit::sha256Hex(file);
  const std::size_t state = subject_.message.find("<state>");
  ASSERT_NE(state, std::string::npos);
  subject_.message.insert(state,
                          "<attachments><id>a1</id><name>акт.pdf</name><mime>application/pdf</mime>"
                          "<size>" +
                              std::to_string(file.size()) + "</size><sha256>" + digest +
                              "</sha256></attachments>");
  const bool inside = subject_.files_by == "READ";
  const auto answer_to = [&](const ExchangeRequest& r) {
    if (r.method == "READ") return http(200, r.body_attachment == digest ? file : "");
    const bool up = inside && r.body.find("UPLOAD") != std::string::npos;
    return http(200, up ? goldenOf(subject_, "files.uploaded.in.xml") : subject_.accepted);
  };
  EXPECT_EQ(deliver(answer_to).outcome, subject_.accepted_as);
  const auto asked = agency_.asked();
  ASSERT_EQ(asked.size(), inside ? 3U : 2U);
  EXPECT_EQ(asked[0].method, subject_.files_by);
  EXPECT_EQ(asked[0].body_attachment, digest);
  EXPECT_TRUE(asked[0].body.empty());
  if (inside) {
    EXPECT_NE(asked[1].body.find(otinish::kit::toBase64(file)), std::string::npos);
  }

  // The message never goes without its file, and nobody refused it.
  const Answer lost = deliver([&](const ExchangeRequest& r) {
    return r.body_attachment.empty() ? answer_to(r) : failure("store.not_found", false);
  });
  EXPECT_TRUE(lost.outcome == Outcome::kFault || lost.outcome == Outcome::kMisconfigured);
  EXPECT_EQ(agency_.asked().size(), 1U);
}

TEST_P(Conformance, FilesInsideAnswersGoIntoTheStore) {
  if (subject_.files_by != "READ") GTEST_SKIP() << "files travel beside its messages";
  const std::string file = binaryFile();
  const std::string digest = otinish::kit::sha256Hex(file);
  std::string download = goldenOf(subject_, "files.downloaded.in.xml");
  const std::string content = "JVBERi0=";
  download.replace(download.find(content), content.size(), otinish::kit::toBase64(file));
  ExchangeResponse stored = http(200, "");
  stored.attachment_sha256 = digest;
  stored.attachment_size = static_cast<std::int64_t>(file.size());
  const auto answer_to = [&](const ExchangeRequest& r) {
    if (r.method == "KEEP") return stored;
    const bool down = r.body.find("DOWNLOAD") != std::string::npos;
    return http(200, down ? download : goldenOf(subject_, "inbound.decision_files.in.xml"));
  };
  agency_.play(answer_to);
  const Answer answer = collect();
  ASSERT_EQ(answer.items.size(), 2U) << answer.code << " " << answer.text;
  EXPECT_EQ(answer.items[0].problem_code, "adapter.attachment_mismatch") << "another was announced";
  EXPECT_EQ(answer.items[1].problem_code, "");
  EXPECT_NE(answer.items[1].body.find("<sha256>" + digest + "</sha256>"), std::string::npos);
  std::vector<std::string> kept;
  for (const auto& r : agency_.asked()) {
    if (r.method == "KEEP") kept.push_back(r.body);
  }
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_TRUE(kept[0] == file) << "not the bytes that came";
  checkManners(answer);

  // What the store does not take is never reported as taken.
  for (const bool retryable : {true, false}) {
    stored = failure(retryable ? "store.unavailable" : "transport.too_large", retryable);
    agency_.play(answer_to);
    for (const auto& item : collect().items) {
      EXPECT_NE(item.problem_code, "") << item.item_id;
      EXPECT_EQ(item.body.find(digest), std::string::npos);
    }
  }
}

// Given back what it never gave: said as a problem, with nothing native, since nobody waits for it.
TEST_P(Conformance, KeptGarbageStaysAProblem) {
  if (!can("translate")) GTEST_SKIP() << "takes no items back";
  otinish::NativeRequest kept;
  kept.method = otinish::kTranslate;
  kept.path = "status-1.csv#1@0123456789ab";
  for (const std::string& raw : {std::string("\x01 not of this dialect"), std::string()}) {
    kept.body = raw;
    const Answer answer = adapter_->receive(kept, kDeadlineMs);
    if (answer.outcome == Outcome::kDone) {
      ASSERT_EQ(answer.items.size(), 1U);
      EXPECT_NE(answer.items[0].problem_code, "");
    } else {
      EXPECT_EQ(answer.outcome, Outcome::kRejected);
    }
    EXPECT_EQ(answer.native_body + answer.native_type, "");
    checkManners(answer);
  }
}

TEST_P(Conformance, GarbagePushesAreRefusedAndKept) {
  if (!can("receive") || !subject_.calls_out) GTEST_SKIP() << "takes no pushes";
  otinish::NativeRequest push;
  push.method = "POST";
  push.body = "\x01 not of this dialect";
  const Answer answer = adapter_->receive(push, kDeadlineMs);
  EXPECT_EQ(answer.outcome, Outcome::kRejected);
  EXPECT_GE(answer.native_status, 400);
  EXPECT_FALSE(answer.native_body.empty());
  ASSERT_EQ(answer.items.size(), 1U);
  EXPECT_EQ(answer.items[0].raw, push.body);
  EXPECT_FALSE(answer.items[0].item_id.empty());
  checkManners(answer);
}

TEST_P(Conformance, WrongSettingsAreRefusedByName) {
  AdapterConfig c = config();
  c.alias = "other";
  if (!subject_.mappings.empty()) c.configuration = settingsOf();
  auto settings = nlohmann::json::parse(c.configuration.settings_json);
  settings["no_such_setting"] = "x";
  c.configuration.settings_json = settings.dump();
  const auto started = startAdapter(c, agency_, limits_);
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.error().code, "hosting.unknown_setting");
}

// A default that an operator should know of is told at the start, in both hostings.
TEST_P(Conformance, WhatIsSaidOfRightSettingsIsKept) {
  EXPECT_EQ(adapter_->status().remark, "");
  if (subject_.name != "filedrop") GTEST_SKIP() << "says nothing of its settings";
  AdapterConfig c = config();
  c.configuration = settingsOf();
  auto settings = nlohmann::json::parse(c.configuration.settings_json);
  settings.erase("order");
  c.configuration.settings_json = settings.dump();
  auto started = startAdapter(c, agency_, limits_);
  ASSERT_TRUE(started.ok()) << started.error().code << " " << started.error().text;
  EXPECT_NE((*started)->status().remark.find("order is not set and is modified"),
            std::string::npos);
  (*started)->stop();
}

TEST_P(Conformance, BrokenMappingsAreRefusedAtStart) {
  if (subject_.mappings.empty()) GTEST_SKIP() << "has no mappings";
  AdapterConfig c = config();
  c.configuration = settingsOf();
  for (auto& file : c.configuration.files) {
    if (file.name.starts_with("request.")) file.bytes = "<<< {";
  }
  const auto started = startAdapter(c, agency_, limits_);
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.error().code, "hosting.misconfigured");
  EXPECT_NE(started.error().text.find("request"), std::string::npos) << started.error().text;
}

INSTANTIATE_TEST_SUITE_P(All, Conformance,
                         ::testing::Combine(::testing::Values("echo", "soap", "rest", "filedrop"),
                                            ::testing::Values(Hosting::kInProcess,
                                                              Hosting::kChildProcess)),
                         [](const auto& one) {
                           return std::string(std::get<0>(one.param)) +
                                  (std::get<1>(one.param) == Hosting::kInProcess ? "_in_process"
                                                                                 : "_child");
                         });

}  // namespace
}  // namespace hub::hosting
