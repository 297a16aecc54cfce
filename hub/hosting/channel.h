// Frames over a connected socket: a 4-byte big-endian length, then that many bytes (what Thrift
// calls the framed transport). Every operation has one absolute deadline, because a limit per read
// can be stretched for ever by a peer that sends a byte at a time.
#pragma once

#include <chrono>
#include <memory>
#include <string_view>

namespace hub::hosting {

using Deadline = std::chrono::steady_clock::time_point;

enum class Io { kOk, kDeadline, kClosed, kTooLarge };

// The bytes of one received frame.
struct FrameBytes {
  std::unique_ptr<char[]> data;
  std::size_t size = 0;
  std::string_view view() const { return {data.get(), size}; }
};

// Sends one frame. Anything but kOk: the peer cannot have read it in full. Never raises SIGPIPE.
Io sendFrame(int fd, std::string_view payload, Deadline deadline);

// Receives one frame of at most `bytes_max` bytes; kTooLarge is known before anything is allocated.
Io receiveFrame(int fd, FrameBytes& frame, std::size_t bytes_max, Deadline deadline);

// Milliseconds to hand to poll: rounded up, 0 when past.
int pollMs(Deadline deadline);

}  // namespace hub::hosting
