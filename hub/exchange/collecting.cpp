// The dispatcher's other half: what is asked of an agency, and what is kept of answers nobody understands.
#include <pthread.h>

#include "hub/base/log.h"
#include "hub/base/metrics.h"
#include "hub/exchange/answer_words.h"
#include "hub/exchange/dispatcher.h"
#include "hub/exchange/last_failure.h"
#include "hub/exchange/refused.h"

namespace hub::exchange {
namespace {

using otinish::Outcome;
using namespace std::chrono;

// Items that wait are judged so often, and after a delivery's end that they may have waited for; each time all
// of them are looked at.
constexpr steady_clock::duration kJudgeEvery = seconds(5);
constexpr steady_clock::duration kJudgePause = milliseconds(500);

constexpr char kCollects[] = "collect";  // subject of kept answers to it: the cursor stays, so the
                                         // next good answer holds what this one held

}  // namespace

// Garbage is kept with its reason: an answer that was refused or that the adapter could not read.
void Dispatcher::keepAnswer(const otinish::Answer& answer, const std::string& message_id) {
  // Of a collect the answer is all there is; of a message its refusal stands with the attempt.
  const bool refusal = !message_id.empty() && isAnswered(answer, adapter_);
  bool garbage = (answer.outcome == Outcome::kFault && !refusal) || isUnreadable(answer.code);
  std::string raw = Agency::takeLastAnswer();
  Instant now = clock_.now();
  if (!garbage || raw.empty() || !budget_.mayKeep(agency_.alias(), now)) return;
  auto status = store_.write([&](store::Tx& tx) {
    Refused refused{"answer", raw, message_id, message_id.empty() ? kCollects : message_id};
    // Who answered in the agency's place is for a person to find out.
    if (answer.code.rfind("trust.", 0) == 0) refused.subject.clear();
    return keepRefused(tx, agency_.alias(), {codeOr(answer, "adapter.no_code"), answer.text, "", 0},
                       refused, now);
  });
  if (!status) {
    logError("answer.not_kept", {{"agency", agency_.alias()}, {"code", status.error().code}});
  }
}

// Before anything newer is asked for, so that what an agency says of one appeal keeps its order.
bool Dispatcher::judgeWaiting() {
  // One that is put off from now on sets it again.
  if (!items_wait_.exchange(false)) return true;
  ItemSource who{agency_.alias(), agency_.evidenceFormat(), true, [this] { return oldestOpen(); }};
  int all_waiting = 0;
  for (store::RowId after = 0;;) {
    auto rows = store_.waitingItems(agency_.alias(), after, limits_.collect_messages_max);
    Status status = rows.status();
    int waiting = 0;
    if (rows.ok() && !rows->empty()) {
      status = store_.write([&](store::Tx& tx) {
        return inbound_.judgeWaiting(tx, who, *rows, clock_.now(), &waiting);
      });
    }
    if (!status) {
      logError("collect.waiting_not_judged",
               {{"agency", agency_.alias()}, {"code", status.error().code}});
      items_wait_ = true;
      return false;
    }
    all_waiting += waiting;
    if (static_cast<int>(rows->size()) < limits_.collect_messages_max) break;
    after = rows->back().id;
  }
  if (all_waiting > 0) items_wait_ = true;
  return true;
}

// The adapter before this one may have been told of everything that this one is to ask for: what comes again is known.
void Dispatcher::tellOtherCursors() {
  auto rows = store_.cursors(agency_.alias());
  if (!rows) return;
  std::string others;
  for (const auto& row : *rows) {
    if (row.adapter.empty() || row.adapter == adapter_) return;
    others += (others.empty() ? "" : ", ") + row.adapter;
  }
  if (others.empty()) return;
  logWarning("collect.cursor_of_another_adapter",
             {{"agency", agency_.alias()},
              {"adapter", adapter_},
              {"detail", "how far " + others +
                             " had come is set aside: the agency is asked as if it were new"}});
}

bool Dispatcher::collectOnce() {
  if (!judgeWaiting()) {
    agency_.abandon(Way::kCollect);
    return false;
  }
  auto cursor = store_.cursor(agency_.alias(), adapter_);
  auto settled = store_.settled(agency_.alias(), limits_.collect_messages_max);
  if (!cursor || !settled) {
    agency_.abandon(Way::kCollect);
    return false;
  }
  otinish::CollectRequest request;
  request.cursor = *cursor;
  request.limit = collect_limit_ > 0 ? collect_limit_ : limits_.collect_messages_max;
  request.no_room = no_room_;
  std::vector<store::RowId> told;
  for (const auto& row : *settled) {
    request.settled.push_back({row.item_id, row.accepted, row.code, row.text, row.reference});
    told.push_back(row.id);
  }
  Agency::takeLastAnswer();
  takeLastFailure();
  Agency::takeEvidence();
  auto answer = agency_.adapter().collect(request, agency_.config().collect_ms_max);
  Instant now = clock_.now();
  const bool too_large = answer.outcome != Outcome::kDone && isTooLarge(answer.code);
  const bool alone = too_large && request.limit == 1;
  if (alone) {
    // No smaller page can be asked for: nothing more comes of this agency until a person does something.
    answer.text = "a page of one message is too large: " + answer.code;
    answer.code = "exchange.item_too_large";
  }
  agency_.report(answer.outcome, answer.code, answer.text, now, Way::kCollect);
  if (alone) agency_.stands(answer.code, answer.text);
  metrics::count("hub_collects_total", "Collect calls by outcome.",
                 {{"agency", agency_.alias()}, {"outcome", std::string(nameOf(answer.outcome))}});
  if (answer.outcome != Outcome::kDone) {
    // Asked for as much again it would be as large again.
    if (too_large) collect_limit_ = std::max(1, request.limit / 2);
    collect_failed_ = true;
    keepAnswer(answer, "");
    logWarning("collect.failed", {{"agency", agency_.alias()},
                                  {"outcome", nameOf(answer.outcome)},
                                  {"code", codeOr(answer, "adapter.no_code")},
                                  {"detail", ownText(answer)}});
    return false;
  }
  if (!answer.more) collect_limit_ = 0;
  if (collect_failed_) {
    auto closed =
        store_.write([&](store::Tx& tx) { return closeKept(tx, agency_.alias(), kCollects, now); });
    if (closed.ok()) collect_failed_ = false;
  }
  if (answer.items.empty() && told.empty() && answer.cursor == *cursor) {
    // "more" without a step forward would be asked for without end.
    return false;
  }
  auto items = inbound_.prepare(answer.items);
  ItemSource who{agency_.alias(), agency_.evidenceFormat(), true, [this] { return oldestOpen(); },
                 Agency::takeEvidence()};
  int put_off = 0, not_kept = 0;
  auto status = store_.write([&](store::Tx& tx) -> Status {
    if (auto s = tx.removeSettled(told); !s) return s;
    if (auto s = inbound_.applyItems(tx, who, items, now, &put_off, &not_kept); !s) return s;
    // What is not settled and not kept is in no other page.
    if (not_kept > 0) return {};
    auto kept = tx.cursor(agency_.alias(), adapter_);
    if (!kept) return kept.status();
    // Reset meanwhile, it is not to go on from where this page ended.
    if (*kept != *cursor) return {};
    return tx.putCursor({agency_.alias(), adapter_, answer.cursor, now});
  });
  if (!status) {
    logError("collect.not_stored", {{"agency", agency_.alias()}, {"code", status.error().code}});
    return false;
  }
  no_room_ = not_kept > 0;
  if (put_off > 0) {
    items_wait_ = true;
    logInfo("collect.put_off",
            {{"agency", agency_.alias()}, {"items", static_cast<long long>(put_off)}});
  }
  if (!items.empty()) wake();
  // The same page again would say "more" without end.
  return answer.more && not_kept == 0 && answer.cursor != *cursor;
}

void Dispatcher::itemWaits() {
  const std::lock_guard lock(mutex_);
  items_wait_ = true;
  collect_changed_.notify_one();
}

// Items that wait are judged here, whether the agency is asked for anything or not.
void Dispatcher::collectLoop() {
  pthread_setname_np(pthread_self(), "hub-collect");
  using Moment = steady_clock::time_point;
  const bool asks = agency_.collects();
  Moment ask_at = asks ? steady_clock::now() : Moment::max();
  if (asks) guarded(Way::kCollect, [this] { tellOtherCursors(); });
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const Instant now = clock_.now();
    const bool due = steady_clock::now() >= ask_at;
    delivery_ended_ = false;
    if (due && agency_.retryAt(now, Way::kCollect) <= now && agency_.allow(now, Way::kCollect)) {
      lock.unlock();
      bool more = false;
      const bool whole = guarded(Way::kCollect, [&] { more = collectOnce(); });
      if (!whole) items_wait_ = true;
      lock.lock();
      if (more) continue;
    } else {
      // What was pushed waits for nothing that the agency gives when it is asked.
      lock.unlock();
      const bool whole = guarded(Way::kCollect, [this] { judgeWaiting(); });
      if (!whole) items_wait_ = true;
      lock.lock();
    }
    const Moment judged = steady_clock::now();
    if (due) ask_at = judged + milliseconds(agency_.config().collect_every_ms);
    // How long it has to wait yet may change at any time: when the hub is asked to end, when an item begins to
    // wait, and when a delivery ends that one may wait for.
    const auto wakeAt = [&] {
      if (!items_wait_) return ask_at;
      return std::min(ask_at, judged + (delivery_ended_ ? kJudgePause : kJudgeEvery));
    };
    while (!stopping_ && steady_clock::now() < wakeAt()) {
      if (const Moment at = wakeAt(); at == Moment::max()) {
        collect_changed_.wait(lock);
      } else {
        collect_changed_.wait_until(lock, at);
      }
    }
  }
}

}  // namespace hub::exchange
