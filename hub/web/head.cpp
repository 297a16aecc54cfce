#include "hub/web/head.h"

#include <Poco/Exception.h>

#include <algorithm>
#include <sstream>

#include "hub/base/text.h"

namespace hub::web {
namespace {

constexpr std::size_t kTargetBytesMax = 8192;
constexpr std::size_t kFieldBytesMax = 8192;
// What is kept of a head; a longer one is refused.
constexpr std::size_t kKeptBytesMax = 1024 * 1024;
// Read on so far, and forgotten: who still sends would not see the answer.
constexpr std::size_t kReadBytesMax = 2 * kKeptBytesMax;

Status bad(const char* why) { return Status::failure("web.bad_request", why); }

// The request line, then each field as it stands, folded lines too; without the empty line.
std::vector<std::string_view> linesOf(std::string_view head) {
  std::vector<std::string_view> lines;
  while (!head.empty()) {
    const std::size_t end = std::min(head.find('\n'), head.size());
    std::string_view line = head.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) lines.push_back(line);
    head.remove_prefix(std::min(end + 1, head.size()));
  }
  return lines;
}

// METHOD TARGET VERSION: the target, or what stands for it.
std::string_view targetOf(std::string_view request_line) {
  const auto from = request_line.find(' ');
  if (from == request_line.npos) return {};
  request_line.remove_prefix(from + 1);
  return request_line.substr(0, request_line.find(' '));
}

}  // namespace

bool isToken(std::string_view name) {
  static constexpr std::string_view kExtra = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kExtra.find(c) != std::string_view::npos;
  });
}

RawHead readHead(Session& session) {
  RawHead raw;
  std::size_t read = 0, line = 0;
  char before = 0;
  for (int c = session.nextByte(); c >= 0; c = session.nextByte()) {
    if (++read > kReadBytesMax) return raw;
    const char byte = static_cast<char>(c);
    if (raw.bytes.size() < kKeptBytesMax) {
      raw.bytes += byte;
    } else {
      raw.too_long = true;
    }
    if (byte != '\n') {
      ++line;
      before = byte;
      continue;
    }
    const bool empty = line == 0 || (line == 1 && before == '\r');
    line = 0;
    before = 0;
    if (!empty) continue;
    if (linesOf(raw.bytes)
            .empty()) {  // RFC 9112 §2.2: an empty line before the request is passed over
      raw.bytes.clear();
      if (read > 4) break;
      continue;
    }
    raw.whole = true;
    return raw;
  }
  return raw;
}

Status parseHead(const RawHead& raw, const Limits& limits, Poco::Net::HTTPRequest& request) {
  const auto lines = linesOf(raw.bytes);
  if (lines.empty()) return bad("the request line or a header cannot be read");
  if (targetOf(lines[0]).size() > kTargetBytesMax) {
    return Status::failure("web.target_too_long",
                           "at most " + std::to_string(kTargetBytesMax) + " bytes");
  }
  std::size_t fields = 0;
  // RFC 9112 §2.2: what reads a bare CR as the end of a line sees other fields than we do.
  const auto has_control = [](std::string_view line) {
    return line.find('\r') != line.npos || line.find('\0') != line.npos;
  };
  bool malformed =
      has_control(lines[0]) || (lines.size() > 1 && (lines[1][0] == ' ' || lines[1][0] == '\t'));
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (lines[i].size() > kFieldBytesMax) {
      return Status::failure("web.header_too_long",
                             "at most " + std::to_string(kFieldBytesMax) + " bytes");
    }
    const bool folded = lines[i][0] == ' ' || lines[i][0] == '\t';
    fields += !folded;
    malformed |= has_control(lines[i]) || (!folded && lines[i].find(':') == std::string_view::npos);
  }
  if (raw.too_long || fields > static_cast<std::size_t>(limits.http_header_fields_max)) {
    return Status::failure("web.too_many_headers",
                           "at most " + std::to_string(limits.http_header_fields_max));
  }
  const Status unreadable = bad("the request line or a header cannot be read");
  if (!raw.whole || malformed) return unreadable;
  try {
    std::istringstream in(std::string(lines.front()) + "\r\n\r\n");
    request.read(in);
  } catch (const Poco::Exception&) {
    return unreadable;
  }
  // Poco would decode words of RFC 2047 in the values of fields, which HTTP does not know: line breaks and framing that
  // nobody else sees.
  std::string name, value;
  const auto add = [&] {
    if (!name.empty()) request.add(name, value);
  };
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::string_view line = lines[i];
    if (line[0] == ' ' || line[0] == '\t') {  // RFC 9112 §5.2: a folded line counts as a space
      value.append(1, ' ').append(trim(line));
      continue;
    }
    add();
    const std::size_t colon = line.find(':');
    if (colon == 0) return unreadable;
    name = line.substr(0, colon);
    value = trim(line.substr(colon + 1));
  }
  add();
  return {};
}

Status checkHead(const Poco::Net::HTTPRequest& request) {
  const std::string& version = request.getVersion();
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return bad("HTTP/1.1 is spoken here");
  int hosts = 0, authorizations = 0, types = 0;
  for (const auto& [name, value] : request) {
    if (!isToken(name)) return bad("a header name has a character that is not allowed");
    const std::string lower = toLowerAscii(name);
    hosts += lower == "host";
    authorizations += lower == "authorization" || lower == "x-api-key";
    types += lower == "content-type";
  }
  if (hosts > 1 || (hosts == 0 && version == "HTTP/1.1")) return bad("exactly one Host is needed");
  if (authorizations > 1) return bad("one credential only");
  if (types > 1) return bad("one Content-Type only");
  const std::string expect = toLowerAscii(request.get("Expect", ""));
  if (!expect.empty() && expect != "100-continue") {
    return Status::failure("web.expectation", "only 100-continue is known");
  }
  return {};
}

std::string fieldOf(const RawHead& raw, std::string_view name) {
  const auto lines = linesOf(raw.bytes);
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const auto colon = lines[i].find(':');
    if (colon == name.size() && toLowerAscii(lines[i].substr(0, colon)) == name) {
      return std::string(trim(lines[i].substr(colon + 1)));
    }
  }
  return {};
}

std::string methodOf(const RawHead& raw) { return raw.bytes.substr(0, raw.bytes.find(' ')); }

}  // namespace hub::web
