#include "hub/transport/watchdog.h"

#include <sys/socket.h>

namespace hub::transport {

Watchdog::Watchdog() : thread_([this] { run(); }) {}

Watchdog::~Watchdog() {
  {
    std::lock_guard lock(mutex_);
    over_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

std::shared_ptr<Watchdog> Watchdog::shared() {
  static std::mutex mutex;
  static std::weak_ptr<Watchdog> one;
  std::lock_guard lock(mutex);
  auto dog = one.lock();
  if (!dog) one = dog = std::make_shared<Watchdog>();
  return dog;
}

void Watchdog::run() {
  std::unique_lock lock(mutex_);
  while (!over_) {
    if (guards_.empty()) {
      changed_.wait(lock);
      continue;
    }
    auto first = guards_.begin();
    Deadline next = first->first.first;
    if (std::chrono::steady_clock::now() < next) {
      changed_.wait_until(lock, next);
      continue;
    }
    // Under the lock, so that the descriptor cannot be closed and given to another connection.
    ::shutdown(first->second->fd_, SHUT_RDWR);
    first->second->fired_ = true;
    guards_.erase(first);
  }
}

Watchdog::Guard::Guard(Watchdog& dog, int fd, Deadline deadline)
    : dog_(dog), fd_(fd), key_([&] {
        std::lock_guard lock(dog.mutex_);
        return std::pair(deadline, dog.next_++);
      }()) {
  bool first = false;
  {
    std::lock_guard lock(dog_.mutex_);
    auto at = dog_.guards_.emplace(key_, this).first;
    first = at == dog_.guards_.begin();
  }
  if (first) dog_.changed_.notify_all();
}

Watchdog::Guard::~Guard() {
  std::lock_guard lock(dog_.mutex_);
  dog_.guards_.erase(key_);
}

bool Watchdog::Guard::fired() const {
  std::lock_guard lock(dog_.mutex_);
  return fired_;
}

}  // namespace hub::transport
