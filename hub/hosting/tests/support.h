// Common to the tests of this room: fake host services, paths, a temporary folder.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <mutex>
#include <string>

#include "hub/base/error_catalogue.h"
#include "hub/hosting/adapter_port.h"

namespace hub::hosting {

inline std::string buildPath(const std::string& below) {
  const char* root = std::getenv("OTINISH_BINARY_DIR");
  return std::string(root != nullptr ? root : ".") + "/" + below;
}
inline std::string sourcePath(const std::string& below) {
  const char* root = std::getenv("OTINISH_SOURCE_DIR");
  return std::string(root != nullptr ? root : ".") + "/" + below;
}
inline std::string shelf(const std::string& name) {
  return buildPath("tests/adapters/" + name + ".so");
}

class TemporaryFolder {
 public:
  TemporaryFolder() {
    const char* root = std::getenv("TMPDIR");
    std::string pattern = std::string(root != nullptr ? root : "/tmp") + "/otinish-hosting-XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// Answers every request with what it was asked, so that a test sees every field arrive.
class FakeServices final : public HostServices {
 public:
  otinish::ExchangeResponse exchange(const otinish::ExchangeRequest& request,
                                     std::chrono::steady_clock::time_point) override {
    if (throws) throw std::runtime_error("fake failure");
    ++exchanges;
    otinish::ExchangeResponse response;
    response.ok = true;
    response.status = 201;
    response.body = request.endpoint + "," + request.method + "," + request.path + "," +
                    request.body + "," + request.to_path + "," + request.body_attachment + "," +
                    (request.into_attachment ? "into" : "") + body_tail;
    response.headers = request.headers;
    response.signer = "CN=fake";
    response.files.assign(listed, {"listed.xml", 7, 8, true});
    response.attachment_size = 9'000'000'000;
    return response;
  }
  CryptoAnswer sign(std::string_view key, std::string_view profile,
                    std::string_view bytes) override {
    return {true,
            "signed:" + std::string(key) + ":" + std::string(profile) + ":" + std::string(bytes),
            "CN=signer",
            {},
            {}};
  }
  CryptoAnswer verify(std::string_view, std::string_view, std::string_view) override {
    return {false, {}, {}, "trust.fake", "refused"};
  }
  void log(int level, std::string_view event, std::string_view) override {
    const std::lock_guard lock(mutex);
    last_log = std::to_string(level) + " " + std::string(event);
  }
  std::string lastLog() {
    const std::lock_guard lock(mutex);
    return last_log;
  }

  std::atomic<int> exchanges{0};
  std::atomic<bool> throws{false};
  std::string body_tail;   // set before calls
  std::size_t listed = 1;  // the same
  std::mutex mutex;
  std::string last_log;
};

// Of an agency that never answers: each exchange lasts as long as it may.
class SilentServices final : public HostServices {
 public:
  otinish::ExchangeResponse exchange(const otinish::ExchangeRequest&,
                                     std::chrono::steady_clock::time_point deadline) override {
    std::unique_lock lock(mutex_);
    never_.wait_until(lock, deadline, [] { return false; });
    otinish::ExchangeResponse response;
    response.code = "transport.timeout";
    response.retryable = true;
    return response;
  }
  CryptoAnswer sign(std::string_view, std::string_view, std::string_view) override { return {}; }
  CryptoAnswer verify(std::string_view, std::string_view, std::string_view) override { return {}; }
  void log(int, std::string_view, std::string_view) override {}

 private:
  std::mutex mutex_;
  std::condition_variable never_;
};

// Holds the first exchange until it is released, and keeps the deadline of each.
class HoldingServices final : public HostServices {
 public:
  using Clock = std::chrono::steady_clock;
  otinish::ExchangeResponse exchange(const otinish::ExchangeRequest&,
                                     Clock::time_point deadline) override {
    std::unique_lock lock(mutex_);
    deadlines_.push_back(deadline);
    changed_.notify_all();
    changed_.wait(lock, [&] { return released_; });
    otinish::ExchangeResponse response;
    response.ok = true;
    return response;
  }
  CryptoAnswer sign(std::string_view, std::string_view, std::string_view) override { return {}; }
  CryptoAnswer verify(std::string_view, std::string_view, std::string_view) override { return {}; }
  void log(int, std::string_view, std::string_view) override {}
  void waitForExchange() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !deadlines_.empty(); });
  }
  Clock::time_point release() {
    const std::lock_guard lock(mutex_);
    released_ = true;
    changed_.notify_all();
    return Clock::now();
  }
  bool isStillWanted() override {
    ++asked;
    return wanted;
  }
  int exchanges() {
    const std::lock_guard lock(mutex_);
    return static_cast<int>(deadlines_.size());
  }
  std::atomic<bool> wanted{true};
  std::atomic<int> asked{0};

