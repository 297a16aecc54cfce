// The head of a request: read with bounds of its own, so that whoever exceeds one is told which, and in the language
// asked for. Internal.
#pragma once

#include <Poco/Net/HTTPRequest.h>

#include <string>

#include "hub/base/limits.h"
#include "hub/web/session.h"

namespace hub::web {

// A head as it came, up to and with its empty line.
struct RawHead {
  std::string bytes;
  bool whole = false;     // the empty line came
  bool too_long = false;  // only the beginning was kept
};

// `bytes` is empty if the connection ended before anything came. Throws Poco exceptions of the connection.
RawHead readHead(Session& session);

// Failure: "web.target_too_long", "web.too_many_headers", "web.header_too_long", "web.bad_request".
Status parseHead(const RawHead& raw, const Limits& limits, Poco::Net::HTTPRequest& request);

// What RFC 9110 and 9112 demand of a head beyond what the parser refused. Also "web.expectation".
Status checkHead(const Poco::Net::HTTPRequest& request);

// Of a head that may not be parsed: the value of its first field of this name, "" if there is none.
std::string fieldOf(const RawHead& raw, std::string_view name);
std::string methodOf(const RawHead& raw);

// A token as RFC 9110 §5.6.2 writes it.
bool isToken(std::string_view name);

}  // namespace hub::web
