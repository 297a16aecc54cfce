#include "hub/exchange/dispatcher.h"

#include <pthread.h>

#include <algorithm>
#include <limits>
#include <random>
#include <string_view>
#include <typeinfo>

#include "hub/base/ids.h"
#include "hub/base/log.h"
#include "hub/base/metrics.h"
#include "hub/base/text.h"
#include "hub/exchange/answer_words.h"
#include "hub/exchange/answered_deliveries.h"
#include "hub/exchange/arrival.h"
#include "hub/exchange/case_file.h"
#include "hub/exchange/event_texts.h"
#include "hub/exchange/last_failure.h"
#include "hub/exchange/refused.h"
#include "hub/exchange/term_news.h"
#include "hub/exchange/transitions.h"
#include "hub/model/codec.h"

namespace hub::exchange {
namespace {

using otinish::Outcome;
using store::OutboxState;
using namespace std::chrono;

constexpr auto kSafetyNet = seconds(2);
constexpr auto kShortPause = milliseconds(20);
constexpr auto kReadyFor =
    milliseconds(250);  // then a row read before may have been stopped or moved
constexpr int kReadyPerThread = 32;
constexpr auto kOverdueLook = seconds(30);
constexpr auto kBrokenPause = seconds(60);
constexpr auto kLongPause = milliseconds(250);
constexpr std::size_t kBodiesKeptMax = 2'000;
constexpr std::size_t kBodiesKeptBytesMax = 4 * 1024 * 1024;
constexpr std::size_t kBodyKeptBytesMax = 32 * 1024;  // larger ones are read from the store

double random01() {
  thread_local std::mt19937_64 generator{std::random_device{}()};
  return std::uniform_real_distribution<double>(0.0, 1.0)(generator);
}

std::string_view deliveredEvent(std::string_view type) {
  if (type == "withdrawal/1") return "withdrawal_delivered";
  if (type == "status/1") return "term_change_delivered";
  return "delivered";
}

// Of the attempt's end the adapter said nothing.
bool isNoAnswer(std::string_view code) {
  return code.starts_with("hosting.") || code.starts_with("store.") || code == "adapter.exception";
}

bool wasTaken(int outcome) {
  return outcome == static_cast<int>(Outcome::kDone) ||
         outcome == static_cast<int>(Outcome::kPending);
}

// The last day of the forwarding term (APPC 65(1)) is here: whoever runs the hub must know.
bool forwardTermEnds(store::Tx& tx, const store::AppealRow& appeal, Instant now) {
  auto due = tx.clockDue(appeal.id, "forward");
  auto today = toLocal(now, "Asia/Almaty");
  return due.ok() && !due->empty() && today.ok() && formatDate(today->date) >= *due;
}

// Nobody but the body knows which of its two cases goes on: an administrator asks it, and closes what is kept here.
Status tellSecondCase(store::Tx& tx, const std::string& alias, const store::AppealRow& appeal,
                      const std::string& message_id, const std::string& known,
                      const std::string& given, Instant now) {
  logError("outbox.second_case_number", {{"agency", alias}, {"message_id", message_id}});
  auto made = makeEvent(appeal.id, "second_case_number", now, actorOf({alias, ""}), appeal.state,
                        appeal.state, kSecondCase);
  if (auto s = tx.addEvent(made); !s) return s;
  const Error why{kSecondCase, "the agency has two cases of it: " + known + ", " + given, "", 0};
  return keepRefused(tx, alias, why, {"answer", known + "\n" + given, message_id, ""}, now);
}

}  // namespace

Dispatcher::Dispatcher(Agency& agency, store::Store& store, const Inbound& inbound,
                       KeepBudget& budget, const Limits& limits, const Clock& clock,
                       std::string journal_key, std::string node_name)
    : agency_(agency),
      store_(store),
      inbound_(inbound),
      budget_(budget),
      limits_(limits),
      clock_(clock),
      journal_key_(std::move(journal_key)),
      node_name_(std::move(node_name)),
      form_(agency.adapter().about().form),
      adapter_(agency.adapter().about().name) {}

Dispatcher::~Dispatcher() { stop(); }

void Dispatcher::start() {
  // Ids grow, whatever the clock does meanwhile.
  auto newest = store_.listOutbox("", std::nullopt, 1);
  if (!newest) {
    older_than_ = std::numeric_limits<store::RowId>::max();
  } else if (!newest->empty()) {
    older_than_ = newest->front().id + 1;
  }
  for (int i = 0; i < agency_.config().concurrency; ++i) {
    threads_.emplace_back([this] { deliverLoop(); });
  }
  threads_.emplace_back([this] { collectLoop(); });
}

void Dispatcher::stop() {
  askToStop();
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
  threads_.clear();
  // Results still on their way to the store refer to this object.
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return in_flight_.empty(); });
}

