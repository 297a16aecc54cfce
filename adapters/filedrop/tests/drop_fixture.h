// The filedrop adapter with the land committee's mapping folder over a folder in memory, and a hub
// that commits what it is given.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "adapters/filedrop/filedrop_adapter.h"
#include "adapters/kit/testing/fake_host.h"

namespace otinish::filedrop_test {

inline constexpr const char* kHeader = "seq;case_no;our_ref;status;changed_at;until;note\r\n";

inline std::string row(int seq, const std::string& status, const std::string& until = "") {
  return std::to_string(seq) + ";ZHK-1;m-1;" + status + ";2026-11-24T10:00:00+05:00;" + until +
         ";ескерту\r\n";
}

// Of a hub that has made itself a name and has nothing open.
inline constexpr const char* kIdle = R"({"files":{},"node":"n"})";

inline CollectRequest fresh() {
  CollectRequest request;
  request.cursor = kIdle;
  return request;
}

class Filedrop : public ::testing::Test {
 protected:
  void SetUp() override {
    pass(0);
    configure({});
  }

  // With `files` in the place of the mapping folder's.
  void configure(const nlohmann::json& more, const std::map<std::string, std::string>& files = {}) {
    adapter_ = std::make_unique<FiledropAdapter>([this] { return now_ms_; });
    Configuration c =
        kit::testing::configurationOf("adapters/mappings/zher", FiledropAdapter::about());
    auto settings = nlohmann::json::parse(c.settings_json);
    settings["csv_charset"] = "UTF-8";
    if (!more.is_null()) settings.update(more);
    c.settings_json = settings.dump();
    for (ConfigFile& file : c.files) {
      if (files.contains(file.name)) file.bytes = files.at(file.name);
    }
    const Answer answer = adapter_->configure(host_, c);
    ASSERT_EQ(answer.outcome, Outcome::kDone) << answer.text;
  }

  // One collect call of a hub that commits everything it is given, unless `takes` says no to an
  // item; settles by `accept`, at most settled_max_ items a call, oldest first.
  Answer collect(bool accept = true, const std::function<bool(const Inbound&)>& takes = {}) {
    CollectRequest request;
    request.cursor = cursor_;
    const std::size_t told = std::min(settled_.size(), settled_max_);
    request.settled.assign(settled_.begin(), settled_.begin() + static_cast<std::ptrdiff_t>(told));
    Answer answer = adapter_->collect(host_, request);
    const bool taken = !takes || std::all_of(answer.items.begin(), answer.items.end(), takes);
    if (answer.outcome == Outcome::kDone && taken) {
      settled_.erase(settled_.begin(), settled_.begin() + static_cast<std::ptrdiff_t>(told));
      cursor_ = answer.cursor;
      for (const Inbound& item : answer.items) {
        settled_.push_back({item.item_id, accept, accept ? "" : "exchange.unknown_appeal", "", ""});
      }
    }
    return answer;
  }

  void pass(std::int64_t ms) {
    now_ms_ += ms;
    folder_.now_ms = now_ms_;
  }
  void passDays(int days) { pass(std::int64_t{days} * 86'400'000); }

  bool has(const std::string& path) const { return folder_.files.contains(path); }

  std::size_t asked(const std::string& method) const {
    return static_cast<std::size_t>(
        std::count_if(host_.requests.begin(), host_.requests.end(), [&](const ExchangeRequest& r) {
          return r.method == method && !r.path.ends_with(".lease");
        }));
  }
  nlohmann::json jsonAt(const std::string& path) {
    return nlohmann::json::parse(folder_.files[path]);
  }

  std::int64_t now_ms_ = 1'795'000'000'000;
  kit::testing::FakeFolder folder_;
  kit::testing::FakeHost host_{[this](const ExchangeRequest& r) { return folder_.answer(r); }};
  std::unique_ptr<FiledropAdapter> adapter_;
  std::string cursor_ = kIdle;
  std::vector<Settled> settled_;
  std::size_t settled_max_ = 100;
};

}  // namespace otinish::filedrop_test
