// The store port over SQLite: a writer thread, a pool of read connections, a lock file.
#include "hub/store/sqlite_store.h"

#include <fcntl.h>
#include <semaphore.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>

#include "hub/store/sqlite/database.h"
#include "hub/store/sqlite/migrations.h"
#include "hub/store/sqlite/queries.h"
#include "hub/store/sqlite/writer.h"

namespace hub::store {
namespace sqlite {
namespace {

constexpr std::string_view kProbe = "hub:probe";  // no agency's alias has a colon

// Holds an exclusive lock on <database>.lock; the kernel gives it back when the process ends.
class LockFile {
 public:
  static Result<std::unique_ptr<LockFile>> take(const std::string& path) {
    std::unique_ptr<LockFile> lock(new LockFile());
    lock->file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock->file_ < 0) {
      return Status::failure("store.unavailable", "the lock file cannot be opened");
    }
    if (::flock(lock->file_, LOCK_EX | LOCK_NB) != 0) {
      return Status::failure("store.unavailable", "another process has this store open");
    }
    return lock;
  }
  ~LockFile() {
    if (file_ >= 0) ::close(file_);
  }
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;

 private:
  LockFile() = default;
  int file_ = -1;
};

// The nodes are append-only: those of a head stay whatever is committed meanwhile.
Result<std::vector<Sha256>> pathOf(std::int64_t position, const TreeHead& head,
                                   const trust::MerkleNodeReader& read) {
  return trust::merklePath(static_cast<std::uint64_t>(position),
                           static_cast<std::uint64_t>(head.size), read);
}

InclusionProof proofOf(std::int64_t position, TreeHead head, const std::vector<Sha256>& path) {
  InclusionProof proof;
  proof.position = position;
  for (const Sha256& hash : path) {
    proof.path_hex.push_back(toHex({reinterpret_cast<const char*>(hash.data()), hash.size()}));
  }
  proof.head = std::move(head);
  return proof;
}

// Several reads of one state of the database.
class ReadTransaction {
 public:
  // Within one that is open already, it is a part of that.
  explicit ReadTransaction(Connection& db) : db_(db), within_(db.inTransaction()) {
    if (!within_) begun_ = db.command("BEGIN");
  }
  ~ReadTransaction() {
    if (!within_ && db_.inTransaction()) (void)db_.command("COMMIT");
  }
  ReadTransaction(const ReadTransaction&) = delete;
  ReadTransaction& operator=(const ReadTransaction&) = delete;
  const Status& begun() const { return begun_; }

 private:
  Connection& db_;
  const bool within_;
  Status begun_;
};

class ReaderPool {
 public:
  void add(std::unique_ptr<Connection> connection) { free_.push_back(std::move(connection)); }

  // Runs `query` on a connection of its own, or on that of this thread's snapshot; waits for one if all are busy.
  template <class Query>
  auto run(Query query) -> decltype(query(std::declval<Connection&>())) {
    if (pinned_.pool == this) return query(*pinned_.connection);
    Lease lease(*this);
    return query(*lease.connection);
  }

  // Null if this thread has a snapshot already, or none can be begun.
  std::unique_ptr<Snapshot> pin() {
    if (pinned_.pool != nullptr) return nullptr;
    auto pinned = std::make_unique<Pin>(*this);
    return pinned->begun() ? std::move(pinned) : nullptr;
  }

 private:
  struct Lease {
    explicit Lease(ReaderPool& owner) : pool(owner) {
      std::unique_lock lock(pool.mutex_);
      pool.returned_.wait(lock, [this] { return !pool.free_.empty(); });
      connection = std::move(pool.free_.back());
      pool.free_.pop_back();
    }
    ~Lease() {
      {
        std::lock_guard lock(pool.mutex_);
        pool.free_.push_back(std::move(connection));
      }
      pool.returned_.notify_one();
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ReaderPool& pool;
    std::unique_ptr<Connection> connection;
  };

  class Pin final : public Snapshot {
   public:
    explicit Pin(ReaderPool& pool) : lease_(pool), reads_(*lease_.connection) {
      if (begun()) pinned_ = {&pool, lease_.connection.get()};
    }
    ~Pin() override {
      if (begun()) pinned_ = {};
    }
    Pin(const Pin&) = delete;
    Pin& operator=(const Pin&) = delete;
    bool begun() const { return reads_.begun().ok(); }

