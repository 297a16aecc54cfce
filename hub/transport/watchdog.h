// Cuts a connection when its call's time is over. Timeouts of sockets count from the last byte, so
// a side that drips one byte a second would hold a call for ever; the watchdog shuts the socket
// down and whoever reads from it wakes up with an error. Not for other rooms. Any thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "hub/transport/endpoint.h"

namespace hub::transport {

class Watchdog {
 public:
  Watchdog();
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  // One for all endpoints; it ends with the last one that holds it.
  static std::shared_ptr<Watchdog> shared();

  // Watches `fd` for as long as it lives; must die before the descriptor is closed.
  class Guard {
   public:
    Guard(Watchdog& dog, int fd, Deadline deadline);
    ~Guard();
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    bool fired() const;

   private:
    friend class Watchdog;
    Watchdog& dog_;
    const int fd_;
    const std::pair<Deadline, std::uint64_t> key_;
    bool fired_ = false;
  };

 private:
  void run();

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::pair<Deadline, std::uint64_t>, Guard*> guards_;
  std::uint64_t next_ = 0;
  bool over_ = false;
  std::thread thread_;
};

}  // namespace hub::transport
