#include "hub/exchange/transitions.h"

#include <algorithm>
#include <array>

namespace hub::exchange {
namespace {

using otinish::Outcome;
using store::OutboxState;

struct DeliveryRow {
  Outcome outcome;
  OutboxState next;
  bool again;
};
constexpr std::array kDelivery = {
    DeliveryRow{Outcome::kDone, OutboxState::kDelivered, false},
    DeliveryRow{Outcome::kPending, OutboxState::kAwaiting, false},
    DeliveryRow{Outcome::kRetry, OutboxState::kRetryWait, true},
    DeliveryRow{Outcome::kRejected, OutboxState::kRejected, false},
    DeliveryRow{Outcome::kUnsupported, OutboxState::kDead, false},
    DeliveryRow{Outcome::kMisconfigured, OutboxState::kDead, false},
    DeliveryRow{Outcome::kFault, OutboxState::kRetryWait, true},
};

// What may happen to the state by a status.
enum class Move {
  kOn,     // forward only: what is behind the state came late
  kWhere,  // the same, but behind the state it is news that changes nothing
  kStep,  // of the procedure, from every open state; but a withdrawal waits for the body's word on it,
          // and a signed decision stands
  kAnswer,   // to a withdrawal; else it changes nothing
  kNone,     // nothing
  kNoneEver  // nor is it late after the end: it tells of the act's execution, too
};
struct StatusRow {
  std::string_view status;
  std::string_view next;
  Move move = Move::kOn;
  std::string_view action = {};  // of the procedure, whose terms go with it
};
// A body's register says that the appeal is its own; that an executor was named there says nothing of that yet.
constexpr const char* kTakesUp = "start_work";
constexpr const char* kDeclines = "decline_competence";
// Every status of the contract (status_code).
constexpr std::array kStatus = {
    StatusRow{"delivered", "assigned"},
    StatusRow{"registered", "in_work", Move::kOn, kTakesUp},
    StatusRow{"not_registered", "awaiting_routing", Move::kOn, kDeclines},
    StatusRow{"assigned", "assigned", Move::kWhere},
    StatusRow{"in_work", "in_work", Move::kOn, kTakesUp},
    StatusRow{"nonconforming_notice", "nonconforming_notice", Move::kStep, "notify_defects"},
    StatusRow{"hearing_notified", "hearing_notified", Move::kStep, "hearing_notify"},
    StatusRow{"hearing_held", "hearing_held", Move::kStep, "hearing_hold"},
    StatusRow{"extended", "extended", Move::kOn, kTakesUp},
    // The legal term is moved by an extension or by the calendar, by no word of a body.
    StatusRow{"term_changed", "", Move::kNone},
    StatusRow{"control_set", "", Move::kNoneEver},
    StatusRow{"control_removed", "", Move::kNoneEver},
    StatusRow{"forwarded", "forwarded_full"},
    StatusRow{"returned", "returned"},
    StatusRow{"refused", "awaiting_routing", Move::kOn, kDeclines},
    StatusRow{"terminated", "terminated"},
    StatusRow{"withdrawn", "withdrawn", Move::kStep},
    StatusRow{"withdrawal_refused", "withdrawal_refused", Move::kAnswer},
    StatusRow{"executed", "", Move::kNone},
};

const StatusRow* rowOf(std::string_view status) {
  const auto found = std::find_if(kStatus.begin(), kStatus.end(),
                                  [status](const StatusRow& row) { return row.status == status; });
  return found == kStatus.end() ? nullptr : &*found;
}

// How far along a state is: an agency cannot move an appeal backwards.
int rank(std::string_view state) {
  if (state == "assigned") return 1;
  if (state == "in_work") return 2;
  if (state == "extended") return 3;
  if (isFinal(state)) return 9;
  return 0;
}
bool isRoutine(std::string_view state) { return state == "assigned" || state == "in_work"; }
bool isOfAStep(std::string_view state) {
  return rank(state) == 0 && state != "received" && state != "registered" && state != "routed";
}

}  // namespace

DeliveryStep afterOutcome(Outcome outcome, int faults) {
  for (const auto& row : kDelivery) {
    if (row.outcome != outcome) continue;
    if (outcome == Outcome::kFault && faults > 0 && faults % kFaultAttemptsMax == 0) break;
    return {row.next, row.again};
  }
  return {OutboxState::kDead, false};
}

std::int64_t backOffMs(int attempt, std::int64_t hint_ms, double random01, const Limits& limits) {
  int doublings = std::clamp(attempt - 1, 0, 30);
  std::int64_t ceiling = limits.retry_ms_first << doublings;
  if (ceiling > limits.retry_ms_max || ceiling <= 0) ceiling = limits.retry_ms_max;
  auto pause = static_cast<std::int64_t>(random01 * static_cast<double>(ceiling));
  return std::max(pause, std::clamp<std::int64_t>(hint_ms, 0, kRetryAfterMsMax));
}

bool isWithdrawing(std::string_view state) {
  return state == "withdrawn" || state == "withdrawal_prepared" || state == "withdrawal_agreed";
}

const std::vector<std::string>& finalStates() {
  static const std::vector<std::string> states = {
      "executed",       "terminated",    "left_without_consideration", "returned", "deemed_refused",
      "forwarded_full", "sent_to_higher"};
  return states;
}

bool isFinal(std::string_view state) {
  const auto& states = finalStates();
  return std::find(states.begin(), states.end(), state) != states.end();
}

std::optional<std::string> appealStateAfterStatus(std::string_view state, std::string_view status) {
  const auto* row = rowOf(status);
  // Once the agency refused it, the appeal is no longer the agency's to speak of.
  if (!row || state == "awaiting_routing") return std::nullopt;
  const bool over = isFinal(state);
  if (over && row->move != Move::kNoneEver) return std::nullopt;
  switch (row->move) {
    case Move::kNone:
    case Move::kNoneEver:
      return std::string(state);
    case Move::kStep:
      return std::string(isWithdrawing(state) || state == "decision_signed" ? state : row->next);
    case Move::kAnswer:
      return std::string(isWithdrawing(state) ? row->next : state);
    case Move::kOn:
    case Move::kWhere:
      break;
  }
  if (meansCured(state, status)) return std::string(row->next);
  // A step of the procedure (a withdrawal, a hearing) is not undone by routine news.
  if (isOfAStep(state) && isRoutine(row->next)) return std::string(state);
  if (rank(row->next) == 0 || rank(row->next) >= rank(state)) return std::string(row->next);
  if (row->move == Move::kWhere) return std::string(state);
  return std::nullopt;
}

std::string_view actionOfStatus(std::string_view status) {
  const auto* row = rowOf(status);
  return row ? row->action : std::string_view();
}

bool isStep(std::string_view status) {
  const auto* row = rowOf(status);
  return row && (row->move == Move::kStep || row->move == Move::kAnswer);
}

bool meansCured(std::string_view state, std::string_view status) {
  constexpr std::array<std::string_view, 4> kGoesOn = {"in_work", "extended", "hearing_notified",
                                                       "hearing_held"};
  return state == "nonconforming_notice" &&
         std::find(kGoesOn.begin(), kGoesOn.end(), status) != kGoesOn.end();
}

bool isNo(std::string_view status) { return status == "refused" || status == "not_registered"; }

std::optional<std::string> appealStateAfterDecision(std::string_view state,
                                                    std::string_view outcome) {
  // A correction (APPC 82) leaves a finished appeal finished; the first decision ends it.
  // A deemed refusal (APPC 91(2), 100(5)) gives the applicant a right and takes none: a late act counts.
  if (isFinal(state) && state != "executed" && state != "deemed_refused") return std::nullopt;
  if (outcome == "terminated") return "terminated";
  if (outcome == "returned") return "returned";
  if (outcome == "forwarded") return "forwarded_full";
  if (outcome == "left_without_consideration") return "left_without_consideration";
  return "executed";
}

// A pause that has longer to go than any lasts began while the clock was ahead: it is over.
bool Breaker::isPausing(Instant now) const {
  const auto left = open_until_ - now;
  return left > Instant::duration::zero() &&
         left <= std::chrono::milliseconds(options_.open_ms_max);
}

bool Breaker::allow(Instant now) {
  if (!open_) return true;
  if (isPausing(now) || trial_running_) return false;
  trial_running_ = true;
  return true;
}

void Breaker::succeeded() {
  open_ = false;
  trial_running_ = false;
  failures_ = 0;
  openings_ = 0;
}

void Breaker::failed(Instant now) {
  bool trial = open_ && trial_running_;
  trial_running_ = false;
  if (!trial && open_) return;
  if (!trial && ++failures_ < options_.failures_to_open) return;
  std::int64_t pause = options_.open_ms_first << std::min(openings_, 20);
  pause = std::min(pause, options_.open_ms_max);
  ++openings_;
  open_ = true;
  open_until_ = now + std::chrono::milliseconds(pause);
}

std::string_view Breaker::state(Instant now) const {
  if (!open_) return "closed";
  return isPausing(now) ? "open" : "half-open";
}

Instant Breaker::retryAt(Instant now) const {
  if (!open_ || !isPausing(now)) return now;
  return open_until_;
}

}  // namespace hub::exchange
