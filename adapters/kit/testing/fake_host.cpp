#include "adapters/kit/testing/fake_host.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "adapters/kit/map_test.h"
#include "adapters/kit/outcome.h"
#include "adapters/kit/text.h"
#include "contracts/adapter/listing.h"

namespace otinish::kit::testing {
namespace {

ExchangeResponse list(FakeFolder& folder, const ExchangeRequest& request) {
  const std::string& path = request.path;
  const std::string after = headerOf(request.headers, kListAfter);
  ExchangeResponse out;
  out.ok = true;
  out.status = 200;
  const std::string prefix = path + "/";
  for (const auto& [name, content] : folder.files) {
    if (!name.starts_with(prefix) || name.find('/', prefix.size()) != std::string::npos) continue;
    if (!after.empty() && name.substr(prefix.size()) <= after) continue;
    if (out.files.size() >= folder.listed_max) {
      out.headers.push_back({std::string(kListMore), "yes"});
      break;
    }
    FileEntry entry;
    entry.name = name.substr(prefix.size());
    entry.size = static_cast<std::int64_t>(content.size());
    entry.modified_ms = folder.modified_ms.contains(name) ? folder.modified_ms[name] : 0;
    entry.complete = !folder.incomplete.contains(name);
    out.files.push_back(std::move(entry));
  }
  const auto below = folder.files.lower_bound(prefix);
  const bool exists = below != folder.files.end() && below->first.starts_with(prefix);
  return exists ? out : failedCall("transport.not_found", false);
}

}  // namespace

ExchangeResponse httpAnswer(int status, std::string body, std::vector<Header> headers) {
  ExchangeResponse out;
  out.ok = true;
  out.status = status;
  out.body = std::move(body);
  out.headers = std::move(headers);
  return out;
}

ExchangeResponse failedCall(std::string code, bool retryable, bool maybe_delivered) {
  ExchangeResponse out;
  out.code = std::move(code);
  out.text = "scripted";
  out.retryable = retryable;
  out.maybe_delivered = maybe_delivered;
  return out;
}

ExchangeResponse FakeHost::exchange(const ExchangeRequest& request) {
  const std::lock_guard lock(mutex_);
  requests.push_back(request);
  time_left_ms -= exchange_ms;
  return script_(request);
}

void FakeHost::log(LogLevel, std::string_view event, std::string_view text) {
  const std::lock_guard lock(mutex_);
  logged += std::string(event) + " " + std::string(text) + "\n";
}

ExchangeResponse FakeFolder::answer(const ExchangeRequest& r) {
  if (r.method == "LIST") return list(*this, r);
  ExchangeResponse out = httpAnswer(200, "");
  if (r.method == "PUT") {
    const std::string& bytes =
        r.body_attachment.empty() ? r.body : attachments.at(r.body_attachment);
    const bool fits = !files.contains(r.path) || files[r.path] == bytes;
    if (!fits) return failedCall("transport.name_taken", false);
    if (!files.contains(r.path) && now_ms != 0) modified_ms[r.path] = now_ms;
    files[r.path] = bytes;
    return out;
  }
  const auto found = files.find(r.path);
  if (found == files.end()) return failedCall("transport.not_found", false);
  if (r.method == "GET") {
    if (unreadable.contains(r.path)) return failedCall("trust.bad_signature", false);
    if (!r.into_attachment) {
      out.body = found->second;
      return out;
    }
    out.attachment_sha256 = sha256Hex(found->second);
    attachments[out.attachment_sha256] = found->second;
    return out;
  }
  if (r.method == "MOVE") {
    if (immovable.contains(r.path)) return failedCall("transport.not_now", true);
    if (files.contains(r.to_path)) return failedCall("transport.name_taken", false);
    files[r.to_path] = std::move(found->second);
    if (modified_ms.contains(r.path)) modified_ms[r.to_path] = modified_ms[r.path];
  }
  modified_ms.erase(r.path);
  files.erase(found);
  return out;
}

std::string readSource(const std::string& relative_path) {
  const char* root = std::getenv("OTINISH_SOURCE_DIR");
  const std::string path = (root ? std::string(root) + "/" : std::string()) + relative_path;
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

Configuration configurationOf(const std::string& mapping_folder, const About& about) {
  const char* root = std::getenv("OTINISH_SOURCE_DIR");
  return readSettingsFolder((root ? std::string(root) + "/" : std::string()) + mapping_folder,
                            about);
}

}  // namespace otinish::kit::testing
