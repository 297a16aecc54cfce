#include "hub/web/connection.h"

#include <Poco/DateTimeFormat.h>
#include <Poco/DateTimeFormatter.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/X509Certificate.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "hub/base/ids.h"
#include "hub/base/log.h"
#include "hub/base/metrics.h"
#include "hub/base/text.h"
#include "hub/web/head.h"
#include "hub/web/session.h"

namespace hub::web {
namespace {

using Poco::Net::HTTPRequest;

// Subject in RFC 2253 form with UTF-8 kept, as certificates are written in the configuration.
std::string peerSubject(Poco::Net::StreamSocket& socket) {
  if (!socket.secure()) return {};
  Poco::Net::SecureStreamSocket secure(socket);
  if (!secure.havePeerCertificate()) return {};
  const Poco::Net::X509Certificate certificate = secure.peerCertificate();
  std::unique_ptr<BIO, int (*)(BIO*)> memory(BIO_new(BIO_s_mem()), BIO_free);
  X509_NAME_print_ex(memory.get(), X509_get_subject_name(certificate.certificate()), 0,
                     XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

Request makeRequest(const HTTPRequest& from, Session& session, const Doors& doors) {
  Request request;
  request.method = from.getMethod();
  request.target = from.getURI();
  request.headers.reserve(from.size());
  for (const auto& [name, value] : from) request.headers.push_back({name, value});
  request.language = chooseLanguage(from.get("Accept-Language", ""), request.target);
  request.request_id = newUuid7(doors.clock.now());
  request.loopback = session.fromLoopback();
  return request;
}

bool isOwnHeader(const std::string& name) {
  static const std::array<std::string_view, 7> own = {
      "content-length", "connection", "transfer-encoding", "content-type",
      "date",           "keep-alive", "x-request-id"};
  return std::find(own.begin(), own.end(), toLowerAscii(name)) != own.end();
}

std::string renderHead(const Reply& reply, const std::string& request_id, bool keep) {
  const auto status = static_cast<Poco::Net::HTTPResponse::HTTPStatus>(reply.status);
  std::string head =
      "HTTP/1.1 " + std::to_string(reply.status) + " " +
      Poco::Net::HTTPResponse::getReasonForStatus(status) + "\r\nDate: " +
      Poco::DateTimeFormatter::format(Poco::Timestamp(), Poco::DateTimeFormat::HTTP_FORMAT) +
      "\r\nX-Request-Id: " + request_id + "\r\nX-Content-Type-Options: nosniff\r\n";
  if (reply.status != 204 && reply.status != 304) {
    const auto bytes =
        reply.file.empty() ? static_cast<std::int64_t>(reply.body.size()) : reply.file_bytes;
    if (!reply.type.empty()) head += "Content-Type: " + reply.type + "\r\n";
    head += "Content-Length: " + std::to_string(bytes) + "\r\n";
  }
  for (const auto& header : reply.headers) {
    // An adapter's answer must not be able to split ours.
    if (!isToken(header.name) || isOwnHeader(header.name) ||
        header.value.find_first_of("\r\n\0", 0, 3) != std::string::npos) {
      continue;
    }
    head += header.name + ": " + header.value + "\r\n";
  }
  head += keep ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  return head;
}

void sendFile(Session& session, const Reply& reply, std::ifstream& file) {
  std::array<char, 64 * 1024> piece;
  std::int64_t left = reply.file_bytes;
  while (left > 0) {
    const auto wanted = std::min<std::int64_t>(left, static_cast<std::int64_t>(piece.size()));
    file.read(piece.data(), wanted);
    if (file.gcount() != wanted) throw Poco::IOException("attachment shorter than its record");
    session.sendAll({piece.data(), static_cast<std::size_t>(wanted)});
    left -= wanted;
  }
}

// Sends the reply; false if the connection must not live on.
bool sendReply(Session& session, Reply& reply, const Request& request, bool keep) {
  if (reply.status < 200 || reply.status > 599) reply.status = 502;
  const bool head_only = request.method == "HEAD" || reply.status == 204 || reply.status == 304;
  std::ifstream file;
  if (!reply.file.empty() && !head_only) {
    file.open(reply.file, std::ios::binary);
    if (!file) {
      reply = problem(Status::failure("base.file_unreadable", "the attachment cannot be read"),
                      request);
    }
    file.seekg(reply.file_from);
  }
  std::string out = renderHead(reply, request.request_id, keep);
  if (head_only) {
    session.sendAll(out);
  } else if (file.is_open()) {
    session.sendAll(out);
    sendFile(session, reply, file);
  } else {
    session.sendAll(out += reply.body);
  }
  return keep;
}

// The reply to a request that is well-formed HTTP. Never throws.
Reply answer(ServerState& state, Request& request, const Route*& route) {
  try {
    std::string allow;
    auto found = findRoute(request, allow);
    if (!found.ok()) {
      Reply refused = problem(found.status(), request);
      if (refused.status == 405) refused.headers.push_back({"Allow", allow});
      return refused;
    }
    route = *found;
    if (auto status = state.authenticator.admit(request, route->access); !status.ok()) {
      return problem(status, request);
    }
    auto reply = route->handler(state.doors, request);
    return reply.ok() ? std::move(reply).value() : problem(reply.status(), request);
  } catch (const std::exception& e) {
    logError("http.internal", {{"request_id", request.request_id}, {"reason", e.what()}});
    return problem(Status::failure("base.internal", "see the log for this instance"), request);
  }
}

void record(const Request& request, const Reply& reply, const Route* route, double seconds) {
  static const std::array<std::string_view, 7> known = {"GET",   "HEAD",   "POST",   "PUT",
                                                        "PATCH", "DELETE", "OPTIONS"};
  const bool named = std::find(known.begin(), known.end(), request.method) != known.end();
  const std::string method = named ? request.method : "OTHER";
  const std::string pattern(route ? route->pattern : "(none)");
  const int status = reply.meant_status > 0 ? reply.meant_status : reply.status;
  metrics::count("hub_http_requests_total", "Requests answered at the doors",
                 {{"method", method}, {"route", pattern}, {"status", std::to_string(status)}});
  metrics::observe("hub_http_request_seconds", "Time to answer a request", {{"route", pattern}},
                   seconds);
  const auto bytes = reply.file.empty() ? static_cast<long long>(reply.body.size())
                                        : static_cast<long long>(reply.file_bytes);
  logInfo("http.request", {{"method", method},
                           {"route", pattern},
                           {"status", static_cast<long long>(status)},
                           {"ms", static_cast<long long>(seconds * 1000)},
                           {"bytes", bytes},
                           {"client", request.caller.client},
                           {"request_id", request.request_id}});
}

// A request whose head is not read any further: the answer is final.
void refuseHead(Session& session, const Doors& doors, const RawHead& raw, const Status& why) {
  Request request;
  request.method = methodOf(raw);
  request.language = chooseLanguage(fieldOf(raw, "accept-language"));
  request.request_id = newUuid7(doors.clock.now());
  Reply reply = problem(why, request);
  sendReply(session, reply, request, false);
  record(request, reply, nullptr, 0);
}

// Answers one parsed request. False: close the connection.
bool serve(ServerState& state, Session& session, const HTTPRequest& parsed) {
  const auto started = std::chrono::steady_clock::now();
  Request request = makeRequest(parsed, session, state.doors);
  request.peer_subject = peerSubject(session.socket());
  const Route* route = nullptr;
  Reply reply;
  auto body = SessionBody::open(session, parsed, state.body_grace);
  const Status head = checkHead(parsed);
  if (!head.ok()) {
    reply = problem(head, request);
  } else if (!body.ok()) {
    reply = problem(body.status(), request);
  } else {
    request.body = body->get();
    reply = answer(state, request, route);
  }
  const bool framed = head.ok() && body.ok() && (*body)->complete();
  const bool keep = framed && parsed.getKeepAlive() && !state.connections.stopping() &&
                    !state.connections.crowded();
  const bool alive = sendReply(session, reply, request, keep);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
  record(request, reply, route, took.count());
  if (!framed && body.ok()) (*body)->discard();
  return alive;
}

// Reads and answers the next request. False: close the connection.
bool serveNext(ServerState& state, Session& session, Connections::Entry& entry) {
  // A failed handshake leaves its error in this thread's OpenSSL queue, where the next connection's
  // first read would take it for its own.
  ERR_clear_error();
  const std::chrono::milliseconds pause(state.params->getKeepAliveTimeout().totalMilliseconds());
  if (!session.awaitRequest(pause) || !entry.enter(Connections::Phase::kHead)) return false;
  RawHead raw;
  try {
    raw = readHead(session);
  } catch (const Poco::Exception&) {
    return false;  // it was lost, or silent for too long
  }
  if (raw.bytes.empty() || session.networkException()) return false;
  HTTPRequest parsed;
  if (const Status head = parseHead(raw, state.doors.limits, parsed); !head.ok()) {
    refuseHead(session, state.doors, raw, head);
    return false;
  }
  if (!entry.enter(Connections::Phase::kBusy)) return false;
  return serve(state, session, parsed) && entry.enter(Connections::Phase::kIdle);
}

}  // namespace

Connection::Connection(const Poco::Net::StreamSocket& socket, ServerState& state)
    : TCPServerConnection(socket), state_(state) {}

void Connection::run() {
  auto entry = state_.connections.add(static_cast<int>(socket().impl()->sockfd()));
  if (!entry) return;
  try {
    socket().setSendTimeout(state_.params->getTimeout());
    Session session(socket(), state_.params);
    session.setKeepAlive(true);
    while (serveNext(state_, session, *entry)) {
    }
  } catch (const std::exception& e) {
    logWarning("http.connection_lost", {{"reason", e.what()}});
  }
  state_.connections.remove(entry);
}

}  // namespace hub::web
