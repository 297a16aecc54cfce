// A TCP server for tests that says exactly what the test wants: a script is called for each
// connection, one after another. Whoever waits in it is woken when the client or the test ends.
#pragma once

#include <Poco/Exception.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocket.h>
#include <sys/socket.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace hub::transport::testing {

class ScriptedServer {
 public:
  class Peer {
   public:
    Peer(Poco::Net::StreamSocket socket, int number)
        : socket_(std::move(socket)), number_(number) {}
    int number() const { return number_; }  // of the connection, from 1
    // The next request, head and body; "" when the client has gone.
    std::string request() {
      std::string text;
      while (text.find("\r\n\r\n") == std::string::npos) {
        if (!more(&text)) return {};
      }
      auto body = text.find("\r\n\r\n") + 4;
      auto at = text.find("Content-Length: ");
      std::size_t size = at < body ? std::stoul(text.substr(at + 16)) : 0;
      while (text.size() < body + size) {
        if (!more(&text)) return {};
      }
      return text;
    }
    void say(const std::string& bytes) {
      for (std::size_t at = 0; at < bytes.size();) {
        at += static_cast<std::size_t>(
            socket_.sendBytes(bytes.data() + at, static_cast<int>(bytes.size() - at)));
      }
    }
    void waitForEnd() {
      std::string rest;
      while (more(&rest)) rest.clear();
    }
    // True if the client went away within the time.
    bool hasGone(long milliseconds) {
      return socket_.poll(Poco::Timespan(0, milliseconds * 1'000), Poco::Net::Socket::SELECT_READ);
    }
    void reset() {
      socket_.setLinger(true, 0);
      socket_.close();
    }

   private:
    bool more(std::string* text) {
      char buffer[4'096];
      int got = socket_.receiveBytes(buffer, sizeof buffer);
      if (got > 0) text->append(buffer, static_cast<std::size_t>(got));
      return got > 0;
    }
    Poco::Net::StreamSocket socket_;
    int number_;
  };
  using Script = std::function<void(Peer& peer)>;

  explicit ScriptedServer(Script script)
      : listener_(Poco::Net::SocketAddress("127.0.0.1", 0)), script_(std::move(script)) {
    thread_ = std::thread([this] { run(); });
  }
  ~ScriptedServer() {
    over_ = true;
    ::shutdown(listener_.impl()->sockfd(), SHUT_RDWR);
    {
      std::lock_guard lock(mutex_);
      if (current_ >= 0) ::shutdown(current_, SHUT_RDWR);
    }
    thread_.join();
  }
  int port() const { return listener_.address().port(); }
  std::string url(const std::string& scheme = "http") const {
    return scheme + "://127.0.0.1:" + std::to_string(port());
  }
  int connections() const { return connections_; }

 private:
  void run() {
    while (!over_) {
      try {
        auto socket = listener_.acceptConnection();
        setCurrent(socket.impl()->sockfd());
        Peer peer(socket, ++connections_);
        try {
          script_(peer);
        } catch (const Poco::Exception&) {
        }
        setCurrent(-1);
      } catch (const Poco::Exception&) {
        return;
      }
    }
  }
  void setCurrent(int fd) {
    std::lock_guard lock(mutex_);
    current_ = fd;
    if (over_ && fd >= 0) ::shutdown(fd, SHUT_RDWR);
  }

  Poco::Net::ServerSocket listener_;
  Script script_;
  std::atomic<bool> over_ = false;
  std::atomic<int> connections_ = 0;
  std::mutex mutex_;
  int current_ = -1;
  std::thread thread_;
};

}  // namespace hub::transport::testing
