// The writer: one thread, one connection, group commit. Units wait in a queue; the thread takes all
// that are waiting, runs them in one engine transaction, appends the group's journal records to the Merkle
// log, has the head sealed, commits, and only then answers. A unit that fails is undone alone: by its
// own savepoint or, in a group of repeatable units, by running the group again with savepoints, if it
// had changed anything by then. Units that are all patient wait a moment for others.
// Threads: submit() from any; totals and failed() from any.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "hub/store/sqlite/recent_log.h"
#include "hub/store/sqlite/unit_of_work.h"
#include "hub/store/sqlite_store.h"
#include "hub/trust/merkle_log.h"

namespace hub::store::sqlite {

class Writer {
 public:
  // Takes over a migrated connection. Failure: "store.corrupt" if the stored log does not have the
  // root its newest head names.
  static Result<std::unique_ptr<Writer>> start(std::unique_ptr<Connection> db,
                                               const SqliteOptions& options, Sealer* sealer);
  // Runs what is queued, then ends the thread.
  ~Writer();

  // `done` runs on the writer thread once the unit is durable or has failed.
  void submit(Unit unit, std::function<void(Status)> done);
  bool onWriterThread() const { return std::this_thread::get_id() == thread_.get_id(); }
  bool running() const { return running_; }
  // The last group that had anything to write was not committed, or none was sealed since one could not be.
  bool failing() const { return failing_; }
  // If sealing failed last, the next group has the present head sealed, only to see whether that works.
  void trySeal() { try_seal_ = true; }
  std::int64_t appeals() const { return appeals_; }
  std::int64_t unfinished() const { return unfinished_; }
  RecentLog& recentLog() { return recent_; }

 private:
  struct Job {
    Unit unit;
    std::function<void(Status)> done;
    Status result;
  };

  Writer(std::unique_ptr<Connection> db, const SqliteOptions& options, Sealer* sealer);
  Status loadState();
  void loop();
  bool take(std::vector<Job>& group);
  bool isPressed() const;  // under the lock: what waits must not wait for more
  void runGroup(std::vector<Job>& group);
  enum class Marks { kNone, kSavepoints };
  // *spoilt: without marks, a unit failed after it had changed something; nothing else was run then.
  Status runUnits(std::vector<Job>& group, Marks marks, bool* spoilt);
  Status beginAndRun(std::vector<Job>& group);
  Status runUnit(const Unit& unit);
  struct Seal {
    std::uint64_t first_node = 0;
    std::vector<Sha256> nodes;
    TreeHead head;
  };
  Status sealJournal(trust::MerkleTree& tree, Seal& seal);
  bool canSeal();
  static void answer(std::vector<Job>& group);

  std::unique_ptr<Connection> db_;
  SqliteOptions options_;
  Sealer* sealer_;
  const Clock* clock_;
  UnitOfWork work_;
  trust::MerkleTree tree_;  // of the last commit
  Totals totals_;           // of the last commit
  RecentLog recent_;
  std::atomic<std::int64_t> appeals_{0};
  std::atomic<std::int64_t> unfinished_{0};
  std::atomic<bool> running_{false};
  std::atomic<bool> failing_{false};
  std::atomic<bool> try_seal_{false};
  bool seal_failed_ = false;  // the writer thread's own

  std::mutex mutex_;
  std::condition_variable waiting_, stopping_;
  std::vector<Job> queue_;      // guarded by mutex_
  std::size_t pressing_ = 0;    // of the queue, those that are not patient; guarded by mutex_
  std::size_t last_group_ = 0;  // units; the writer thread's own
  bool stop_ = false;           // guarded by mutex_
  std::thread thread_;
};

}  // namespace hub::store::sqlite
