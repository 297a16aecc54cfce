// One HTTP/1.1 connection of ours to a server, plain or TLS: writes requests, reads answers.
// Written here because Poco's client session takes a chunked answer that breaks off for a whole
// one, and sends a request again by itself when writing fails. Framing: RFC 9112 sections 6 and 7.
// Not for other rooms. One thread at a time. Failures are Poco exceptions: MessageException for an
// answer that is not HTTP, NoMessageException for one that breaks off, the sockets' own for the
// rest.
#pragma once

#include <Poco/Net/StreamSocket.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "contracts/adapter/verbs.h"

namespace hub::transport {

class HttpConnection {
 public:
  struct Head {
    int status = 0;
    std::vector<otinish::Header> headers;
    // First value of a header, "" if absent; names are compared without case.
    std::string value(std::string_view name) const;
  };

  explicit HttpConnection(const Poco::Net::StreamSocket& socket) : socket_(socket) {}

  int descriptor() const { return socket_.impl()->sockfd(); }
  void send(std::string_view bytes);
  // The final answer's head; interim ones (1xx) are skipped, a few at most.
  Head readHead();
  // The next piece of that answer's body, valid until the next call; empty at the end.
  std::string_view readBody();
  // The answer was read to its end and the server keeps the connection.
  bool isReusable() const { return framing_ == Framing::kDone && keep_ && at_ == buffer_.size(); }
  // Closed by the server, or it speaks out of turn.
  bool isStale();

 private:
  enum class Framing { kLength, kChunked, kUntilClose, kDone };

  bool fill();
  std::string readLine(std::size_t* budget);
  Head readOneHead(std::size_t* budget, bool* http10);
  void chooseFraming(const Head& head, bool http10);
  void nextChunk();

  Poco::Net::StreamSocket socket_;
  std::string buffer_;
  std::size_t at_ = 0;
  Framing framing_ = Framing::kDone;
  std::uint64_t left_ = 0;  // of the body (kLength) or of the chunk (kChunked)
  bool first_chunk_ = true;
  bool keep_ = false;
};

}  // namespace hub::transport
