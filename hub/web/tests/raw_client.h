// A client that sends exactly the bytes a test wants and reads exactly one response at a time.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "hub/base/text.h"

namespace hub::web::testing {

struct Response {
  int status = 0;
  std::string head;
  std::string body;
  std::string header(const std::string& name) const {
    for (const auto& line : split(head, '\n')) {
      const auto colon = line.find(':');
      if (colon != std::string::npos && toLowerAscii(line.substr(0, colon)) == toLowerAscii(name)) {
        return std::string(trim(std::string_view(line).substr(colon + 1)));
      }
    }
    return {};
  }
};

class RawClient {
 public:
  explicit RawClient(int port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    timeval wait{20, 0};  // a hanging server fails the test instead of hanging it
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("cannot connect");
    }
  }
  ~RawClient() { ::close(socket_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  // False if the server no longer takes bytes.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  // Something to read came within the time.
  bool answered(int wait_ms) {
    pollfd entry{socket_, POLLIN, 0};
    return !buffer_.empty() || ::poll(&entry, 1, wait_ms) > 0;
  }
  void finishSending() { ::shutdown(socket_, SHUT_WR); }
  Response receive(bool head_only = false) {
    Response response;
    std::size_t end;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
      if (!fill()) return response;
    }
    response.head = buffer_.substr(0, end);
    buffer_.erase(0, end + 4);
    response.status = std::stoi(response.head.substr(9, 3));
    const std::string length = response.header("Content-Length");
    const std::size_t size = head_only || length.empty() ? 0 : std::stoul(length);
    while (buffer_.size() < size && fill()) {
    }
    response.body = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return response;
  }
  // True if the server closed and nothing more came.
  bool closed() { return buffer_.empty() && !fill(); }

 private:
  bool fill() {
    char piece[65536];
    const auto got = ::recv(socket_, piece, sizeof piece, 0);
    if (got < 0 && errno == EAGAIN)
      throw std::runtime_error("the server neither answered nor closed");
    if (got <= 0) return false;
    buffer_.append(piece, static_cast<std::size_t>(got));
    return true;
  }
  int socket_;
  std::string buffer_;
};

}  // namespace hub::web::testing