   private:
    Lease lease_;
    ReadTransaction reads_;
  };

  struct Pinned {
    const ReaderPool* pool = nullptr;
    Connection* connection = nullptr;
  };
  static thread_local Pinned pinned_;

  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Connection>> free_;  // guarded by mutex_
};

thread_local ReaderPool::Pinned ReaderPool::pinned_;

// What a blocked caller of write() waits on. A semaphore and not a condition: it needs no lock, which the one
// who waits would have to take again, and may be destroyed as soon as the wait is over (sem_post(3)).
class Answer {
 public:
  Answer() { ::sem_init(&given_, 0, 0); }
  ~Answer() { ::sem_destroy(&given_); }
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;

  void give(Status status) {
    status_ = std::move(status);
    ::sem_post(&given_);
  }
  Status wait() {
    while (::sem_wait(&given_) != 0) {  // interrupted by a signal
    }
    return std::move(status_);
  }

 private:
  sem_t given_;
  Status status_;
};

class SqliteStore final : public Store {
 public:
  SqliteStore(std::string path, const Limits& limits, std::unique_ptr<LockFile> lock)
      : path_(std::move(path)), limits_(limits), lock_(std::move(lock)) {}

  Status start(const SqliteOptions& options, Sealer* sealer);

  Status write(Unit unit) override;
  void writeAsync(Unit unit, std::function<void(Status)> done) override {
    writer_->submit(std::move(unit), std::move(done));
  }
  std::unique_ptr<Snapshot> snapshot() override { return readers_.pin(); }