void Dispatcher::askToStop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  collect_changed_.notify_all();
}

std::optional<Instant> Dispatcher::oldestOpen() {
  std::optional<Instant> oldest;
  auto counts = store_.outboxCounts();
  if (!counts) return clock_.now();  // unknown: rather put off than refuse for ever
  for (const auto& row : *counts) {
    bool open = row.state == store::toString(OutboxState::kPending) ||
                row.state == store::toString(OutboxState::kInFlight) ||
                row.state == store::toString(OutboxState::kRetryWait);
    if (row.destination != agency_.alias() || !open || !row.oldest) continue;
    if (!oldest || *row.oldest < *oldest) oldest = row.oldest;
  }
  return oldest;
}

void Dispatcher::wake() {
  {
    std::lock_guard lock(mutex_);
    dirty_ = true;
  }
  changed_.notify_one();
}

KeptBack Dispatcher::holdBack(store::RowId outbox) {
  constexpr auto kHeldFor = seconds(5);
  std::lock_guard lock(mutex_);
  if (in_flight_.contains(outbox)) return KeptBack::kUnderWay;
  const Instant now = clock_.now();
  held_[outbox] = {now, now + kHeldFor};
  std::erase_if(ready_, [&](const auto& row) { return row.id == outbox; });
  // A process before this one may have sent what was queued then.
  return maybe_sent_.contains(outbox) || outbox < older_than_ ? KeptBack::kMaybeSent
                                                              : KeptBack::kFree;
}

void Dispatcher::offer(const std::string& message_id, Offered offered) {
  if (offered.body.size() > kBodyKeptBytesMax) return;
  const std::size_t bytes = offered.body.size();
  std::lock_guard lock(mutex_);
  if (missed_.erase(message_id) != 0 || offered_.contains(message_id)) return;
  while (!offered_order_.empty() && (offered_order_.size() >= kBodiesKeptMax ||
                                     offered_bytes_ + bytes > kBodiesKeptBytesMax)) {
    takeOffered(offered_order_.front());
    offered_order_.pop_front();
  }
  offered_[message_id] = std::move(offered);
  offered_bytes_ += bytes;
  offered_order_.push_back(message_id);
}

Dispatcher::Offered Dispatcher::takeOffered(const std::string& message_id) {
  auto found = offered_.extract(message_id);
  if (!found) return {};
  offered_bytes_ -= found.mapped().body.size();
  return std::move(found.mapped());
}

void Dispatcher::refill(std::unique_lock<std::mutex>& lock) {
  dirty_ = false;
  // What is settled while the query runs may still look due in its answer.
  ++refills_;
  // Many at once: those under way are read again each time.
  int limit = agency_.config().concurrency * kReadyPerThread + static_cast<int>(in_flight_.size());
  const Instant asked = clock_.now();
  lock.unlock();
  const Instant too_far =
      asked + milliseconds(std::max<std::int64_t>(limits_.retry_ms_max, kRetryAfterMsMax));
  auto due = store_.dueOutbox(agency_.alias(), asked, limit, too_far);
  lock.lock();
  auto settled = settled_meanwhile_;
  if (--refills_ == 0) settled_meanwhile_.clear();
  if (!due) {
    logError("outbox.unreadable", {{"agency", agency_.alias()}, {"code", due.error().code}});
    return;
  }
  const auto ahead = std::count_if(due->begin(), due->end(),
                                   [&](const auto& row) { return row.next_at > too_far; });
  if (ahead > 0) {
    logWarning("outbox.clock_was_ahead",
               {{"agency", agency_.alias()}, {"deliveries", static_cast<long long>(ahead)}});
  }
  if (static_cast<int>(due->size()) >= limit) dirty_ = true;
  ready_.clear();
  ready_at_ = asked;
  Instant now = clock_.now();
  std::erase_if(held_, [now](const auto& held) { return held.second.isOver(now); });
  for (auto& row : *due) {
    if (in_flight_.count(row.id) || settled.count(row.id) || held_.count(row.id)) continue;
    ready_.push_back(std::move(row));
  }
}

