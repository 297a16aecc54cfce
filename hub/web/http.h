// HTTP as the handlers see it: plain values, no server library. Internal to hub/web.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contracts/adapter/verbs.h"
#include "hub/base/status.h"
#include "hub/exchange/service.h"

namespace hub::web {

// The body of the request being served; reads straight from the connection.
class Body {
 public:
  virtual ~Body() = default;
  // Content-Length, if the client gave one.
  virtual std::optional<std::uint64_t> announced() const = 0;
  // Up to `bytes` bytes; 0 at the proper end. Failures: "web.body_truncated", "web.body_malformed",
  // "web.body_timeout"; after a failure the connection is closed.
  virtual Result<std::size_t> read(char* to, std::size_t bytes) = 0;
  // The whole body. "web.body_too_large" as early as possible: by Content-Length, or while reading.
  Result<std::string> readAll(std::size_t bytes_max);
};

struct Request {
  std::string method;
  std::string target;                       // as received
  std::map<std::string, std::string> path;  // {id} → decoded value
  std::string rest;                         // what follows a "/{rest}" pattern, as received
  std::vector<std::pair<std::string, std::string>> query;  // decoded
  std::vector<otinish::Header> headers;
  std::string language = "en";  // kk | ru | en
  std::string request_id;
  std::string peer_subject;  // of the verified client certificate
  exchange::Caller caller;
  bool loopback = false;
  Body* body = nullptr;
  // nullptr if absent. Name in any case.
  const std::string* header(std::string_view name) const;
};

struct Reply {
  int status = 200;
  int meant_status = 0;  // of the refusal, where the caller's protocol has another; 0: `status`
  std::string type = "application/json";
  std::string body;
  std::vector<otinish::Header> headers;
  std::string file;             // stream this file instead of `body` …
  std::int64_t file_bytes = 0;  // … so many bytes of it
  std::int64_t file_from = 0;   // … from this one on
};

// Strict percent-decoding to UTF-8 without control characters. "web.bad_request".
Result<std::string> decodePercent(std::string_view text);
std::string encodePercent(std::string_view text);
// The query part (after '?'). '+' stays '+': no value of ours holds a space, many hold an offset.
Result<std::vector<std::pair<std::string, std::string>>> parseQuery(std::string_view query);
// kk, ru or en, by RFC 9110 §12.5.4; when nothing fits ru at the door of the agencies, whose systems name no language,
// and en elsewhere.
std::string chooseLanguage(std::string_view accept_language, std::string_view target = {});
// Checks Content-Type and Content-Encoding. Success: the media type in lower case, without
// parameters. "web.media_type" (not one of `allowed`), "web.charset" (not utf-8),
// "web.content_encoding".
Result<std::string> checkMediaType(const Request& request,
                                   const std::vector<std::string_view>& allowed);

// True for a media type as RFC 9110 §8.3.1 writes it: token "/" token, then ";"-separated
// parameters token "=" (token or quoted string), in printable ASCII.
bool isMediaType(std::string_view text);

// RFC 9457 problem document in the caller's language, status from the catalogue; or a SOAP fault, if
// the caller speaks SOAP at the agencies' door.
// `refused`: the codes of what the procedure refused, for programs.
struct Refusal {
  std::string action, state;
  std::vector<std::string> allowed;  // actions that are lawful now
  struct Step {
    std::string action, role;
  };
  std::vector<Step> first;              // the steps that come before it
  std::vector<std::string> outcomes{};  // of which it needs one
};
// `status`: where another one than the code's is meant.
Reply problem(const Status& failure, const Request& request, const Refusal* refused = nullptr,
              int status = 0);

}  // namespace hub::web