  Result<std::optional<AppealRow>> findBySource(std::string_view system,
                                                std::string_view id) override {
    return readers_.run([&](Connection& db) { return findAppealBySource(db, system, id); });
  }
  Result<std::optional<AppealRow>> findByHubId(std::string_view hub_id) override {
    return readers_.run([&](Connection& db) { return findAppealByHubId(db, hub_id); });
  }
  Result<std::optional<AppealRow>> findByNumber(std::string_view reg_number) override {
    return readers_.run([&](Connection& db) { return findAppealByNumber(db, reg_number); });
  }
  Result<AppealRow> appeal(RowId id) override {
    return readers_.run([&](Connection& db) { return readAppeal(db, id); });
  }
  Result<AppealPage> listAppeals(const AppealFilter& filter, std::string_view after,
                                 int limit) override {
    return readers_.run(
        [&](Connection& db) { return sqlite::listAppeals(db, filter, after, rowsOf(limit)); });
  }
  Status eachCase(const AppealFilter& filter,
                  const std::function<Status(const CaseRow&)>& visit) override {
    constexpr int kRowsAtOnce = 20'000;  // then the reader is given back, and its view of the store
    CaseCursor cursor;
    for (;;) {
      auto more = readers_.run(
          [&](Connection& db) { return readCases(db, filter, cursor, kRowsAtOnce, visit); });
      if (!more) return more.status();
      if (!*more) return {};
    }
  }
  Result<std::vector<AppealRow>> refusedAppeals(std::optional<Instant> received_from,
                                                std::optional<Instant> received_to, RowId after,
                                                int limit) override {
    return readers_.run([&](Connection& db) {
      return readRefusedAppeals(db, received_from, received_to, after, rowsOf(limit));
    });
  }
  Result<std::vector<RowId>> stoppedAppeals(RowId after, int limit) override {
    return readers_.run(
        [&](Connection& db) { return readStoppedAppeals(db, after, rowsOf(limit)); });
  }
  Result<FeedPage> feed(std::string_view after, int limit) override {
    return readers_.run([&](Connection& db) -> Result<FeedPage> {
      const ReadTransaction one_state(db);
      if (!one_state.begun()) return one_state.begun();
      return readFeed(db, after, limit);
    });
  }
  Result<std::string> feedEnd() override {
    return readers_.run([](Connection& db) { return readFeedEnd(db); });
  }
  Result<std::vector<EventRow>> events(RowId appeal) override {
    return readers_.run([&](Connection& db) { return readEvents(db, appeal); });
  }
  Result<std::vector<SketchRow>> sketches(RowId after, int limit) override {
    return readers_.run([&](Connection& db) { return readSketches(db, after, limit); });
  }
  Result<std::vector<RowId>> unsketched(Instant since, RowId after, int limit) override {
    return readers_.run([&](Connection& db) { return readUnsketched(db, since, after, limit); });
  }
  Result<std::vector<HintRow>> judgedHints(RowId appeal, RowId other, int limit) override {
    return readers_.run(
        [&](Connection& db) { return readJudgedHints(db, appeal, other, rowsOf(limit)); });
  }
  Result<std::vector<MissedTerm>> missedTerms(std::optional<Instant> received_from,
                                              std::optional<Instant> received_to,
                                              std::int64_t after, int limit) override {
    return readers_.run([&](Connection& db) {
      return readMissedTerms(db, received_from, received_to, after, rowsOf(limit));
    });
  }
  Result<std::vector<MissedTerm>> deemedRefusals(std::optional<Instant> received_from,
                                                 std::optional<Instant> received_to,
                                                 std::int64_t after, int limit) override {
    return readers_.run([&](Connection& db) {
      return readDeemedRefusals(db, received_from, received_to, after, rowsOf(limit));
    });
  }
  Result<std::string> hadOn(RowId appeal, std::string_view day) override {
    return readers_.run([&](Connection& db) { return readHadOn(db, appeal, day); });
  }
  Result<std::vector<HintRow>> hints(RowId appeal) override {
    return readers_.run([&](Connection& db) { return readHints(db, appeal); });
  }
  Result<std::vector<AppealRow>> assignedOf(std::string_view body_bin, std::string_view after_due,
                                            RowId after, int limit) override {
    return readers_.run(
        [&](Connection& db) { return readAssignedOf(db, body_bin, after_due, after, limit); });
  }
  Result<std::vector<ClockRow>> openClocks(RowId after, int rows_max) override {
    return readers_.run([&](Connection& db) { return readOpenClocks(db, after, rows_max); });
  }
  Result<std::vector<ClockRow>> openClocksDue(std::string_view name, std::string_view due_to,
                                              const ClockRow* after, int rows_max) override {
    return readers_.run([&](Connection& db) {
      return readOpenClocksDue(db, name, due_to, after, rowsOf(rows_max));
    });
  }
  Result<std::optional<CalendarRow>> calendar(int year, std::string_view version) override {
    return readers_.run([&](Connection& db) { return readCalendar(db, year, version); });
  }
  Result<std::vector<ClockRow>> clocks(RowId appeal) override {
    return readers_.run([&](Connection& db) { return readClocks(db, appeal); });
  }
  Result<std::vector<MessageRow>> messages(RowId appeal, bool with_bodies) override {
    return readers_.run([&](Connection& db) { return readMessages(db, appeal, with_bodies); });
  }
  Result<std::optional<MessageRow>> message(std::string_view message_id) override {
    return readers_.run([&](Connection& db) { return readMessage(db, message_id); });
  }
  Result<std::optional<MessageRow>> newestMessage(RowId appeal, std::string_view type) override {
    return readers_.run([&](Connection& db) { return readNewestMessage(db, appeal, type); });
  }
  Result<std::vector<OutboxRow>> outboxOf(RowId appeal) override {
    return readers_.run([&](Connection& db) { return readOutboxOf(db, appeal); });
  }
  Result<std::vector<AttemptRow>> attempts(RowId outbox) override {
    return readers_.run([&](Connection& db) { return readAttempts(db, outbox); });
  }
  Result<std::vector<std::pair<std::string, std::string>>> externalIds(RowId appeal) override {
    return readers_.run([&](Connection& db) { return readExternalIds(db, appeal); });
  }
  Result<std::vector<OutboxRow>> dueOutbox(std::string_view destination, Instant now, int limit,
                                           Instant too_far) override {
    return readers_.run([&](Connection& db) {
      return readDueOutbox(db, destination, now, too_far, rowsOf(limit));
    });
  }
  Result<std::optional<Instant>> nextDue(std::string_view destination) override {
    return readers_.run([&](Connection& db) { return readNextDue(db, destination); });
  }
  Result<std::vector<OutboxRow>> outboxPage(const OutboxFilter& filter, RowId before,
                                            int limit) override {
    return readers_.run(
        [&](Connection& db) { return readOutboxList(db, filter, before, rowsOf(limit)); });
  }
  Result<std::vector<RejectedCounts>> rejectedCounts(std::string_view refused_state) override {
    return readers_.run([&](Connection& db) { return readRejectedCounts(db, refused_state); });
  }
  Result<std::int64_t> appealsIn(std::string_view state) override {
    return readers_.run([&](Connection& db) { return countAppealsIn(db, state); });
  }
  Result<std::vector<OutboxCounts>> outboxCounts() override {
    return readers_.run([](Connection& db) { return readOutboxCounts(db); });
  }
  Result<std::vector<OutboxRow>> overdueOutbox(std::string_view destination, Instant now,
                                               int limit) override {
    return readers_.run(
        [&](Connection& db) { return readOverdueOutbox(db, destination, now, rowsOf(limit)); });
  }
  Result<std::vector<OutboxCounts>> overdueCounts() override {
    return readers_.run([&](Connection& db) { return readOverdueCounts(db); });
  }
  Result<int> recoverInFlight() override;
  Result<std::string> cursor(std::string_view destination, std::string_view adapter) override {
    return readers_.run([&](Connection& db) { return readCursor(db, destination, adapter); });
  }
  Result<std::vector<std::string>> aliases() override {
    return readers_.run([](Connection& db) { return readAliases(db); });
  }
  Result<AliasUse> aliasUse(std::string_view alias,
                            const std::vector<std::string>& finished) override {
    return readers_.run([&](Connection& db) { return readAliasUse(db, alias, finished); });
  }
  Result<std::vector<CursorRow>> cursors(std::string_view destination) override {
    return readers_.run([&](Connection& db) { return readCursors(db, destination); });
  }
  Result<std::vector<SettledRow>> settled(std::string_view destination, int limit) override {
    return readers_.run(
        [&](Connection& db) { return readSettled(db, destination, rowsOf(limit)); });
  }
  Result<std::vector<QuarantineRow>> quarantinePage(const QuarantineFilter& filter, RowId before,
                                                    int limit) override {
    return readers_.run(
        [&](Connection& db) { return readQuarantine(db, filter, before, rowsOf(limit)); });
  }
  Result<std::vector<QuarantineCounts>> quarantineCounts() override {
    return readers_.run([](Connection& db) { return readQuarantineCounts(db); });
  }
  Result<std::vector<QuarantineRow>> quarantineOf(RowId appeal, int limit) override {
    return readers_.run(
        [&](Connection& db) { return readQuarantineOf(db, appeal, rowsOf(limit)); });
  }
  Result<std::optional<QuarantineRow>> findQuarantine(RowId id, bool with_content) override {
    return readers_.run([&](Connection& db) { return readQuarantined(db, id, with_content); });
  }
  Result<bool> hasOpenQuarantine(std::string_view party, std::string_view subject) override {
    return readers_.run(
        [&](Connection& db) { return sqlite::hasOpenQuarantine(db, party, subject); });
  }
  Result<std::vector<QuarantineRow>> waitingItems(std::string_view party, RowId after,
                                                  int limit) override {
    return readers_.run(
        [&](Connection& db) { return readWaiting(db, party, after, rowsOf(limit)); });
  }
  Result<std::optional<NoticeRow>> findNotice(RowId id) override {
    return readers_.run([&](Connection& db) { return readNotice(db, id); });
  }
  Result<std::vector<NoticeRow>> noticesOf(RowId appeal) override {
    return readers_.run([&](Connection& db) { return readNoticesOf(db, appeal); });
  }
  Result<std::vector<NoticeRow>> dueNotices(Instant now, int limit) override {
    return readers_.run([&](Connection& db) { return readDueNotices(db, now, rowsOf(limit)); });
  }
  Result<std::optional<Instant>> nextNotice() override {
    return readers_.run([](Connection& db) { return readNextNotice(db); });
  }
  Result<std::int64_t> waitingNotices() override {
    return readers_.run([](Connection& db) { return countWaitingNotices(db); });
  }
  Result<std::vector<NoticeRow>> listNotices(std::optional<NoticeState> state, RowId before,
                                             int limit) override {
    return readers_.run(
        [&](Connection& db) { return readNoticeList(db, state, before, rowsOf(limit)); });
  }
  Result<std::vector<SubOrderRow>> subOrders(RowId appeal) override {
    return readers_.run([&](Connection& db) { return readSubOrders(db, appeal); });
  }
  Result<std::vector<SubOrderRow>> openSubOrders(const SubOrderFilter& filter,
                                                 const SubOrderRow* after, int limit) override {
    return readers_.run(
        [&](Connection& db) { return readOpenSubOrders(db, filter, after, rowsOf(limit)); });
  }
  Result<std::vector<SubOrderRow>> missedSubOrders(const SubOrderRow* after, int limit) override {
    return readers_.run(
        [&](Connection& db) { return readMissedSubOrders(db, after, rowsOf(limit)); });
  }
  Result<std::optional<AttachmentRow>> findAttachment(std::string_view sha256) override {
    return readers_.run([&](Connection& db) { return readAttachment(db, sha256); });
  }
  Result<std::optional<JournalRow>> journal(std::int64_t position) override {
    return readers_.run([&](Connection& db) { return readJournal(db, position); });
  }
  Result<InclusionProof> prove(std::int64_t position) override;
  Result<TreeHead> head() override {
    return readers_.run([](Connection& db) { return readHead(db); });
  }
  Status healthy() override;
  std::int64_t appealCount() override { return writer_->appeals(); }

