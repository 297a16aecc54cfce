// One call to a child process: sends the request, serves what the child asks of the hub meanwhile,
// and gives back the reply frame. Runs wholly on the caller's thread, so nothing serves the host
// socket unless a verb runs.
#pragma once

#include <functional>

#include "hub/base/limits.h"
#include "hub/hosting/adapter_port.h"
#include "hub/hosting/channel.h"

namespace hub::hosting {

enum class Talk {
  kAnswered,
  kNotSent,  // the child cannot have read the request: safe to try another process
  kDeadline,
  kClosed,    // the child hung up (it ended, most likely)
  kTooLarge,  // the reply is larger than its limit
  kBreach,    // a host call out of turn or unreadable
};

struct TalkFds {
  int adapter = -1;
  int host = -1;
  int side = -1;                 // also watched, e.g. the child's stderr; -1: none
  std::function<bool()> onSide;  // drains it; false: do not watch it any longer
};

Talk talk(const TalkFds& fds, std::string_view request, Deadline deadline, HostServices& services,
          const Limits& limits, FrameBytes& reply);

}  // namespace hub::hosting