bool Dispatcher::takeNext(std::unique_lock<std::mutex>& lock, store::OutboxRow* row) {
  // A slow agency's next row may wait here for minutes, while an operator sends the appeal elsewhere.
  const auto age = clock_.now() - ready_at_;
  if (!ready_.empty() && (age > kReadyFor || age < Instant::duration::zero())) {
    ready_.clear();
    dirty_ = true;
  }
  for (int look = 0; look < 2; ++look) {
    for (auto it = ready_.begin(); it != ready_.end(); ++it) {
      if (in_flight_.count(it->id) || busy_appeals_.count(it->appeal)) continue;
      *row = std::move(*it);
      ready_.erase(it);
      return true;
    }
    if (!dirty_) return false;
    refill(lock);
  }
  return false;
}

// What one message does to the hub (memory that it wants, a fault of ours) is not to end the hub.
bool Dispatcher::guarded(Way way, const std::function<void()>& work) {
  try {
    work();
    return true;
  } catch (const std::exception& e) {
    agency_.abandon(way);
    logError("exchange.work_broken", {{"agency", agency_.alias()},
                                      {"way", way == Way::kCollect ? "collect" : "deliver"},
                                      {"what", typeid(e).name()}});
    return false;
  }
}

void Dispatcher::deliverLoop() {
  pthread_setname_np(pthread_self(), "hub-deliver");
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    Instant now = clock_.now();
    if (now >= overdue_look_ || overdue_look_ - now > kOverdueLook) {
      overdue_look_ = now + kOverdueLook;
      lock.unlock();
      guarded(Way::kDeliver, [this] { escalateOverdue(); });
      lock.lock();
      continue;
    }
    store::OutboxRow row;
    bool trial_elsewhere = false;
    if (agency_.retryAt(now) <= now && takeNext(lock, &row)) {
      if (agency_.allow(now)) {
        in_flight_.insert(row.id);
        busy_appeals_.insert(row.appeal);
        // Who wakes finds all the work; the next row is the next thread's.
        if (!ready_.empty()) changed_.notify_one();
        lock.unlock();
        const store::RowId id = row.id, appeal = row.appeal;
        const bool whole = guarded(Way::kDeliver, [&] { deliverOne(std::move(row)); });
        // It may have reached the agency: the attempt after this one says so.
        if (!whole) release(id, appeal, clock_.now() + kBrokenPause);
        lock.lock();
        continue;
      }
      ready_.push_front(std::move(row));
      trial_elsewhere = true;
    }
    auto pause = duration_cast<microseconds>(kSafetyNet);
    lock.unlock();
    auto next = store_.nextDue(agency_.alias());
    lock.lock();
    if (stopping_) break;
    now = clock_.now();
    if (next.ok() && next->has_value()) {
      // A row that is due already waits for its appeal or the breaker: look again shortly, or, when it
      // may be one under way, whose end is told, not so shortly: every idle thread looks.
      bool under_way = **next <= now && !in_flight_.empty();
      pause = std::clamp<microseconds>(**next - now, under_way ? kLongPause : kShortPause, pause);
    }
    auto breaker_at = agency_.retryAt(now);
    if (breaker_at > now) pause = std::clamp<microseconds>(breaker_at - now, kShortPause, pause);
    // Half-open with its one call under way elsewhere: nothing to do until that has ended.
    if (dirty_ && breaker_at <= now && !trial_elsewhere) continue;
    changed_.wait_for(lock, pause);
    dirty_ = true;
  }
}

