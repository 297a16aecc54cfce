// Adapters from the shelf inside this process: only those that leave it alive.
#include <gtest/gtest.h>

#include <thread>

#include "hub/hosting/start_error.h"
#include "hub/hosting/tests/support.h"

namespace hub::hosting {
namespace {

using otinish::Outcome;
constexpr int kLong = 30'000;

class InProcessTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<Adapter>> start(const std::string& name, std::string settings = "{}") {
    auto config = configFor(shelf(name), Hosting::kInProcess, folder_);
    config.configuration.settings_json = std::move(settings);
    return startAdapter(config, services_, limits_);
  }
  std::unique_ptr<Adapter> started(const std::string& name) {
    auto adapter = start(name, name == "good_c_adapter" ? R"({"prefix":"x"})" : "{}");
    EXPECT_TRUE(adapter.ok()) << adapter.error().code << " " << adapter.error().text;
    return std::move(*adapter);
  }
  void expectRefused(const std::string& name, const std::string& code) {
    auto adapter = start(name);
    ASSERT_FALSE(adapter.ok()) << name;
    EXPECT_EQ(adapter.error().code, code) << adapter.error().text;
    expectKnown(code);
  }
  TemporaryFolder folder_;
  FakeServices services_;
  Limits limits_;
};

TEST_F(InProcessTest, AWellBehavedAdapterGetsAndGivesEverything) {
  auto adapter = started("good_c_adapter");
  EXPECT_EQ(adapter->about().name, "good");
  const auto message = sampleMessage();
  const auto answer = adapter->deliver(message, kLong);
  EXPECT_EQ(answer.outcome, Outcome::kDone);
  EXPECT_EQ(answer.external_id, "test-0-" + message.message_id + "/2");
  ASSERT_EQ(answer.items.size(), 1u);
  EXPECT_EQ(answer.items[0].body, message.body);
  EXPECT_EQ(answer.items[0].reg_number, message.reg_number);

  const auto pushed = adapter->receive({"POST", "/p", {{"H", "v"}}, "body", "CN=x"}, kLong);
  EXPECT_EQ(pushed.native_status, 202);
  EXPECT_EQ(pushed.native_body + pushed.native_type + pushed.external_id + pushed.cursor,
            "bodyvCN=x/p");

  const auto collected =
      adapter->collect({"c1", 1, {{"i1", true, "c", "t", "r"}, {"i2", false, "", "", ""}}}, kLong);
  ASSERT_EQ(collected.items.size(), 1u);
  EXPECT_EQ(collected.items[0].form, "accepted");
  EXPECT_TRUE(collected.more);
}

TEST_F(InProcessTest, HostFunctionsReachTheServices) {
  auto adapter = started("good_c_adapter");
  const auto answer = adapter->lookUp({"registry", "value", "purpose"}, kLong);
  EXPECT_EQ(answer.result_json,
            "registry,POST,path,value,to,digest,into|CN=fake||purpose|listed.xml|1 201 0 0 "
            "9000000000|signed:key:profile:value|CN=signer|trust.fake||");
  EXPECT_EQ(answer.native_status, 203);
  EXPECT_EQ(adapter->probe(kLong).result_json, "{\"time_left\":true}");
  EXPECT_EQ(services_.lastLog(), "1 good.probe");
}

TEST_F(InProcessTest, AHandleKeptFromAnEarlierCallIsDead) {
  auto adapter = started("good_c_adapter");
  adapter->lookUp({"registry", "value", ""}, kLong);
  const int before = services_.exchanges;
  const auto answer = adapter->lookUp({"stale", "value", ""}, kLong);
  EXPECT_EQ(services_.exchanges, before);
  EXPECT_NE(answer.result_json.find("hosting.no_call"), std::string::npos);
  expectKnown("hosting.no_call");
}

TEST_F(InProcessTest, AFailureInsideTheHubIsAnAnswerNotAnException) {
  auto adapter = started("good_c_adapter");
  services_.throws = true;
  const auto answer = adapter->lookUp({"registry", "value", ""}, kLong);
  EXPECT_NE(answer.result_json.find("hosting.host_failed"), std::string::npos);
  EXPECT_NE(answer.result_json.find("0 0 1 1"), std::string::npos);  // retryable, maybe delivered
}

TEST_F(InProcessTest, BadManners) {
  const std::pair<const char*, const char*> cases[] = {
      {"bad_throws", "hosting.exception"},
      {"bad_unknown_outcome", "hosting.unknown_outcome"},
      {"bad_answers_twice", "hosting.bad_answer"},
      {"bad_floods_answer", "hosting.answer_too_large"}};
  for (const auto& [name, code] : cases) {
    auto adapter = started(name);
    const auto answer = adapter->deliver(sampleMessage(), kLong);
    EXPECT_EQ(answer.outcome, Outcome::kFault) << name;
    EXPECT_EQ(answer.code, code) << name;
    expectKnown(code);
    EXPECT_EQ(adapter->status().last_problem, code);
    EXPECT_EQ(adapter->status().state, InstanceState::kReady);
  }
}

TEST_F(InProcessTest, AnAnswerThatNeverComesAndThrownNumbers) {
  EXPECT_EQ(started("bad_answers_twice")->probe(kLong).code, "hosting.bad_answer");
  EXPECT_EQ(started("bad_throws")->probe(kLong).code, "hosting.exception");
}

TEST_F(InProcessTest, AnEndlessListIsNotFollowed) {
  auto adapter = started("bad_floods_answer");
  auto message = sampleMessage();
  message.message_id = "list";
  EXPECT_EQ(adapter->deliver(message, kLong).code, "hosting.answer_too_large");
}

TEST_F(InProcessTest, AnAbsentVerbIsUnsupported) {
  const auto answer = started("bad_unknown_outcome")->collect({}, kLong);
  EXPECT_EQ(answer.outcome, Outcome::kUnsupported);
  EXPECT_EQ(answer.code, "hosting.unsupported");
}

TEST_F(InProcessTest, WaitingForTheAdapterTakesNothingFromTheCall) {
  HoldingServices services;
  auto config = configFor(shelf("good_c_adapter"), Hosting::kInProcess, folder_);
  config.configuration.settings_json = R"({"prefix":"x"})";
  auto adapter = startAdapter(config, services, limits_);
  ASSERT_TRUE(adapter.ok());
  expectWaitingTakesNothing(**adapter, services);
}

TEST_F(InProcessTest, ACallThatWasOvertakenWhileItWaitedDoesNotBegin) {
  HoldingServices services;
  auto config = configFor(shelf("good_c_adapter"), Hosting::kInProcess, folder_);
  config.configuration.settings_json = R"({"prefix":"x"})";
  auto adapter = startAdapter(config, services, limits_);
  ASSERT_TRUE(adapter.ok());
  expectOvertakenCallsDoNotBegin(**adapter, services);
}

TEST_F(InProcessTest, FilesThatAreNoAdaptersAreRefused) {
  expectRefused("bad_abi_two", "hosting.abi");
  expectRefused("bad_no_abi", "hosting.abi");
  expectRefused("bad_borrowed_entry", "hosting.abi");
  expectRefused("bad_missing_entry", "hosting.missing_entry");
  expectRefused("no_such_adapter", "hosting.file_refused");
}

TEST_F(InProcessTest, SettingsAreCheckedBeforeConfigure) {
  EXPECT_EQ(start("good_c_adapter", "{}").error().code, "hosting.missing_setting");
  EXPECT_EQ(start("good_c_adapter", R"({"prefix":"x","colour":1})").error().code,
            "hosting.unknown_setting");
  EXPECT_EQ(start("good_c_adapter", R"({"prefix":"refuse"})").error().code,
            "hosting.misconfigured");
  auto config = configFor(shelf("good_c_adapter"), Hosting::kInProcess, folder_);
  config.configuration.settings_json = R"({"prefix":"x","colour":1})";
  config.settings_at = {{"prefix", "a.yaml:3"}, {"colour", "a.yaml:7"}};
  const auto refused = startAdapter(config, services_, limits_);
  ASSERT_FALSE(refused.ok());
  EXPECT_TRUE(refused.error().text.starts_with("a.yaml:7: agency ")) << refused.error().text;
}

TEST(ConfigureError, NamesTheSettingThatTheAnswerNames) {
  otinish::Answer answer;
  answer.outcome = Outcome::kMisconfigured;
  answer.code = "adapter.bad_setting";
  answer.text = "setting statuses.409: 'REJECTD' is not one of its choices: DONE, RETRY";
  EXPECT_EQ(configureError(answer).error().field, "/settings/statuses.409");
  answer.text = "something else: is wrong";
  EXPECT_EQ(configureError(answer).error().field, "");
}

TEST_F(InProcessTest, StoppedMeansStopped) {
  auto adapter = started("good_c_adapter");
  adapter->stop();
  adapter->stop();
  EXPECT_EQ(adapter->status().state, InstanceState::kOff);
  const auto answer = adapter->deliver(sampleMessage(), kLong);
  EXPECT_EQ(answer.outcome, Outcome::kRetry);
  EXPECT_EQ(answer.code, "hosting.stopped");
}

TEST_F(InProcessTest, ManyThreadsMayCallAtOnce) {
  auto adapter = started("good_c_adapter");
  std::vector<std::thread> threads;
  std::atomic<int> done{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        if (adapter->deliver(sampleMessage(), kLong).outcome == Outcome::kDone) ++done;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(done, 800);
}

}  // namespace
}  // namespace hub::hosting
