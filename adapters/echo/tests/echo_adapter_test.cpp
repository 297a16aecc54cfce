// The shipped file, called through the C border as the hub calls it.
#include <gtest/gtest.h>

#include "adapters/kit/testing/fake_host.h"
#include "adapters/kit/testing/loaded_adapter.h"

namespace otinish::kit::testing {
namespace {

class Echo : public ::testing::Test {
 protected:
  FakeHost host_{[](const ExchangeRequest&) { return httpAnswer(200, ""); }};
  LoadedAdapter adapter_{adapterFile("echo"), host_};
};

TEST_F(Echo, SaysWhatItIs) {
  const std::string about = adapter_.aboutJson();
  EXPECT_NE(about.find("\"name\":\"echo\""), std::string::npos);
  EXPECT_NE(about.find("\"thread_safe\":true"), std::string::npos);
  EXPECT_NE(about.find("\"status/1\""), std::string::npos);
}

TEST_F(Echo, DeliversAndReceives) {
  Configuration configuration;
  configuration.settings_json = R"({"prefix":"Ә-"})";
  ASSERT_EQ(adapter_.configure(configuration).outcome, Outcome::kDone);
  EXPECT_EQ(adapter_.probe().outcome, Outcome::kDone);
  Message message;
  message.message_id = "m-1";
  const Answer delivered = adapter_.deliver(message);
  EXPECT_EQ(delivered.outcome, Outcome::kDone);
  EXPECT_EQ(delivered.external_id, "Ә-m-1");
  EXPECT_NE(host_.logged.find("echo.delivered m-1"), std::string::npos);
  NativeRequest request;
  request.body = "қайталау";
  EXPECT_EQ(adapter_.receive(request).native_body, "қайталау");
}

TEST_F(Echo, RefusesUnknownSettings) {
  Configuration configuration;
  configuration.settings_json = R"({"prefix":"x","other":1})";
  const Answer answer = adapter_.configure(configuration);
  EXPECT_EQ(answer.outcome, Outcome::kMisconfigured);
  EXPECT_NE(answer.text.find("other"), std::string::npos);
}

// An older hub writes a shorter struct: what lies behind its `size` must not be read.
TEST_F(Echo, ReadsOnlyWhatTheCallerKnew) {
  Configuration configuration;
  ASSERT_EQ(adapter_.configure(configuration).outcome, Outcome::kDone);
  hub_message old{};
  old.size = offsetof(hub_message, message_id) + sizeof(hub_bytes);
  old.message_id = {"m-2", 3};
  old.body = {reinterpret_cast<const char*>(1), 1U << 30};
  std::string id;
  adapter_.deliverRaw(
      old,
      [](void* context, const hub_answer* answer) {
        static_cast<std::string*>(context)->assign(answer->external_id.data,
                                                   answer->external_id.size);
      },
      &id);
  EXPECT_EQ(id, "ECHO-m-2");
}

}  // namespace
}  // namespace otinish::kit::testing
