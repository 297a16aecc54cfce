// The life of one adapter process as a pure state machine: events and time in, state and the moment
// of the next start out. Restarts never end; the pause between them doubles from 0.1 s to 60 s and
// starts over once a process has been healthy for a while. No threads, no clock of its own.
#pragma once

#include <chrono>

#include "hub/hosting/adapter_port.h"

namespace hub::hosting {

struct RestartPolicy {
  std::chrono::milliseconds pause_first{100};
  std::chrono::milliseconds pause_max{60'000};
  std::chrono::milliseconds healthy_after{
      60'000};  // ready for so long: the next pause is the first
};

enum class SlotEvent {
  kStart,     // a process is being started (the first time, or after a pause)
  kReady,     // it described itself and took its configuration
  kCall,      // a verb begins
  kAnswered,  // a verb ended with an answer
  kBroken,    // it failed to start, ended, or must be ended
  kStop,      // the hub wants it no longer
  kEnded,     // after kStop: its process is gone
};

class SlotMachine {
 public:
  using Time = std::chrono::steady_clock::time_point;
  explicit SlotMachine(RestartPolicy policy = {}) : policy_(policy) {}

  // False, and nothing changes, if the event has no place in the present state.
  bool apply(SlotEvent event, Time now);
  InstanceState state() const { return state_; }
  // kCooling: when the next process is due.
  Time startDue() const { return start_due_; }
  std::chrono::milliseconds pause() const { return pause_; }
  // Processes started after the first.
  int restarts() const { return starts_ > 1 ? starts_ - 1 : 0; }

 private:
  void enterCooling(Time now);

  RestartPolicy policy_;
  InstanceState state_ = InstanceState::kNew;
  Time ready_since_{};
  Time start_due_{};
  std::chrono::milliseconds pause_{0};
  int starts_ = 0;
};

}  // namespace hub::hosting
