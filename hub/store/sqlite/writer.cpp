#include "hub/store/sqlite/writer.h"

#include <algorithm>
#include <exception>
#include <iterator>

#include "hub/base/log.h"
#include "hub/store/sqlite/queries.h"

namespace hub::store::sqlite {
namespace {

Result<std::int64_t> readNumber(Connection& db, const char* sql) {
  Statement s = db.statement(sql);
  Result<bool> row = s.step();
  if (!row) return row.status();
  return s.integer();
}

Result<std::string> sealSafely(Sealer& sealer, const TreeHead& head) {
  try {
    return sealer.seal(head);
  } catch (...) {
    return Status::failure("base.internal", "the sealer threw an exception");
  }
}

}  // namespace

Writer::Writer(std::unique_ptr<Connection> db, const SqliteOptions& options, Sealer* sealer)
    : db_(std::move(db)),
      options_(options),
      sealer_(sealer),
      clock_(options.clock != nullptr ? options.clock : &systemClock()),
      work_(*db_) {}

Result<std::unique_ptr<Writer>> Writer::start(std::unique_ptr<Connection> db,
                                              const SqliteOptions& options, Sealer* sealer) {
  std::unique_ptr<Writer> writer(new Writer(std::move(db), options, sealer));
  Status status = writer->loadState();
  if (!status) return status;
  writer->running_ = true;
  writer->thread_ = std::thread([raw = writer.get()] { raw->loop(); });
  return writer;
}

Writer::~Writer() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  waiting_.notify_all();
  stopping_.notify_all();
  thread_.join();
}

Status Writer::loadState() {
  // Appeals are never deleted and rolled-back ids are given again, so the last id is the count.
  Result<std::int64_t> appeals = readNumber(*db_, "SELECT coalesce(max(id), 0) FROM appeal");
  if (!appeals) return appeals.status();
  Result<std::int64_t> unfinished = readNumber(*db_,
                                               "SELECT count(*) FROM outbox INDEXED BY outbox_open"
                                               " WHERE state <> 4 AND state <> 5 AND state <> 6");
  if (!unfinished) return unfinished.status();
  Result<std::int64_t> records =
      readNumber(*db_, "SELECT coalesce(max(position) + 1, 0) FROM journal");
  if (!records) return records.status();
  Result<TreeHead> head = readHead(*db_);
  if (!head) return head.status();
  if (*records != head->size) {
    return Status::failure("store.corrupt", "the journal and its newest head differ in size");
  }
  auto tree =
      trust::MerkleTree::load(static_cast<std::uint64_t>(head->size),
                              [this](trust::MerkleNodeId node) { return readNode(*db_, node); });
  if (!tree) return tree.status();
  Sha256 root = tree->root();
  if (toHex({reinterpret_cast<const char*>(root.data()), root.size()}) != head->root_hex) {
    return Status::failure("store.corrupt", "the journal does not have the root its head names");
  }
  tree_ = std::move(*tree);
  totals_ = {*appeals, *unfinished};
  appeals_ = totals_.appeals;
  unfinished_ = totals_.unfinished;
  return {};
}

void Writer::submit(Unit unit, std::function<void(Status)> done) {
  {
    std::lock_guard lock(mutex_);
    if (!stop_) {
      const bool was_pressed = isPressed();
      if (!unit.isPatient()) ++pressing_;
      queue_.push_back({std::move(unit), std::move(done), {}});
      if (queue_.size() == 1 || isPressed() != was_pressed) waiting_.notify_one();
      return;
    }
  }
  done(Status::failure("store.unavailable", "the store is closing"));
}

bool Writer::isPressed() const {
  return stop_ || pressing_ > 0 ||
         queue_.size() >= static_cast<std::size_t>(std::max(options_.patience_units_max, 1));
}

