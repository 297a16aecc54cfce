// A long line to a server on a loopback port: what goes in comes out in order, `delay` later, either way.
// One connection after another.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

namespace hub::transport::testing {

class SlowLine {
 public:
  SlowLine(std::uint16_t server, std::chrono::milliseconds delay)
      : server_(server), delay_(delay), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = loopback(0);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    if (bind(listener_, generic, size) != 0 || listen(listener_, 4) != 0 ||
        getsockname(listener_, generic, &size) != 0) {
      throw std::runtime_error("no port for the line");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~SlowLine() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  SlowLine(const SlowLine&) = delete;
  SlowLine& operator=(const SlowLine&) = delete;
  std::uint16_t port() const { return port_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Way {
    int from, to;
    std::deque<std::pair<Clock::time_point, std::string>> under_way;
  };

  static sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
  }

  void serve() {
    while (true) {
      const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) return;
      const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      sockaddr_in address = loopback(server_);
      if (connect(server, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
        carry(client, server);
      }
      close(client);
      close(server);
    }
  }

  // Until a side closes.
  void carry(int client, int server) {
    std::array<Way, 2> ways{Way{client, server, {}}, Way{server, client, {}}};
    while (true) {
      int wait_ms = -1;
      for (Way& way : ways) {
        while (!way.under_way.empty() && way.under_way.front().first <= Clock::now()) {
          std::string& bytes = way.under_way.front().second;
          const ssize_t sent = send(way.to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
          if (sent <= 0) return;
          bytes.erase(0, static_cast<std::size_t>(sent));
          if (bytes.empty()) way.under_way.pop_front();
        }
        if (way.under_way.empty()) continue;
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(way.under_way.front().first -
                                                                       Clock::now());
        const int ms = static_cast<int>(std::max<std::int64_t>(0, left.count()));
        wait_ms = wait_ms < 0 ? ms : std::min(wait_ms, ms);
      }
      pollfd entries[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
      if (poll(entries, 2, wait_ms) < 0) return;
      for (std::size_t i = 0; i < 2; ++i) {
        if (entries[i].revents == 0) continue;
        std::string bytes(256 * 1024, '\0');
        const ssize_t got = recv(ways[i].from, bytes.data(), bytes.size(), 0);
        if (got <= 0) return;
        bytes.resize(static_cast<std::size_t>(got));
        ways[i].under_way.emplace_back(Clock::now() + delay_, std::move(bytes));
      }
    }
  }

  const std::uint16_t server_;
  const std::chrono::milliseconds delay_;
  const int listener_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace hub::transport::testing
