#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hub/web/connection.h"

namespace hub::web {

bool Connections::Entry::enter(Phase next) {
  std::lock_guard lock(owner->mutex_);
  if (owner->stopping_ && next != Phase::kIdle) return false;
  phase = next;
  since = std::chrono::steady_clock::now();
  return true;
}

Connections::Connections(std::chrono::milliseconds head_max, std::size_t threads_max)
    : head_max_(head_max), threads_max_(threads_max), watchdog_([this] { watch(); }) {}

Connections::~Connections() {
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  watchdog_.join();
}

std::shared_ptr<Connections::Entry> Connections::add(int descriptor) {
  auto entry = std::make_shared<Entry>();
  entry->owner = this;
  entry->descriptor = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  entry->since = std::chrono::steady_clock::now();
  if (entry->descriptor < 0) return nullptr;
  std::lock_guard lock(mutex_);
  if (stopping_) {
    ::close(entry->descriptor);
    return nullptr;
  }
  entries_.push_back(entry);
  return entry;
}

void Connections::remove(const std::shared_ptr<Entry>& entry) {
  {
    std::lock_guard lock(mutex_);
    entries_.remove(entry);
    ::close(entry->descriptor);
  }
  changed_.notify_all();
}

bool Connections::crowded() const {
  std::lock_guard lock(mutex_);
  return entries_.size() * 8 >= threads_max_ * 7;
}

void Connections::drain(std::chrono::milliseconds wait) {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  for (const auto& entry : entries_) {
    if (entry->phase != Phase::kBusy) ::shutdown(entry->descriptor, SHUT_RDWR);
  }
  if (changed_.wait_for(lock, wait, [this] { return entries_.empty(); })) return;
  for (const auto& entry : entries_) ::shutdown(entry->descriptor, SHUT_RDWR);
  changed_.wait(lock, [this] { return entries_.empty(); });
}

void Connections::watch() {
  std::unique_lock lock(mutex_);
  while (!ended_) {
    changed_.wait_for(lock, std::min(head_max_, std::chrono::milliseconds(500)));
    const auto oldest = std::chrono::steady_clock::now() - head_max_;
    for (const auto& entry : entries_) {
      if (entry->phase == Phase::kHead && entry->since < oldest) {
        ::shutdown(entry->descriptor, SHUT_RDWR);
      }
    }
  }
}

}  // namespace hub::web
