// The hub's side as a test scripts it, for unit tests of adapters: answers are a function, requests
// are kept. FakeFolder is a drop folder in memory behind the same interface.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "adapters/kit/adapter.h"

namespace otinish::kit::testing {

using Script = std::function<ExchangeResponse(const ExchangeRequest&)>;

ExchangeResponse httpAnswer(int status, std::string body, std::vector<Header> headers = {});
ExchangeResponse failedCall(std::string code, bool retryable, bool maybe_delivered = false);

// Any thread.
class FakeHost final : public Host {
 public:
  explicit FakeHost(Script script) : script_(std::move(script)) {}
  ExchangeResponse exchange(const ExchangeRequest& request) override;
  Crypto sign(std::string_view, std::string_view, std::string_view) override { return {}; }
  Crypto verify(std::string_view, std::string_view, std::string_view) override { return {}; }
  void log(LogLevel, std::string_view event, std::string_view text) override;
  std::int64_t timeLeftMs() override { return time_left_ms; }

  // Falls by exchange_ms with every exchange; a script may take more of it.
  std::int64_t time_left_ms = 30'000;
  std::int64_t exchange_ms = 0;
  std::vector<ExchangeRequest> requests;
  std::string logged;

 private:
  std::mutex mutex_;
  Script script_;
};

// LIST GET PUT MOVE DELETE over a map of paths, with the manners of the hub's file endpoint:
// nothing is overwritten, the same PUT again is a success, a folder nobody wrote to is not found.
class FakeFolder {
 public:
  ExchangeResponse answer(const ExchangeRequest& request);

  std::map<std::string, std::string> files;         // path → content
  std::map<std::string, std::string> attachments;   // SHA-256 → content
  std::map<std::string, std::int64_t> modified_ms;  // path → time, 0 if absent
  std::int64_t now_ms = 0;                          // time of what is written; 0: none is kept
  std::size_t listed_max = 10'000;                  // files an answer to LIST tells at most
  std::set<std::string> unreadable;                 // paths whose GET fails (bad signature)
  std::set<std::string> immovable;                  // source paths whose MOVE fails for now
  std::set<std::string> incomplete;                 // paths still being written
};

// The file's bytes, from the source folder of the project.
std::string readSource(const std::string& relative_path);
// A configuration made of a mapping folder's settings.yaml (adapters/mappings/<name>).
Configuration configurationOf(const std::string& mapping_folder, const About& about);

}  // namespace otinish::kit::testing