Result<otinish::Message> Dispatcher::buildMessage(const store::OutboxRow& row,
                                                  std::string& digest) {
  otinish::Message message;
  Offered known;
  bool unseen = false;
  {
    std::lock_guard lock(mutex_);
    unseen = unseen_.contains(row.id);
    known = takeOffered(row.message_id);
    if (known.body.empty() && row.attempts == 0) {
      if (missed_.size() >= kBodiesKeptMax) missed_.clear();
      missed_.insert(row.message_id);
    }
  }
  if (known.body.empty()) {
    auto appeal = store_.appeal(row.appeal);
    if (!appeal) return appeal.status();
    auto stored = store_.message(row.message_id);
    if (!stored) return stored.status();
    if (!stored->has_value()) {
      return Status::failure("store.not_found", "the message body is missing");
    }
    known = {std::move((*stored)->body), std::move(appeal->hub_id), std::move(appeal->reg_number),
             ""};
  }
  message.body = std::move(known.body);
  message.message_id = row.message_id;
  message.correlation_id = std::move(known.hub_id);
  message.type = row.type;
  message.form = form_;
  message.external_id = caseIdIn(row.external_id);
  if (message.external_id.empty() && row.type != "appeal/1") {
    // What follows the appeal goes to the case it opened there.
    auto ids = store_.externalIds(row.appeal);
    if (!ids) return ids.status();
    for (const auto& [destination, id] : *ids) {
      if (destination == row.destination && !isOfMessage(id)) message.external_id = id;
    }
  }
  message.reg_number = std::move(known.reg_number);
  message.attempt = row.attempts + 1;
  // The hub may have been killed, or the store failed, between sending it and keeping what came of it.
  if (unseen || row.id < older_than_) message.attempt = std::max(message.attempt, 2);
  auto last_code = lastCode(row);
  if (!last_code) return last_code.status();
  message.last_code = std::move(last_code).value();
  if (form_ == "json") {
    auto decoded = model::decodeXml(message.body, limits_);
    if (!decoded) return decoded.status();
    message.body = model::encodeJson(*decoded);
    known.body_sha256.clear();
  }
  digest = known.body_sha256.empty() ? sha256Hex(message.body) : std::move(known.body_sha256);
  return message;
}

Result<std::string> Dispatcher::lastCode(const store::OutboxRow& row) {
  if (!isNoAnswer(row.last_code)) return row.last_code;
  auto attempts = store_.attempts(row.id);
  if (!attempts) return attempts.status();
  const auto answered = std::find_if(attempts->rbegin(), attempts->rend(),
                                     [](const auto& attempt) { return !isNoAnswer(attempt.code); });
  return answered == attempts->rend() ? std::string() : answered->code;
}

bool Dispatcher::wasTakenBefore(const store::OutboxRow& row) {
  auto attempts = store_.attempts(row.id);
  return attempts.ok() && std::any_of(attempts->begin(), attempts->end(), [](const auto& attempt) {
           return wasTaken(attempt.outcome);
         });
}

bool Dispatcher::isTrue(const store::OutboxRow& row) {
  if (row.type == "appeal/1") return true;
  auto is_true =
      row.type == "status/1" ? isNewsTrue(store_, row, limits_) : mayHaveTheAppeal(store_, row);
  // What cannot be read is met by the delivery itself.
  return !is_true || *is_true;
}

bool Dispatcher::isStillDue(const store::OutboxRow& row) {
  auto rows = store_.outboxOf(row.appeal);
  if (!rows) return true;
  const auto now = std::find_if(rows->begin(), rows->end(),
                                [&](const store::OutboxRow& other) { return other.id == row.id; });
  return now != rows->end() && now->state == row.state && now->attempts == row.attempts &&
         isTrue(row);
}

bool Dispatcher::stillToTell(const store::OutboxRow& row) {
  if (isTrue(row)) return true;
  auto unit = [row](store::Tx& tx) -> Status {
    auto current = tx.findOutbox(row.id);
    if (!current || !current->has_value()) return current.status();
    store::OutboxRow next = **current;
    next.state = OutboxState::kRejected;
    next.last_code = "exchange.news_overtaken";
    next.last_text = "the term changed again, or the body has not got the appeal";
    return tx.updateOutbox(next);
  };
  store_.writeAsync(unit, [this, id = row.id, appeal = row.appeal](const Status& status) {
    release(id, appeal, status.ok() ? Instant{} : clock_.now() + milliseconds(1000));
  });
  return false;
}

