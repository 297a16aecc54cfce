// One client connection: reads requests, lets them be answered, keeps alive or closes. Internal.
//
// Poco's own connection loop is not used: it leaves a body that nobody read to be parsed as the
// next request, takes a broken chunk for the end of the body, and bounds neither a dripping head
// nor a dripping body. Here the body is read by our own reader, and a connection lives on only if
// that reader reached the proper end.
#pragma once

#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/TCPServerConnection.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

#include "hub/web/auth.h"
#include "hub/web/router.h"

namespace hub::web {

// Every open connection, so that stop() can end idle ones and a watchdog those whose request head
// does not arrive in time.
class Connections {
 public:
  enum class Phase { kIdle, kHead, kBusy };
  class Entry {
   public:
    // False once the server is stopping: do not start another request.
    bool enter(Phase phase);

   private:
    friend class Connections;
    Connections* owner = nullptr;
    int descriptor = -1;  // our own duplicate: stays valid until the entry goes
    Phase phase = Phase::kIdle;
    std::chrono::steady_clock::time_point since;
  };

  Connections(std::chrono::milliseconds head_max, std::size_t threads_max);
  ~Connections();
  std::shared_ptr<Entry> add(int descriptor);
  void remove(const std::shared_ptr<Entry>& entry);
  bool stopping() const { return stopping_; }
  // Most threads hold a connection: answer and close, so that others get their turn.
  bool crowded() const;
  // Refuses new requests, closes idle connections, waits for running ones at most `wait`, then
  // cuts.
  void drain(std::chrono::milliseconds wait);

 private:
  void watch();
  const std::chrono::milliseconds head_max_;
  const std::size_t threads_max_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::list<std::shared_ptr<Entry>> entries_;
  std::atomic<bool> stopping_{false};
  bool ended_ = false;
  std::thread watchdog_;
};

// What all connections of one server share.
struct ServerState {
  Doors doors;
  Authenticator authenticator;
  Connections connections;
  Poco::Net::HTTPServerParams::Ptr params;
  std::chrono::milliseconds body_grace;
};

class Connection final : public Poco::Net::TCPServerConnection {
 public:
  Connection(const Poco::Net::StreamSocket& socket, ServerState& state);
  void run() override;

 private:
  ServerState& state_;
};

}  // namespace hub::web
