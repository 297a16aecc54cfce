#include "hub/hosting/channel.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <limits>

namespace hub::hosting {
namespace {

// Waits until the socket is ready for `events`; POLLHUP counts as ready so that the operation
// itself tells what happened.
Io waitFor(int fd, short events, Deadline deadline) {
  while (true) {
    pollfd entry{fd, events, 0};
    const int ready = ::poll(&entry, 1, pollMs(deadline));
    if (ready > 0) return Io::kOk;
    if (ready == 0 && std::chrono::steady_clock::now() >= deadline) return Io::kDeadline;
    if (ready < 0 && errno != EINTR) return Io::kClosed;
  }
}

bool wouldBlock() { return errno == EAGAIN || errno == EWOULDBLOCK; }

Io receiveAll(int fd, char* to, std::size_t size, Deadline deadline) {
  std::size_t have = 0;
  while (have < size) {
    const auto n = ::recv(fd, to + have, size - have, MSG_DONTWAIT);
    if (n > 0) {
      have += static_cast<std::size_t>(n);
    } else if (n == 0) {
      return Io::kClosed;
    } else if (wouldBlock()) {
      if (const Io io = waitFor(fd, POLLIN, deadline); io != Io::kOk) return io;
    } else if (errno != EINTR) {
      return Io::kClosed;
    }
  }
  return Io::kOk;
}

// Skips `sent` bytes of what an iovec pair still holds.
void advance(iovec (&parts)[2], std::size_t sent) {
  for (auto& part : parts) {
    const std::size_t step = std::min(sent, part.iov_len);
    part.iov_base = static_cast<char*>(part.iov_base) + step;
    part.iov_len -= step;
    sent -= step;
  }
}

}  // namespace

int pollMs(Deadline deadline) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now())
          .count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, std::numeric_limits<int>::max()));
}

Io sendFrame(int fd, std::string_view payload, Deadline deadline) {
  if (payload.size() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
    return Io::kTooLarge;
  }
  const auto n = static_cast<std::uint32_t>(payload.size());
  unsigned char head[4] = {static_cast<unsigned char>(n >> 24), static_cast<unsigned char>(n >> 16),
                           static_cast<unsigned char>(n >> 8), static_cast<unsigned char>(n)};
  iovec parts[2] = {{head, sizeof head}, {const_cast<char*>(payload.data()), payload.size()}};
  std::size_t left = sizeof head + payload.size();
  while (left > 0) {
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = 2;
    const auto sent = ::sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) {
      left -= static_cast<std::size_t>(sent);
      advance(parts, static_cast<std::size_t>(sent));
    } else if (wouldBlock()) {
      if (const Io io = waitFor(fd, POLLOUT, deadline); io != Io::kOk) return io;
    } else if (errno != EINTR) {
      return Io::kClosed;
    }
  }
  return Io::kOk;
}

Io receiveFrame(int fd, FrameBytes& frame, std::size_t bytes_max, Deadline deadline) {
  unsigned char head[4];
  if (const Io io = receiveAll(fd, reinterpret_cast<char*>(head), sizeof head, deadline);
      io != Io::kOk) {
    return io;
  }
  const std::size_t size = (static_cast<std::size_t>(head[0]) << 24) |
                           (static_cast<std::size_t>(head[1]) << 16) |
                           (static_cast<std::size_t>(head[2]) << 8) | head[3];
  if (size > bytes_max) return Io::kTooLarge;
  frame.data = std::make_unique_for_overwrite<char[]>(size);
  frame.size = size;
  return receiveAll(fd, frame.data.get(), size, deadline);
}

}  // namespace hub::hosting
