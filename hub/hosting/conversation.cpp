#include "hub/hosting/conversation.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

#include "hub/hosting/wire.h"

namespace hub::hosting {
namespace {

Talk talkOf(Io io) {
  switch (io) {
    case Io::kOk:
      return Talk::kAnswered;
    case Io::kDeadline:
      return Talk::kDeadline;
    case Io::kClosed:
      return Talk::kClosed;
    case Io::kTooLarge:
      return Talk::kTooLarge;
  }
  return Talk::kClosed;
}

bool isReadableNow(int one, int other) {
  pollfd entries[2] = {{one, POLLIN, 0}, {other, POLLIN, 0}};
  if (::poll(entries, 2, 0) < 1) return false;
  return std::any_of(std::begin(entries), std::end(entries), [](const pollfd& entry) {
    return (entry.revents & POLLIN) != 0 && (entry.revents & POLLHUP) == 0;
  });
}

// kAnswered: served, go on waiting.
Talk serveOne(int fd, Deadline deadline, HostServices& services, const Limits& limits) {
  FrameBytes request;
  const Io got = receiveFrame(fd, request, wire::frameBytesMax(limits), deadline);
  if (got == Io::kTooLarge) return Talk::kBreach;
  if (got != Io::kOk) return talkOf(got);
  auto reply = wire::serveHost(request, services, deadline, limits);
  if (!reply) return Talk::kBreach;
  return talkOf(sendFrame(fd, reply->bytes, deadline));
}

}  // namespace

Talk talk(const TalkFds& fds, std::string_view request, Deadline deadline, HostServices& services,
          const Limits& limits, FrameBytes& reply) {
  // What arrived while no verb ran was asked out of turn.
  if (isReadableNow(fds.host, fds.adapter)) return Talk::kBreach;
  const Io sent = sendFrame(fds.adapter, request, deadline);
  if (sent != Io::kOk) return sent == Io::kClosed ? Talk::kNotSent : talkOf(sent);
  pollfd entries[3] = {{fds.adapter, POLLIN, 0}, {fds.host, POLLIN, 0}, {fds.side, POLLIN, 0}};
  while (true) {
    const int ready = ::poll(entries, 3, pollMs(deadline));
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return Talk::kClosed;
    if (ready == 0 && std::chrono::steady_clock::now() >= deadline) return Talk::kDeadline;
    if (entries[2].revents != 0 && !fds.onSide()) entries[2].fd = -1;
    if (entries[0].revents != 0) {
      return talkOf(receiveFrame(fds.adapter, reply, wire::answerFrameBytesMax(limits), deadline));
    }
    if (entries[1].revents == 0) continue;
    const Talk served = serveOne(fds.host, deadline, services, limits);
    // A child that closed its host socket may still answer: it just asks for nothing more.
    if (served == Talk::kClosed) {
      entries[1].fd = -1;
    } else if (served != Talk::kAnswered) {
      return served;
    }
  }
}

}  // namespace hub::hosting