void Dispatcher::deliverOne(store::OutboxRow row) {
  if (!stillToTell(row)) {
    agency_.abandon();
    return;
  }
  Instant started = clock_.now();
  std::string digest;
  auto message = buildMessage(row, digest);
  otinish::Answer answer;
  Evidence signers;
  Instant ended;
  if (!message) {
    // The hub's own trouble says nothing about the agency.
    answer.outcome = Outcome::kRetry;
    answer.code = message.error().code;
    answer.text = message.error().text;
    agency_.abandon();
    ended = clock_.now();
  } else {
    Agency::takeLastAnswer();
    takeLastFailure();
    Agency::takeEvidence();
    bool overtaken = false;
    {
      // With a slow agency the wait for a process of the adapter takes as long as a delivery.
      Agency::StillWanted asked([&] {
        overtaken = !isStillDue(row);
        return !overtaken;
      });
      answer = agency_.adapter().deliver(*message, agency_.config().deliver_ms_max);
    }
    if (overtaken) {
      agency_.abandon();
      release(row.id, row.appeal, {});
      return;
    }
    signers = Agency::takeEvidence();
    keepAnswer(answer, row.message_id);
    ended = clock_.now();
    if (isPutOff(answer)) {
      agency_.abandon();
    } else {
      // To the breaker an unlisted refusal is one as well.
      const auto heard = isAnswered(answer, adapter_) ? Outcome::kRejected : answer.outcome;
      agency_.report(heard, answer.code, answer.text, ended);
    }
  }
  metrics::count("hub_deliveries_total", "Delivery attempts by outcome.",
                 {{"agency", agency_.alias()}, {"outcome", std::string(nameOf(answer.outcome))}});
  metrics::observe("hub_delivery_seconds", "Time of one delivery attempt.",
                   {{"agency", agency_.alias()}}, duration<double>(ended - started).count());
  const int failures = goesOn(answer.code) ? 1 : row.attempts + 1;
  std::int64_t pause = backOffMs(failures, answer.retry_after_ms, random01(), limits_);
  settle(std::move(row), answer, signers, started, digest, pause);
}

