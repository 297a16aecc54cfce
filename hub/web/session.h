// A server session whose bytes our body reader and reply writer may touch directly. Internal.
#pragma once

#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPServerSession.h>

#include <chrono>
#include <optional>
#include <string_view>

#include "hub/web/http.h"

namespace hub::web {

class Session final : public Poco::Net::HTTPServerSession {
 public:
  using HTTPServerSession::HTTPServerSession;
  using HTTPServerSession::read;
  // Whether another request has begun to come, or the first one may; waits for it, for `pause` at most once the
  // first has been served. (Poco's own wait makes and closes an epoll set: four system calls a request.)
  bool awaitRequest(std::chrono::milliseconds pause);
  bool fromLoopback();  // asked of the system once
  // The next byte, 0 to 255; -1 at the end. (get() of Poco gives bytes from 0x80 on as negative numbers.)
  int nextByte();
  // All of it, or a Poco exception.
  void sendAll(std::string_view bytes);

 private:
  bool first_ = true;
  std::optional<bool> loopback_;
};

// Reads one request's body by its framing (RFC 9112 §6). Not thread-safe.
class SessionBody final : public Body {
 public:
  // Refuses framing that two parties could read differently: both Content-Length and
  // Transfer-Encoding, either of them twice, a coding other than chunked. "web.bad_request".
  // `grace`: what a body may take beside the time its bytes need at 16 KiB/s.
  static Result<std::unique_ptr<SessionBody>> open(Session& session,
                                                   const Poco::Net::HTTPRequest& request,
                                                   std::chrono::milliseconds grace);
  std::optional<std::uint64_t> announced() const override;
  Result<std::size_t> read(char* to, std::size_t bytes) override;
  // The connection stands exactly behind this body: another request may follow.
  bool complete() const { return done_; }
  // Reads and forgets what is left of a refused body, a little and for a short time, so that the
  // client sees our answer before the connection is cut.
  void discard();

 private:
  SessionBody(Session& session, std::chrono::milliseconds grace)
      : session_(session), grace_(grace) {}
  // More time has passed than the grace and what the bytes so far may take.
  bool tooSlow() const;
  Result<std::size_t> readRaw(char* to, std::size_t bytes);
  Result<std::size_t> readChunked(char* to, std::size_t bytes);
  Status readChunkHead();
  Status readLine(std::string& line);
  Status readTrailers();
  Status fail(const char* code, const char* text);

  Session& session_;
  const std::chrono::milliseconds grace_;
  bool chunked_ = false;
  bool continue_wanted_ = false;
  bool done_ = false;
  std::uint64_t length_ = 0;
  std::uint64_t left_ = 0;  // of the body, or of the chunk
  std::uint64_t received_ = 0;
  std::optional<Error> failed_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

}  // namespace hub::web
