#include "hub/hosting/slot_machine.h"

#include <algorithm>
#include <array>

namespace hub::hosting {
namespace {

using S = InstanceState;
using E = SlotEvent;

struct Transition {
  S from;
  E event;
  S to;
};

constexpr std::array kTransitions = {
    Transition{S::kNew, E::kStart, S::kStarting},
    Transition{S::kNew, E::kStop, S::kOff},
    Transition{S::kStarting, E::kReady, S::kReady},
    Transition{S::kStarting, E::kBroken, S::kCooling},
    Transition{S::kStarting, E::kStop, S::kStopping},
    Transition{S::kReady, E::kCall, S::kBusy},
    Transition{S::kReady, E::kBroken, S::kCooling},
    Transition{S::kReady, E::kStop, S::kStopping},
    Transition{S::kBusy, E::kAnswered, S::kReady},
    Transition{S::kBusy, E::kBroken, S::kCooling},
    Transition{S::kBusy, E::kStop, S::kStopping},
    Transition{S::kCooling, E::kStart, S::kStarting},
    Transition{S::kCooling, E::kStop, S::kOff},
    Transition{S::kStopping, E::kEnded, S::kOff},
};

}  // namespace

std::string_view toString(InstanceState state) {
  switch (state) {
    case S::kNew:
      return "new";
    case S::kStarting:
      return "starting";
    case S::kReady:
      return "ready";
    case S::kBusy:
      return "busy";
    case S::kStopping:
      return "stopping";
    case S::kCooling:
      return "cooling";
    case S::kOff:
      return "off";
  }
  return "unknown";
}

bool SlotMachine::apply(SlotEvent event, Time now) {
  const auto it = std::find_if(kTransitions.begin(), kTransitions.end(),
                               [&](const auto& t) { return t.from == state_ && t.event == event; });
  if (it == kTransitions.end()) return false;
  if (event == E::kStart) ++starts_;
  if (event == E::kReady) ready_since_ = now;
  if (event == E::kBroken) enterCooling(now);
  state_ = it->to;
  return true;
}

void SlotMachine::enterCooling(Time now) {
  const bool was_healthy = state_ != S::kStarting && now - ready_since_ >= policy_.healthy_after;
  const bool first = pause_.count() == 0 || was_healthy;
  pause_ = first ? policy_.pause_first : std::min(pause_ * 2, policy_.pause_max);
  start_due_ = now + pause_;
}

}  // namespace hub::hosting