 private:
  Status canCommit();
  Status diskHealthy();
  // Lists take at least one row and never more than a million at once.
  static int rowsOf(int limit) { return std::clamp(limit, 1, 1'000'000); }

  std::string path_;
  Limits limits_;
  std::unique_ptr<LockFile> lock_;
  std::unique_ptr<Writer> writer_;
  ReaderPool readers_;
  std::mutex disk_mutex_;
  Status disk_;                                          // guarded by disk_mutex_
  std::chrono::steady_clock::time_point disk_looked_{};  // guarded by disk_mutex_
  std::optional<Instant> commit_tried_;                  // guarded by disk_mutex_
  const Clock* clock_ = &systemClock();
};

Status SqliteStore::start(const SqliteOptions& options, Sealer* sealer) {
  if (options.clock != nullptr) clock_ = options.clock;
  auto connection = Connection::open({path_, false, options.cache_kib, options.pages_max});
  if (!connection) return connection.status();
  Status migrated = migrate(**connection);
  if (!migrated) return migrated;
  auto writer = Writer::start(std::move(*connection), options, sealer);
  if (!writer) return writer.status();
  writer_ = std::move(*writer);
  for (int i = 0; i < std::max(options.readers, 1); ++i) {
    auto reader = Connection::open({path_, true, options.reader_cache_kib, 0});
    if (!reader) return reader.status();
    readers_.add(std::move(*reader));
  }
  return {};
}

Status SqliteStore::write(Unit unit) {
  if (writer_->onWriterThread()) {
    return Status::failure("base.internal", "write() called on the writer thread");
  }
  Answer answer;
  writer_->submit(std::move(unit), [&answer](Status status) { answer.give(std::move(status)); });
  return answer.wait();
}

Result<int> SqliteStore::recoverInFlight() {
  int recovered = 0;
  Status status = write([&recovered](Tx& tx) -> Status {
    // Every Tx of this store is a UnitOfWork.
    Result<int> rows = static_cast<UnitOfWork&>(tx).recoverInFlight();
    if (!rows) return rows.status();
    recovered = *rows;
    return {};
  });
  if (!status) return status;
  return recovered;
}

Result<InclusionProof> SqliteStore::prove(std::int64_t position) {
  RecentLog& recent = writer_->recentLog();
  if (auto head = recent.headAfter(position)) {
    auto path = pathOf(position, *head, [&recent](trust::MerkleNodeId node) -> Result<Sha256> {
      auto hash = recent.node(trust::merkleNodeNumber(node));
      return hash ? Result<Sha256>(*hash) : Status::failure("store.not_found", "not in memory");
    });
    if (path) return proofOf(position, std::move(*head), *path);
  }
  return readers_.run([&](Connection& db) -> Result<InclusionProof> {
    // One read transaction for head and path: begun anew for each of the path's nodes, it would take
    // and drop the lock, and look for new commits, some twenty times.
    ReadTransaction reading(db);
    if (!reading.begun()) return reading.begun();
    Result<TreeHead> first = readHeadAfter(db, position);
    if (!first) return first.status();
    if (position < 0 || position >= first->size) {
      return Status::failure("store.not_found", "the journal has no such record");
    }
    auto path = pathOf(position, *first, [&](trust::MerkleNodeId node) -> Result<Sha256> {
      auto hash = readNode(db, node);
      if (hash) recent.keep(trust::merkleNodeNumber(node), *hash);
      return hash;
    });
    if (!path) return path.status();
    return proofOf(position, std::move(*first), *path);
  });
}

Status SqliteStore::healthy() {
  if (!writer_->running()) {
    return Status::failure("store.unavailable", "the writer has stopped");
  }
  if (writer_->unfinished() >= limits_.outbox_rows_max) {
    return Status::failure("store.unavailable", "the outbox has reached its limit of rows");
  }
  if (auto status = canCommit(); !status) return status;
  return diskHealthy();
}

// After a commit that failed nothing is taken until one succeeds, and with the doors closed nobody else
// would make one: a row of no meaning is written, and a head sealed if that was what failed, once a second at
// most.
Status SqliteStore::canCommit() {
  if (!writer_->failing()) return {};
  const Status failed = Status::failure("store.unavailable", "the last commit failed");
  const std::lock_guard lock(disk_mutex_);
  // Whoever waited for the lock sees what the one before found.
  if (!writer_->failing()) return {};
  const Instant now = clock_->now();
  const bool recent =
      commit_tried_ && now >= *commit_tried_ && now < *commit_tried_ + std::chrono::seconds(1);
  if (recent) return failed;
  commit_tried_ = now;
  writer_->trySeal();
  const auto tried = std::to_string(now.time_since_epoch().count());
  const Status wrote = write(Unit([&](Tx& tx) { return tx.setCursor(kProbe, tried); }));
  return wrote.ok() && writer_->failing() ? failed : wrote;
}

// Asked before each appeal is taken: the disk itself is looked at once a second.
Status SqliteStore::diskHealthy() {
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(disk_mutex_);
  if (now < disk_looked_ + std::chrono::seconds(1)) return disk_;
  disk_looked_ = now;
  struct statvfs disk {};
  if (::statvfs(path_.c_str(), &disk) != 0) {
    disk_ = Status::failure("store.unavailable", "the data folder cannot be reached");
    return disk_;
  }
  auto free_bytes =
      static_cast<std::int64_t>(disk.f_bavail) * static_cast<std::int64_t>(disk.f_frsize);
  disk_ = free_bytes < limits_.free_disk_bytes_min
              ? Status::failure("store.unavailable", "the disk of the data folder is nearly full")
              : Status();
  return disk_;
}

}  // namespace
}  // namespace sqlite

Result<std::unique_ptr<Store>> openSqlite(const SqliteOptions& options, const Limits& limits,
                                          Sealer* sealer) {
  auto lock = sqlite::LockFile::take(options.path + ".lock");
  if (!lock) return lock.status();
  auto store = std::make_unique<sqlite::SqliteStore>(options.path, limits, std::move(*lock));
  Status started = store->start(options, sealer);
  if (!started) return started;
  return std::unique_ptr<Store>(std::move(store));
}

Result<std::vector<AliasUse>> lookForOtherAliases(const std::string& path,
                                                  const std::vector<std::string>& served,
                                                  const std::vector<std::string>& finished) {
  std::vector<AliasUse> found;
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return found;
  sqlite::Connection::Options options;
  options.path = path;
  options.look_only = true;
  auto opened = sqlite::Connection::open(options);
  if (!opened) return opened.status();
  auto known = sqlite::readAliases(**opened);
  if (!known) return known.status();
  for (const auto& alias : *known) {
    if (std::find(served.begin(), served.end(), alias) != served.end()) continue;
    auto use = sqlite::readAliasUse(**opened, alias, finished);
    if (!use) return use.status();
    if (use->any()) found.push_back(std::move(*use));
  }
  return found;
}

}  // namespace hub::store
