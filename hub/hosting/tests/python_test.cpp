// An adapter in another language: adapters/python_echo under Debian's Python.
#include <gtest/gtest.h>
#include <unistd.h>

#include "hub/base/log.h"
#include "hub/base/text.h"
#include "hub/hosting/sandbox.h"
#include "hub/hosting/tests/support.h"

namespace hub::hosting {
namespace {

using otinish::Outcome;
constexpr int kLong = 30'000;

class PythonTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::access("/usr/bin/python3", X_OK), 0)
        << "needs python3, python3-thrift and python3-six";
    setLogSink([](std::string_view) {});
    config_ = configFor({}, Hosting::kChildProcess, folder_);
    config_.command = {"/usr/bin/python3", "-B", buildPath("adapters/python_echo/echo_adapter.py")};
    config_.configuration.settings_json = R"({"prefix":"ӨТ-"})";
  }
  void TearDown() override { setLogSink(nullptr); }
  std::unique_ptr<Adapter> started() {
    auto adapter = startAdapter(config_, services_, limits_);
    EXPECT_TRUE(adapter.ok()) << adapter.error().code << " " << adapter.error().text;
    return adapter.ok() ? std::move(*adapter) : nullptr;
  }
  TemporaryFolder folder_;
  FakeServices services_;
  Limits limits_;
  AdapterConfig config_;
};

TEST_F(PythonTest, ServesTheWholeContract) {
  auto adapter = started();
  ASSERT_TRUE(adapter);
  EXPECT_EQ(adapter->about().name, "python_echo");
  auto message = sampleMessage();
  const auto delivered = adapter->deliver(message, kLong);
  EXPECT_EQ(delivered.outcome, Outcome::kDone) << delivered.code << delivered.text;
  EXPECT_EQ(delivered.external_id, "ӨТ-" + message.message_id);
  auto collected = adapter->collect({"", 10, {}}, kLong);
  ASSERT_EQ(collected.items.size(), 1u);
  EXPECT_EQ(collected.items[0].body, message.body);
  collected = adapter->collect({"", 10, {{collected.items[0].item_id, true, "", "", ""}}}, kLong);
  EXPECT_TRUE(collected.items.empty());
  EXPECT_EQ(adapter->receive({}, kLong).code, "python_echo.no_door");
  EXPECT_EQ(adapter->lookUp({"case_status", "42", ""}, kLong).result_json,
            "registry,GET,case_status,42,,,");
  EXPECT_EQ(adapter->probe(kLong).result_json, "{\"time_left\": true}");
}

TEST_F(PythonTest, AnExceptionInAVerbIsAFaultAndTheProcessLivesOn) {
  auto adapter = started();
  ASSERT_TRUE(adapter);
  const int pid = adapter->status().process_id;
  services_.body_tail = "\xff";  // not UTF-8: decoding it fails inside the verb
  const auto answer = adapter->lookUp({"case_status", "42", ""}, kLong);
  EXPECT_EQ(answer.outcome, Outcome::kFault);
  EXPECT_EQ(answer.code, "hosting.exception");
  EXPECT_TRUE(answer.text.starts_with("UnicodeDecodeError in echo_adapter.py:")) << answer.text;
  EXPECT_EQ(adapter->probe(kLong).outcome, Outcome::kDone);
  EXPECT_EQ(adapter->status().process_id, pid);
}

TEST_F(PythonTest, HasNoNetwork) {
  config_.command = {"/usr/bin/python3", "-c", "import socket; socket.socket()"};
  auto adapter = startAdapter(config_, services_, limits_);
  ASSERT_FALSE(adapter.ok());
  EXPECT_EQ(adapter.error().code, "hosting.start_failed");
  EXPECT_NE(adapter.error().text.find("Operation not permitted"), std::string::npos)
      << adapter.error().text;
}

TEST_F(PythonTest, FilesOfOthersAreOutOfReach) {
  if (landlockVersion() == 0) GTEST_SKIP() << "this kernel has no Landlock";
  const auto key = folder_ / "hub.key";
  ASSERT_TRUE(writeFileAtomically(key, "the key", 0600).ok());
  config_.command = {"/usr/bin/python3", "-c", "open('" + key + "')"};
  auto adapter = startAdapter(config_, services_, limits_);
  ASSERT_FALSE(adapter.ok());
  EXPECT_NE(adapter.error().text.find("Permission denied"), std::string::npos)
      << adapter.error().text;
}

TEST_F(PythonTest, AProgramThatIsNotThereIsRefused) {
  config_.command = {"/usr/bin/no-such-program"};
  auto adapter = startAdapter(config_, services_, limits_);
  ASSERT_FALSE(adapter.ok());
  EXPECT_EQ(adapter.error().code, "hosting.file_refused");
}

}  // namespace
}  // namespace hub::hosting