void Dispatcher::settle(store::OutboxRow row, const otinish::Answer& answer,
                        const Evidence& signers, Instant started, const std::string& body_sha256,
                        std::int64_t pause_ms) {
  auto items = std::make_shared<std::vector<PreparedItem>>(inbound_.prepare(answer.items));
  auto shared = std::make_shared<otinish::Answer>(answer);
  shared->items.clear();
  shared->text = maskText(shared->text);
  // Nothing went out, and that it went out before is told and recorded.
  const bool confirmed = answer.code == kCaseFound && wasTaken(static_cast<int>(answer.outcome)) &&
                         wasTakenBefore(row);
  auto unit = [this, row, shared, items, signers, started, body_sha256, confirmed,
               pause_ms](store::Tx& tx) -> Status {
    Instant now = clock_.now();
    // An operator, a push or a status may have moved the row while the call ran.
    auto current = tx.findOutbox(row.id);
    if (!current) return current.status();
    store::OutboxRow next = current->has_value() ? **current : row;
    // A case number that belongs to another appeal cannot be kept: the answer is a fault.
    otinish::Answer said = *shared;
    for (const auto& id : idsIn(said.external_id)) {
      auto owner = tx.findByExternalId(agency_.alias(), id);
      if (!owner) return owner.status();
      if (owner->has_value() && (*owner)->id != row.appeal) {
        said.outcome = Outcome::kFault;
        said.code = "exchange.external_id_taken";
        said.text = "the case number given belongs to another appeal";
        said.external_id.clear();
      }
    }
    bool overtaken = next.state == OutboxState::kDelivered || next.state == OutboxState::kRejected;
    ++next.attempts;
    int faults = 0;
    if (said.outcome == Outcome::kFault) {
      auto before = tx.attemptsInARow(row.id, static_cast<int>(Outcome::kFault));
      if (!before) return before.status();
      faults = *before + 1;
    }
    auto step = afterOutcome(said.outcome, faults);
    if (!overtaken) next.state = step.next;
    // A changed term is news: no system answers it finally, and what refuses it says so.
    if (next.state == OutboxState::kAwaiting && row.type == "status/1") {
      next.state = OutboxState::kDelivered;
    }
    next.next_at = now + milliseconds(step.again ? pause_ms : 0);
    if (next.state == OutboxState::kAwaiting) {
      next.next_at = now + hours(agency_.config().await_hours_max);
      // The trouble to deliver it is over; that its answer does not come is another one.
      next.escalated = false;
    }
    // Why it was stopped is what the row has to tell; the attempt tells of the call.
    if (next.state != OutboxState::kRejected || !overtaken) {
      next.last_code = said.code;
      next.last_text = said.text;
    }
    const std::string known = caseIdIn(next.external_id), given = caseIdIn(said.external_id);
    bool second_case = false;
    if (!known.empty() && !given.empty() && known != given) {
      // Two cases of one appeal, for a person to ask the body about; what it says of either is of this appeal.
      const auto ids = idsIn(next.external_id);
      second_case = std::find(ids.begin(), ids.end(), given) == ids.end();
      if (second_case) next.external_id += "\n" + given;
    } else if (!said.external_id.empty()) {
      next.external_id = said.external_id;
    }

    store::AttemptRow attempt{
        row.id, next.attempts, started, now, static_cast<int>(said.outcome), said.code, said.text};
    if (auto s = tx.addAttempt(attempt); !s) return s;
    auto appeal = tx.appeal(row.appeal);
    if (!appeal) return appeal.status();
    bool reached = wasTaken(static_cast<int>(said.outcome));
    bool escalate = step.again && !overtaken && !next.escalated && !goesOn(said.code) &&
                    (next.attempts >= limits_.outbox_attempts_before_escalation ||
                     (row.type == "appeal/1" && forwardTermEnds(tx, *appeal, now)));
    std::string_view event;
    if (reached)
      event = confirmed ? "delivery_confirmed" : deliveredEvent(row.type);
    else if (next.state == OutboxState::kRejected)
      event = row.type == "appeal/1" ? "delivery_refused" : "message_refused";
    else if (next.state == OutboxState::kDead)
      event = "delivery_failed";
    else if (escalate)
      event = "escalated";
    if (escalate) next.escalated = true;
    for (const auto& id : idsIn(said.external_id)) {
      if (auto s = tx.addExternalId(row.appeal, agency_.alias(), id, now); !s) return s;
    }
    std::string before = appeal->state;
    // A withdrawal that waits for its answer does not keep the appeal from its body.
    const auto law = inbound_.law();
    std::string stood = before;
    if (isWithdrawing(before) && law && law->data().procedure) {
      auto events = tx.events(row.appeal);
      if (!events) return events.status();
      stood = stateBehind(*law->data().procedure, before, *events);
    }
    if (!overtaken && row.type == "appeal/1") {
      if (reached && (before == "routed" || before == "awaiting_routing")) {
        appeal->state = "assigned";
      } else if (event == "delivery_refused" && (before == "routed" || before == "assigned")) {
        appeal->state = "awaiting_routing";
      }
    }
    if (!event.empty() && !overtaken) {
      auto made = makeEvent(row.appeal, event, now, "hub", before, appeal->state, said.code, "",
                            body_sha256);
      made.evidence = signers.text;
      if (auto s = tx.addEvent(made); !s) return s;
    }
    if (second_case) {
      auto told = tellSecondCase(tx, agency_.alias(), *appeal, row.message_id, known, given, now);
      if (!told) return told;
    }
    if (overtaken && reached && row.type == "appeal/1" && isStopped(next)) {
      auto made = makeEvent(row.appeal, "taken_after_stop", now, "hub", before, before, said.code,
                            agency_.alias(), body_sha256);
      made.evidence = signers.text;
      if (auto s = tx.addEvent(made); !s) return s;
    }
    // Delivered again, or told of by the body's system meanwhile, it had reached the body before: what was so then stays.
    bool first = !overtaken && (stood == "routed" || stood == "awaiting_routing");
    if (reached && first && row.type == "appeal/1" && next.state != OutboxState::kRejected) {
      auto followed = law ? followDelivery(tx, *law, *appeal, now) : Status();
      if (!followed) return followed;
    }
    if (appeal->state != before) {
      if (auto s = tx.setAppealState(appeal->id, appeal->state, now); !s) return s;
    }
    if (reached && !confirmed) {
      store::JournalRow journal;
      journal.at = now;
      journal.direction = "out";
      journal.party = agency_.alias();
      journal.message_id = row.message_id;
      journal.type = row.type;
      journal.body_sha256 = body_sha256;
      journal.signature =
          agency_.evidenceFormat().empty() ? "none" : "made:" + agency_.evidenceFormat();
      if (auto position = tx.addJournal(journal); !position) return position.status();
    }
    if (auto s = tx.updateOutbox(next); !s) return s;
    if (reached && !overtaken && row.type == "appeal/1" && agency_.config().tell_term_changes) {
      auto told = tellWhatMovedMeanwhile(store_, tx, *appeal, row, node_name_, limits_, now);
      if (!told) return told.status();
    }
    if (reached && next.attempts > 1) {
      if (auto s = closeKept(tx, agency_.alias(), row.message_id, now); !s) return s;
    }
    if (items->empty()) return {};
    ItemSource who{agency_.alias(), agency_.evidenceFormat(), agency_.collects()};
    who.signers = signers;
    int put_off = 0;
    return inbound_.applyItems(tx, who, *items, now, &put_off);
  };
  if (answer.outcome != Outcome::kDone && answer.outcome != Outcome::kPending) {
    logWarning("outbox.attempt_failed", {{"agency", agency_.alias()},
                                         {"message_id", row.message_id},
                                         {"attempt", static_cast<long long>(row.attempts + 1)},
                                         {"outcome", nameOf(answer.outcome)},
                                         {"code", codeOr(answer, "adapter.no_code")},
                                         {"detail", ownText(answer)}});
  }
  store::RowId id = row.id, appeal = row.appeal;
  store::Unit work(std::move(unit));
  // Items are judged and changed while they are applied, and what was kept of earlier attempts is closed and
  // counted: with either it runs once.
  if (answer.items.empty() && row.attempts == 0) work = store::repeatable(std::move(work));
  // This thread goes on with other appeals. Until then a crash repeats the attempt, as one within the call.
  work = store::patient(std::move(work));
  store_.writeAsync(std::move(work), [this, id, appeal, pause_ms](const Status& status) {
    Instant not_before{};
    if (!status) {
      // The row still looks due: without a pause the agency would get the message in a tight loop.
      not_before = clock_.now() + milliseconds(std::max(pause_ms, limits_.retry_ms_first));
      logError("outbox.result_not_stored", {{"agency", agency_.alias()},
                                            {"code", status.error().code},
                                            {"detail", status.error().text}});
    }
    release(id, appeal, not_before);
  });
}

