#include "adapters/filedrop/run.h"

#include <chrono>

#include "adapters/kit/text.h"

namespace otinish::filedrop {

std::set<std::string> digestsIn(const std::string& document) {
  static constexpr std::string_view kTag = "sha256>";
  std::set<std::string> out;
  for (std::size_t at = document.find(kTag); at != std::string::npos;
       at = document.find(kTag, at + 1)) {
    const std::string digest = document.substr(at + kTag.size(), 64);
    if (kit::isSha256Hex(digest)) out.insert(digest);
  }
  return out;
}

std::string idOf(const std::string& name, int row, const std::string& sha256) {
  return name + "#" + std::to_string(row) + "@" + sha256.substr(0, 12);
}

std::string withSuffix(const std::string& name, int suffix) {
  return suffix == 0 ? name : name + "." + std::to_string(suffix);
}

bool isTaken(const ExchangeResponse& response) {
  return !response.ok && response.code == "transport.name_taken";
}

bool isListed(const ExchangeResponse& response) {
  return response.ok || response.code == "transport.not_found";
}

std::int64_t nowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace otinish::filedrop
