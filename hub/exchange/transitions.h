// The exchange's rules as data: what an adapter's outcome does to an outbox row, what an agency's
// status or a decision does to an appeal, when to try again, when to stop calling a broken agency.
// Pure: time and random numbers are arguments. Threads: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contracts/adapter/verbs.h"
#include "hub/base/limits.h"
#include "hub/base/time.h"
#include "hub/store/store.h"

namespace hub::exchange {

// One row of the delivery table.
struct DeliveryStep {
  store::OutboxState next;
  bool again = false;  // another attempt is scheduled
};
// What follows from an outcome. FAULT is tried again a few times, since a malformed answer may be a passing
// trouble; each time that kFaultAttemptsMax came in a row (`faults`, with this one) it is a dead letter. Attempts that
// ended otherwise do not count: an agency that was down for an hour has its five, too, and so has one whose dead
// letter a person sends again.
inline constexpr int kFaultAttemptsMax = 5;
DeliveryStep afterOutcome(otinish::Outcome outcome, int faults = 1);

// An agency that asks for more time than this (Retry-After) is asked again after this.
inline constexpr std::int64_t kRetryAfterMsMax = 6LL * 60 * 60 * 1000;
// Full jitter, capped by retry_ms_max: uniform in [0, min(cap, first * 2^(attempt-1))], never less than
// the agency's own hint, which has a cap of its own (kRetryAfterMsMax). `random01` in [0,1).
std::int64_t backOffMs(int attempt, std::int64_t hint_ms, double random01, const Limits& limits);

// Appeal states (domain: codes of the register). Empty result: the event does not apply in this state
// (an answer that came late, or an agency going backwards); it is recorded, the state stays.
std::optional<std::string> appealStateAfterStatus(std::string_view state, std::string_view status);
// The action of the procedure by which the terms go when the agency tells of such a step; "" if none do.
std::string_view actionOfStatus(std::string_view status);
// A step of the procedure, or the body's word on a withdrawal.
bool isStep(std::string_view status);
// The agency goes on with the appeal after its notice of defects: no status says that they were mended.
bool meansCured(std::string_view state, std::string_view status);
// The agency says no to what it was sent.
bool isNo(std::string_view status);
std::optional<std::string> appealStateAfterDecision(std::string_view state,
                                                    std::string_view outcome);
// No further work is expected in this state.
bool isFinal(std::string_view appeal_state);
const std::vector<std::string>& finalStates();
// The applicant declared a withdrawal that is not answered yet, though the answer may be on paper.
bool isWithdrawing(std::string_view appeal_state);

// Circuit breaker of one agency. Not thread-safe: its owner locks.
class Breaker {
 public:
  struct Options {
    int failures_to_open = 5;
    std::int64_t open_ms_first = 5'000;
    std::int64_t open_ms_max = 60'000;
  };
  Breaker() = default;
  explicit Breaker(Options options) : options_(options) {}
  // May a call be made now? In half-open, one call at a time may.
  bool allow(Instant now);
  void succeeded();
  void failed(Instant now);
  // A permitted call that says nothing about the agency's health (refused by its own data).
  void neutral() { trial_running_ = false; }
  std::string_view state(Instant now) const;
  // When allow() may become true; now if it already is.
  Instant retryAt(Instant now) const;

 private:
  bool isPausing(Instant now) const;

  Options options_;
  int failures_ = 0;
  int openings_ = 0;
  bool open_ = false;
  bool trial_running_ = false;
  Instant open_until_{};
};

}  // namespace hub::exchange
