// Appeals that look alike: every accepted appeal is compared with those of the last days, and what looks
// like a repeat, a duplicate or a campaign is kept as a hint for a person (APPC 64(7), 64(8)). The hub
// itself joins, returns and merges nothing. Works beside intake, on a thread of its own: an appeal is
// answered before it is compared; what a crash leaves uncompared is taken up at the next start.
// Threads: any.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "hub/base/limits.h"
#include "hub/base/time.h"
#include "hub/exchange/service.h"
#include "hub/rules/current_law.h"
#include "hub/rules/duplicates.h"
#include "hub/store/store.h"

namespace hub::exchange {

inline constexpr const char* kDuplicate = "duplicate";  // a verdict

// Number of the appeal that this one is a duplicate of by a person's word; "" if nobody said so.
Result<std::string> duplicateOf(store::Store& store, store::RowId appeal);

class Likeness {
 public:
  // What of an accepted appeal is compared.
  struct Text {
    store::RowId appeal = 0;
    std::string person;  // IIN or BIN; forgotten once hashed
    std::string topic, kato;
    Instant received_at;
    std::string text;
  };
  // Everything must outlive the object.
  Likeness(store::Store& store, const rules::CurrentLaw& law, const Limits& limits,
           const Clock& clock)
      : store_(store), law_(law), limits_(limits), clock_(clock) {}
  ~Likeness() { stop(); }

  // Loads the sketches of the window and begins the work. Failure: the store's.
  Status start();
  void stop();
  // The appeal was accepted; quick, never waits. Before start() and after stop() a no-op.
  void offer(Text text);
  // Until everything offered so far is compared.
  void drain();

  // What a person said of two appeals: linked (one matter), duplicate (the later one is the earlier one again) or
  // dismissed. A person may see a duplicate where there was no hint. "exchange.bad_input" (verdict),
  // "exchange.role_not_allowed", "store.not_found" (no such hint).
  Result<store::HintRow> judge(store::RowId appeal, store::RowId other, const std::string& verdict,
                               const Caller& caller);

 private:
  struct Compared {
    store::SketchRow sketch;
    std::vector<store::HintRow> hints;
  };
  Status load();
  Status expire();
  Status catchUp();
  Result<Text> read(store::RowId appeal);
  Result<Compared> compare(const Text& text);
  Status keep(const std::vector<Text>& texts);
  void showSize() const;
  void work();

  store::Store& store_;
  const rules::CurrentLaw& law_;
  const Limits& limits_;
  const Clock& clock_;
  rules::DuplicateIndex index_;  // of the working thread, as the next
  Date window_start_{};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Text> waiting_;
  std::size_t waiting_bytes_ = 0;
  bool busy_ = false;
  int draining_ = 0;
  bool behind_ = false;  // the queue was full: the store knows what is missing
  bool running_ = false;
  std::thread thread_;
};

}  // namespace hub::exchange