void Dispatcher::escalateOverdue() {
  constexpr int kRowsMax = 100;
  auto rows = store_.overdueOutbox(agency_.alias(), clock_.now(), kRowsMax);
  if (!rows) {
    logError("outbox.unreadable", {{"agency", agency_.alias()}, {"code", rows.error().code}});
    return;
  }
  if (rows->empty()) return;
  const auto wait = hours(agency_.config().await_hours_max);
  int told = 0;
  auto status = store_.write([&](store::Tx& tx) -> Status {
    told = 0;
    Instant now = clock_.now();
    for (const auto& row : *rows) {
      auto current = tx.findOutbox(row.id);
      if (!current) return current.status();
      if (!current->has_value()) continue;
      auto& next = **current;
      if (next.state != OutboxState::kAwaiting || next.next_at > now) continue;
      auto appeal = tx.appeal(next.appeal);
      if (!appeal) return appeal.status();
      next.next_at = now + wait;
      if (needsNoAnswer(*appeal, next)) {
        closeUnanswered(next, appeal->state);
      } else if (!next.escalated) {
        ++told;
        next.escalated = true;
        next.last_code = "exchange.answer_overdue";
        next.last_text = "no final answer within " + std::to_string(wait.count()) + " hours";
        auto event = makeEvent(next.appeal, "answer_overdue", now, "hub", appeal->state,
                               appeal->state, next.last_code);
        if (auto s = tx.addEvent(event); !s) return s;
      }
      if (auto s = tx.updateOutbox(next); !s) return s;
    }
    return {};
  });
  if (!status) {
    logError("outbox.overdue_not_stored",
             {{"agency", agency_.alias()}, {"code", status.error().code}});
    return;
  }
  if (told == 0) return;
  metrics::count("hub_answers_overdue_total", "Deliveries without a final answer in time.",
                 {{"agency", agency_.alias()}}, told);
  logWarning("outbox.answer_overdue",
             {{"agency", agency_.alias()}, {"deliveries", static_cast<long long>(told)}});
}

void Dispatcher::release(store::RowId outbox, store::RowId appeal, Instant not_before) {
  // Notified under the lock: stop() may destroy this object as soon as the set is empty.
  std::lock_guard lock(mutex_);
  in_flight_.erase(outbox);
  if (not_before != Instant{}) {
    held_[outbox] = {clock_.now(), not_before};
    unseen_.insert(outbox);
    maybe_sent_.insert(outbox);
  } else {
    unseen_.erase(outbox);
  }
  if (refills_ > 0) settled_meanwhile_.insert(outbox);
  dirty_ = true;
  delivery_ended_ = true;
  if (items_wait_) collect_changed_.notify_one();
  busy_appeals_.erase(appeal);
  // At most one row has become free by this, and one thread is enough for it.
  if (stopping_)
    changed_.notify_all();
  else
    changed_.notify_one();
}

}  // namespace hub::exchange