  Clock::time_point lastDeadline() {
    const std::lock_guard lock(mutex_);
    return deadlines_.back();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Clock::time_point> deadlines_;
  bool released_ = false;
};

// A caller that had to wait for a free adapter has as long a call as one that had not.
inline void expectWaitingTakesNothing(Adapter& adapter, HoldingServices& services) {
  const auto ask = [&](std::promise<void>* asking, int deadline_ms) {
    if (asking != nullptr) asking->set_value();
    return adapter.lookUp({"registry", "value", ""}, deadline_ms);
  };
  auto first = std::async(std::launch::async, ask, nullptr, 30'000);
  services.waitForExchange();
  std::promise<void> asking;
  auto second = std::async(std::launch::async, ask, &asking, 20'000);
  asking.get_future().wait();
  // The longer the wait, the surer a call that it shortens is found out.
  EXPECT_EQ(second.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout);
  const auto free_at = services.release();
  EXPECT_EQ(first.get().outcome, otinish::Outcome::kDone);
  EXPECT_EQ(second.get().outcome, otinish::Outcome::kDone);
  // An exchange leaves the adapter a tenth of it, and at most two seconds, to answer in.
  EXPECT_GE(services.lastDeadline(), free_at + std::chrono::milliseconds(18'000));
}

// What it was made for may be over by the time that an adapter is free.
inline void expectOvertakenCallsDoNotBegin(Adapter& adapter, HoldingServices& services) {
  const auto ask = [&](std::promise<void>* asking) {
    if (asking != nullptr) asking->set_value();
    return adapter.lookUp({"registry", "value", ""}, 30'000);
  };
  services.wanted = false;
  auto first = std::async(std::launch::async, ask, nullptr);
  services.waitForExchange();
  std::promise<void> asking;
  auto second = std::async(std::launch::async, ask, &asking);
  asking.get_future().wait();
  EXPECT_EQ(second.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout);
  services.release();
  EXPECT_EQ(first.get().outcome, otinish::Outcome::kDone) << "it had not to wait";
  const auto overtaken = second.get();
  EXPECT_EQ(overtaken.outcome, otinish::Outcome::kRetry);
  EXPECT_EQ(overtaken.code, "hosting.overtaken");
  EXPECT_EQ(services.asked, 1);
  EXPECT_EQ(services.exchanges(), 1);
  EXPECT_EQ(ask(nullptr).outcome, otinish::Outcome::kDone) << "the adapter is free again";
}

inline AdapterConfig configFor(const std::string& file, Hosting hosting,
                               const TemporaryFolder& folder) {
  AdapterConfig config;
  config.alias = "test";
  config.file = file;
  config.hosting = hosting;
  config.runner = buildPath("bin/hub-adapter-runner");
  config.work_folder = folder / "work";
  config.configuration.destination = "test";
  config.configuration.settings_json = "{}";
  return config;
}

inline otinish::Message sampleMessage() {
  otinish::Message message;
  message.message_id = "0196f0c0-0000-7000-8000-000000000001";
  message.correlation_id = "correlation";
  message.type = "appeal/1";
  message.form = "json";
  message.body = std::string("{\"subject\":\"Өтініш қабылданды\"}") + '\0' + "tail";
  message.external_id = "external";
  message.reg_number = "ЖТ-1";
  message.attempt = 2;
  message.last_code = "adapter.http_status";
  return message;
}

// Every code that leaves the room is in the catalogue.
inline void expectKnown(const std::string& code) { EXPECT_NE(findError(code), nullptr) << code; }

}  // namespace hub::hosting
