// A real server on an ephemeral loopback port over the fake service.
#pragma once

#include <gtest/gtest.h>

#include "hub/base/ids.h"
#include "hub/web/server.h"
#include "hub/web/tests/fake_service.h"
#include "hub/web/tests/published.h"
#include "hub/web/tests/raw_client.h"

namespace hub::web::testing {

inline const std::string kKey = "test-key-of-portal";
inline const std::string kAdminKey = "test-key-of-admin";
inline const std::string kBodyKey = "test-key-of-body";
inline const std::string kBoundKey = "test-key-of-bound";
inline const std::string kReaderKey = "test-key-of-reader";
inline const std::string kBothKey = "test-key-of-both";

inline std::vector<Client> testClients() {
  return {{"portal", sha256Hex(kKey), "", "", false},
          {"operator", sha256Hex(kAdminKey), "", "", true},
          {"bound", sha256Hex(kBoundKey), "", "other", false},
          {"clerk", sha256Hex(kBodyKey), "", "", false, {"registrar", "head"}, "940140000385"},
          {"reader", sha256Hex(kReaderKey), "", "", false, {}, "940140000385"},
          // Of one body's appeals those of one source system alone.
          {"both", sha256Hex(kBothKey), "", "other", false, {"registrar"}, "940140000385"}};
}

class ServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::temp_directory_path() / ("otinish-web-" + newUuid7(systemClock().now()));
    service_ = std::make_unique<FakeService>(folder_ / "attachments");
  }
  void TearDown() override {
    server_.reset();
    service_.reset();
    std::filesystem::remove_all(folder_);
  }
  void start(const Clock& clock = systemClock()) {
    options_.port = 0;
    options_.allow_plain_loopback = true;
    options_.clients = testClients();
    auto started = WebServer::start(options_, *service_, limits_, clock, sms_);
    ASSERT_TRUE(started.ok()) << started.error().text;
    server_ = std::move(started).value();
  }
  RawClient connect() { return RawClient(server_->port()); }
  static std::string head(const std::string& method, const std::string& target,
                          const std::string& headers = {}, const std::string& key = kKey) {
    return method + " " + target + " HTTP/1.1\r\nHost: hub\r\n" +
           (key.empty() ? "" : "X-API-Key: " + key + "\r\n") + headers + "\r\n";
  }
  static std::string withBody(const std::string& method, const std::string& target,
                              const std::string& type, const std::string& body,
                              const std::string& headers = {}, const std::string& key = kKey) {
    return head(method, target,
                (type.empty() ? "" : "Content-Type: " + type + "\r\n") + headers +
                    "Content-Length: " + std::to_string(body.size()) + "\r\n",
                key) +
           body;
  }
  Response ask(const std::string& bytes, bool head_only = false) {
    auto client = connect();
    client.send(bytes);
    auto response = client.receive(head_only);
    EXPECT_EQ(notPublished(bytes, response), "") << response.body;
    return response;
  }
  Response get(const std::string& target, const std::string& headers = {},
               const std::string& key = kKey) {
    return ask(head("GET", target, headers, key));
  }
  std::size_t submittedCount() {
    std::lock_guard lock(service_->mutex);
    return service_->submitted.size();
  }

  std::filesystem::path folder_;
  Limits limits_;
  WebOptions options_;
  notify::SmsDesk* sms_ = nullptr;
  std::unique_ptr<FakeService> service_;
  std::unique_ptr<WebServer> server_;
};

}  // namespace hub::web::testing
