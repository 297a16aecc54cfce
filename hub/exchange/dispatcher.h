// The outbox loop and the collect loop of one agency: each agency has its own threads and queue, so
// that a slow one never delays another. Work starts by event (wake); the timed look is the safety net.
//
// Delivery is at-least-once on the wire with the same message_id on every attempt; an attempt's result
// is committed before the row leaves the in-flight set, so a crash repeats the attempt, never loses it.
// Deliveries of one appeal keep their order; appeals do not wait for one another.
// Threads: start/stop from the owner, wake from any.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "hub/base/limits.h"
#include "hub/base/time.h"
#include "hub/exchange/agency.h"
#include "hub/exchange/inbound.h"
#include "hub/exchange/keep_budget.h"
#include "hub/exchange/kept_back.h"
#include "hub/store/store.h"

namespace hub::exchange {

class Dispatcher {
 public:
  // Everything must outlive the dispatcher.
  Dispatcher(Agency& agency, store::Store& store, const Inbound& inbound, KeepBudget& budget,
             const Limits& limits, const Clock& clock, std::string journal_key,
             std::string node_name = "hub");
  ~Dispatcher();

  void start();
  // Waits for running calls. Idempotent.
  void stop();
  // Tells the threads to end without waiting, so that several dispatchers end at once.
  void askToStop();
  // When the oldest delivery was queued that the agency is not known to have; none if there is none.
  std::optional<Instant> oldestOpen();
  // A push put an item off that the hub keeps: the collecting thread judges it when its time has come.
  void itemWaits();
  // There may be new work. What is offered of a message about to be delivered (its canonical document,
  // the names of its appeal) is kept for a short while to spare reads.
  void wake();
  struct Offered {
    std::string body, hub_id, reg_number;
    std::string body_sha256;  // of the canonical form
  };
  void offer(const std::string& message_id, Offered offered);
  // Somebody is about to cancel the row: it is not delivered for some seconds. May be called in a unit of work.
  KeptBack holdBack(store::RowId outbox);
  // One collect call with everything that follows; returns true if the adapter has more. For the
  // loop and for tests.
  bool collectOnce();
  // Escalates deliveries that the agency took (PENDING) and has not finally answered in time: they go on
  // waiting, an operator may have them delivered again under the same message_id. For the loop and
  // for tests.
  void escalateOverdue();

 private:
  void deliverLoop();
  void collectLoop();
  // False: the store failed.
  bool judgeWaiting();
  void tellOtherCursors();
  void keepAnswer(const otinish::Answer& answer, const std::string& message_id);
  // Empty if it is not kept. Under the lock.
  Offered takeOffered(const std::string& message_id);
  bool takeNext(std::unique_lock<std::mutex>& lock, store::OutboxRow* row);
  void refill(std::unique_lock<std::mutex>& lock);
  // Does it; false if it threw, which is logged.
  bool guarded(Way way, const std::function<void()>& work);
  void deliverOne(store::OutboxRow row);
  // `digest`: of the body as it is delivered.
  Result<otinish::Message> buildMessage(const store::OutboxRow& row, std::string& digest);
  // Message::last_code of the delivery.
  Result<std::string> lastCode(const store::OutboxRow& row);
  bool wasTakenBefore(const store::OutboxRow& row);
  void settle(store::OutboxRow row, const otinish::Answer& answer, const Evidence& signers,
              Instant started, const std::string& body_sha256, std::int64_t pause_ms);
  // News that is no longer true, or of an appeal that the body has not got, is not told; false if the row
  // was closed unsent.
  bool stillToTell(const store::OutboxRow& row);
  bool isTrue(const store::OutboxRow& row);
  // Read again: not stopped, settled or sent elsewhere since `row` was read, and its news is true.
  bool isStillDue(const store::OutboxRow& row);
  void release(store::RowId outbox, store::RowId appeal, Instant not_before);

  Agency& agency_;
  store::Store& store_;
  const Inbound& inbound_;
  KeepBudget& budget_;  // of answers nobody understands
  const Limits& limits_;
  const Clock& clock_;
  const std::string journal_key_;
  const std::string node_name_;
  const std::string form_;
  const std::string adapter_;    // whose cursors are the agency's
  store::RowId older_than_ = 0;  // rows that were there when it started

  std::mutex mutex_;
  std::condition_variable changed_;          // the delivering threads
  std::condition_variable collect_changed_;  // the collecting thread
  bool delivery_ended_ = false;              // since items that wait were judged last
  std::atomic<bool> items_wait_ = true;      // some put off may be in the store
  bool stopping_ = false;
  bool dirty_ = true;  // the store may hold due rows not yet in `ready_`
  std::deque<store::OutboxRow> ready_;
  Instant ready_at_{};                        // when they were read
  std::set<store::RowId> in_flight_;          // outbox rows
  Instant overdue_look_{};                    // when overdue answers are looked for again
  int refills_ = 0;                           // queries running now …
  std::set<store::RowId> settled_meanwhile_;  // … and the rows that were settled meanwhile
  std::set<store::RowId> busy_appeals_;
  int collect_limit_ = 0;       // of the next page, after one that was too large; 0: none was
  bool no_room_ = false;        // for items of the last page that must wait
  bool collect_failed_ = true;  // or may have before this process began
  struct Held {
    Instant since, until;
    // Also if the clock was set back meanwhile: nothing waits for hours by that.
    bool isOver(Instant now) const { return now >= until || now < since; }
  };
  std::map<store::RowId, Held> held_;  // their result could not be stored: not before
  std::set<store::RowId> unseen_;      // the same, until one could
  std::set<store::RowId> maybe_sent_;  // the same, for good: an attempt that nothing is noted of
  std::unordered_map<std::string, Offered> offered_;
  std::deque<std::string> offered_order_;  // also those taken meanwhile
  std::size_t offered_bytes_ = 0;          // of the bodies
  // Read from the store: a body that is offered later than its delivery began would never be taken.
  std::unordered_set<std::string> missed_;
  std::vector<std::thread> threads_;
};

}  // namespace hub::exchange