bool Writer::take(std::vector<Job>& group) {
  std::unique_lock lock(mutex_);
  if (queue_.empty()) last_group_ = 0;  // it is not busy now
  waiting_.wait(lock, [this] { return stop_ || !queue_.empty(); });
  if (queue_.empty()) return false;
  if (!isPressed()) {
    waiting_.wait_for(lock, std::chrono::microseconds(options_.patience_us),
                      [this] { return isPressed(); });
  }
  auto limit = static_cast<std::size_t>(std::max(options_.group_units_max, 1));
  if (last_group_ >= static_cast<std::size_t>(std::max(options_.gather_from_units, 1)) &&
      queue_.size() < limit && !stop_) {
    stopping_.wait_for(lock, std::chrono::microseconds(options_.gather_us),
                       [this] { return stop_; });
  }
  group.clear();
  if (queue_.size() <= limit) {
    group.swap(queue_);
  } else {
    auto end = queue_.begin() + static_cast<std::ptrdiff_t>(limit);
    group.assign(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
    queue_.erase(queue_.begin(), end);
  }
  pressing_ = static_cast<std::size_t>(std::count_if(
      queue_.begin(), queue_.end(), [](const Job& job) { return !job.unit.isPatient(); }));
  last_group_ = group.size();
  return true;
}

void Writer::loop() {
  std::vector<Job> group;
  while (take(group)) {
    runGroup(group);
    answer(group);
  }
  running_ = false;
}

void Writer::runGroup(std::vector<Job>& group) {
  trust::MerkleTree tree = tree_;
  const std::int64_t changes = db_->changesEver();
  Status status = beginAndRun(group);
  Seal seal;
  const bool has_leaves = !work_.leaves().empty();
  if (status && has_leaves) {
    status = sealJournal(tree, seal);
    seal_failed_ = !status;
  }
  if (status) status = work_.addFeed();
  if (status) status = db_->command("COMMIT");
  if (status) {
    tree_ = std::move(tree);
    // A group without journal records shows nothing of the sealer.
    if (try_seal_.exchange(false) && seal_failed_) seal_failed_ = !canSeal();
    if (db_->changesEver() != changes) failing_ = seal_failed_;
    if (!seal.nodes.empty()) recent_.add(seal.first_node, seal.nodes, seal.head);
    totals_ = work_.totals();
    appeals_ = totals_.appeals;
    unfinished_ = totals_.unfinished;
    return;
  }
  failing_ = true;
  if (db_->inTransaction()) (void)db_->command("ROLLBACK");
  logError("store.group_failed", {{"code", status.error().code},
                                  {"reason", status.error().text},
                                  {"units", static_cast<long long>(group.size())}});
  for (Job& job : group) {
    if (job.result) job.result = status;
  }
}

Status Writer::beginAndRun(std::vector<Job>& group) {
  bool repeatable = std::all_of(group.begin(), group.end(),
                                [](const Job& job) { return job.unit.isRepeatable(); });
  Marks marks = group.size() == 1 || repeatable ? Marks::kNone : Marks::kSavepoints;
  for (;;) {
    db_->clearHardError();
    work_.beginGroup(totals_, static_cast<std::int64_t>(tree_.size()));
    Status status = db_->command("BEGIN IMMEDIATE");
    bool spoilt = false;
    if (status) status = runUnits(group, marks, &spoilt);
    if (!status || !spoilt) return status;
    if (status = db_->command("ROLLBACK"); !status) return status;
    if (group.size() == 1) {
      work_.undoUnit();
      return db_->command("BEGIN");
    }
    marks = Marks::kSavepoints;
  }
}

// Failure: the engine has given up the whole transaction.
Status Writer::runUnits(std::vector<Job>& group, Marks marks, bool* spoilt) {
  for (Job& job : group) {
    db_->clearHardError();
    if (marks == Marks::kSavepoints) {
      Status status = db_->command("SAVEPOINT unit");
      if (!status) return status;
    }
    work_.beginUnit();
    const std::int64_t changes = db_->changesEver();
    job.result = runUnit(job.unit);
    if (!db_->inTransaction()) {
      return db_->hardError().ok()
                 ? Status::failure("store.unavailable", "the database gave up the transaction")
                 : db_->hardError();
    }
    Status status;
    if (!job.result) {
      if (marks == Marks::kNone && db_->changesEver() != changes) {
        *spoilt = true;
        return {};
      }
      work_.undoUnit();
      if (marks == Marks::kSavepoints) status = db_->command("ROLLBACK TO unit");
    }
    if (status && marks == Marks::kSavepoints) status = db_->command("RELEASE unit");
    if (!status) return status;
  }
  return {};
}

Status Writer::runUnit(const Unit& unit) {
  try {
    Status status = unit(work_);
    return status && !db_->hardError().ok() ? db_->hardError() : status;
  } catch (const std::exception&) {
    // what() may quote a value of the appeal: it stays out of the log.
    return Status::failure("base.internal", "the unit of work threw an exception");
  } catch (...) {
    return Status::failure("base.internal", "the unit of work threw something");
  }
}

Status Writer::sealJournal(trust::MerkleTree& tree, Seal& seal) {
  seal.first_node = trust::merkleNodeCount(tree.size());
  auto number = static_cast<std::int64_t>(seal.first_node);
  auto& nodes = seal.nodes;
  for (const Sha256& leaf : work_.leaves()) tree.append(leaf, nodes);
  for (const Sha256& node : nodes) {
    Statement s = db_->statement("INSERT INTO journal_node (number, hash) VALUES (?, ?)");
    Status status = s.bind(number++, node).run();
    if (!status) return status;
  }
  Sha256 root = tree.root();
  TreeHead& head = seal.head;
  head.size = static_cast<std::int64_t>(tree.size());
  head.root_hex = toHex({reinterpret_cast<const char*>(root.data()), root.size()});
  head.at = clock_->now();
  if (sealer_ != nullptr) {
    Result<std::string> signature = sealSafely(*sealer_, head);
    if (!signature) return signature.status();
    head.signature = std::move(*signature);
  }
  Statement s =
      db_->statement("INSERT INTO tree_head (size, root, at, signature) VALUES (?, ?, ?, ?)");
  return s.bind(head.size, root, head.at, head.signature).run();
}

bool Writer::canSeal() {
  if (sealer_ == nullptr) return true;
  const Sha256 root = tree_.root();
  TreeHead head;
  head.size = static_cast<std::int64_t>(tree_.size());
  head.root_hex = toHex({reinterpret_cast<const char*>(root.data()), root.size()});
  head.at = clock_->now();
  return sealSafely(*sealer_, head).ok();
}

void Writer::answer(std::vector<Job>& group) {
  for (Job& job : group) {
    job.unit = {};  // what the unit holds is released before its owner is told
    try {
      job.done(std::move(job.result));
    } catch (...) {
      logError("store.done_threw");
    }
  }
  group.clear();
}

}  // namespace hub::store::sqlite
