#include "hub/hosting/slot_machine.h"

#include <gtest/gtest.h>

namespace hub::hosting {
namespace {

using namespace std::chrono_literals;
using E = SlotEvent;
using S = InstanceState;
using Time = SlotMachine::Time;

// Processes that start or not as the test says, on a clock that the test moves.
class FakeSlot {
 public:
  // Lives one process: started, and after `lived` broken. Returns the pause that follows.
  std::chrono::milliseconds live(std::chrono::milliseconds lived) {
    EXPECT_TRUE(machine.apply(E::kStart, now));
    EXPECT_TRUE(machine.apply(E::kReady, now));
    now += lived;
    return fall();
  }
  std::chrono::milliseconds failToStart() {
    EXPECT_TRUE(machine.apply(E::kStart, now));
    return fall();
  }
  std::chrono::milliseconds fall() {
    EXPECT_TRUE(machine.apply(E::kBroken, now));
    EXPECT_EQ(machine.state(), S::kCooling);
    const auto pause =
        std::chrono::duration_cast<std::chrono::milliseconds>(machine.startDue() - now);
    now = machine.startDue();
    return pause;
  }
  SlotMachine machine;
  Time now{};
};

TEST(SlotMachine, GoesThroughAWholeLife) {
  FakeSlot slot;
  EXPECT_EQ(slot.machine.state(), S::kNew);
  const std::pair<E, S> life[] = {{E::kStart, S::kStarting}, {E::kReady, S::kReady},
                                  {E::kCall, S::kBusy},      {E::kAnswered, S::kReady},
                                  {E::kCall, S::kBusy},      {E::kBroken, S::kCooling},
                                  {E::kStart, S::kStarting}, {E::kReady, S::kReady},
                                  {E::kStop, S::kStopping},  {E::kEnded, S::kOff}};
  for (const auto& [event, state] : life) {
    EXPECT_TRUE(slot.machine.apply(event, slot.now));
    EXPECT_EQ(slot.machine.state(), state);
  }
  EXPECT_EQ(slot.machine.restarts(), 1);
}

TEST(SlotMachine, PausesGrowToTheirCapAndNeverEnd) {
  FakeSlot slot;
  std::vector<long> pauses;
  for (int i = 0; i < 14; ++i) pauses.push_back(slot.failToStart().count());
  EXPECT_EQ(pauses, (std::vector<long>{100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200,
                                       60000, 60000, 60000, 60000}));
  EXPECT_EQ(slot.machine.restarts(), 13);
}

TEST(SlotMachine, AHealthyTimeStartsThePausesOver) {
  FakeSlot slot;
  slot.failToStart();
  slot.failToStart();
  EXPECT_EQ(slot.live(59'999ms), 400ms);
  EXPECT_EQ(slot.live(60'000ms), 100ms);
  EXPECT_EQ(slot.live(1ms), 200ms);
}

TEST(SlotMachine, RefusesEventsOutOfPlaceAndStaysAsItIs) {
  SlotMachine machine;
  for (const E event : {E::kReady, E::kCall, E::kAnswered, E::kBroken, E::kEnded}) {
    EXPECT_FALSE(machine.apply(event, Time{}));
    EXPECT_EQ(machine.state(), S::kNew);
  }
  machine.apply(E::kStop, Time{});
  for (const E event :
       {E::kStart, E::kReady, E::kCall, E::kAnswered, E::kBroken, E::kStop, E::kEnded}) {
    EXPECT_FALSE(machine.apply(event, Time{}));
    EXPECT_EQ(machine.state(), S::kOff);
  }
  EXPECT_EQ(machine.restarts(), 0);
}

TEST(SlotMachine, StopsFromEveryState) {
  using Path = std::vector<E>;
  for (const auto& [path, expected] : {std::pair<Path, S>{{}, S::kOff},
                                       {{E::kStart}, S::kStopping},
                                       {{E::kStart, E::kReady}, S::kStopping},
                                       {{E::kStart, E::kReady, E::kCall}, S::kStopping},
                                       {{E::kStart, E::kBroken}, S::kOff}}) {
    SlotMachine machine;
    for (const E event : path) EXPECT_TRUE(machine.apply(event, Time{}));
    EXPECT_TRUE(machine.apply(E::kStop, Time{}));
    EXPECT_EQ(machine.state(), expected);
    machine.apply(E::kEnded, Time{});
    EXPECT_EQ(machine.state(), S::kOff);
  }
}

TEST(SlotMachine, StatesHaveNames) {
  EXPECT_EQ(toString(S::kCooling), "cooling");
  EXPECT_EQ(toString(S::kOff), "off");
}

}  // namespace
}  // namespace hub::hosting
