// Units of work together: isolation, many threads, failing units, a failing sealer, a full disk.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <array>
#include <atomic>
#include <csignal>
#include <future>
#include <set>
#include <stdexcept>
#include <thread>

#include "hub/store/tests/sample.h"

namespace hub::store {
namespace {

using sample::Given;
using sample::Intake;

Status intakeInto(Store& store, const std::string& source_id, std::size_t body_bytes = 100) {
  Intake wanted;
  wanted.source_id = source_id;
  wanted.body = std::string(body_bytes, 'x');
  Given given;
  return store.write([&](Tx& tx) { return sample::addIntake(tx, wanted, given); });
}

// Everything that must hold for a store in which only whole intakes were committed.
void expectConsistent(Store& store, std::int64_t appeals) {
  EXPECT_EQ(store.appealCount(), appeals);
  EXPECT_EQ(store.head()->size, appeals);
  std::set<std::string> numbers;
  std::string cursor;
  do {
    AppealPage page = store.listAppeals({}, cursor, 500).value();
    for (const AppealRow& row : page.rows) {
      numbers.insert(row.reg_number);
      EXPECT_EQ(store.events(row.id)->size(), 3U);
      EXPECT_EQ(store.clocks(row.id)->size(), 2U);
      EXPECT_EQ(store.messages(row.id, true)->size(), 1U);
      EXPECT_EQ(store.outboxOf(row.id)->size(), 1U);
    }
    cursor = page.next;
  } while (!cursor.empty());
  ASSERT_EQ(numbers.size(), static_cast<std::size_t>(appeals));
  if (appeals > 0) {
    std::string last = std::to_string(appeals);
    EXPECT_EQ(*numbers.rbegin(), "ЖТ-2026-" + std::string(8 - last.size(), '0') + last);
  }
}

TEST(GroupCommit, ReadersSeeOnlyWhatIsCommitted) {
  sample::TempFolder folder;
  auto store = sample::openOrDie(folder.file("hub.db"));
  Given given;
  Intake wanted;
  wanted.source_id = "A-1";
  Status status = store->write([&](Tx& tx) {
    Status added = sample::addIntake(tx, wanted, given);
    EXPECT_TRUE(tx.findBySource("e-otinish", "A-1").value().has_value());
    EXPECT_FALSE(store->findBySource("e-otinish", "A-1").value().has_value());
    EXPECT_EQ(store->appealCount(), 0);
    return added;
  });
  ASSERT_TRUE(status.ok());
  EXPECT_TRUE(store->findBySource("e-otinish", "A-1").value().has_value());
  EXPECT_EQ(store->appealCount(), 1);
}

TEST(GroupCommit, SixteenThreads) {
  sample::TempFolder folder;
  sample::CountingSealer sealer;
  auto store = sample::openOrDie(folder.file("hub.db"), &sealer);
  std::atomic<int> refused{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 16; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        // Every tenth unit tries a key that all threads share: one of them gets it.
        std::string id = i % 10 == 0 ? "shared-" + std::to_string(i)
                                     : std::to_string(t) + "-" + std::to_string(i);
        Status status = intakeInto(*store, id);
        if (!status) {
          EXPECT_EQ(status.error().code, "store.conflict");
          ++refused;
        } else {
          EXPECT_TRUE(store->findBySource("e-otinish", id).value().has_value());
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(refused, 20 * 15);
  expectConsistent(*store, 16 * 200 - 20 * 15);
  store.reset();
  EXPECT_LE(sealer.calls, 16 * 200 - 20 * 15);
  expectConsistent(*sample::openOrDie(folder.file("hub.db"), &sealer), 16 * 200 - 20 * 15);
}

// Queues units while the writer is held, so that they are certain to share one group.
class OneGroup : public testing::Test {
 protected:
  sample::TempFolder folder_;
  sample::CountingSealer sealer_;
  std::unique_ptr<Store> store_ = sample::openOrDie(folder_.file("hub.db"), &sealer_);
  std::promise<void> release_;
  std::vector<std::future<Status>> answers_;
  std::vector<std::unique_ptr<Given>> given_;

  void hold() {
    std::promise<void> held;
    store_->writeAsync(
        [&, gate = release_.get_future().share()](Tx&) -> Status {
          held.set_value();
          gate.wait();
          return {};
        },
        [](Status) {});
    held.get_future().wait();
  }
  void queue(Unit unit) {
    auto promise = std::make_shared<std::promise<Status>>();
    answers_.push_back(promise->get_future());
    store_->writeAsync(std::move(unit), [promise](Status s) { promise->set_value(std::move(s)); });
  }
  Unit intake(const std::string& id) {
    given_.push_back(std::make_unique<Given>());
    Intake wanted;
    wanted.source_id = id;
    return [wanted, given = given_.back().get()](Tx& tx) {
      return sample::addIntake(tx, wanted, *given);
    };
  }
  std::vector<std::string> run() {
    release_.set_value();
    std::vector<std::string> codes;
    for (auto& answer : answers_) {
      Status status = answer.get();
      codes.push_back(status.ok() ? "ok" : status.error().code);
    }
    return codes;
  }
};

TEST_F(OneGroup, FailingUnitsAreRolledBackAlone) {
  hold();
  queue(intake("A-1"));
  queue([unit = intake("A-2")](Tx& tx) -> Status {
    Status status = unit(tx);
    EXPECT_TRUE(status.ok());
    return Status::failure("base.internal", "changed my mind");
  });
  queue(intake("A-1"));
  queue([unit = intake("A-3")](Tx& tx) -> Status {
    EXPECT_TRUE(unit(tx).ok());
    throw std::runtime_error("a bug");
  });
  queue([unit = intake("A-4")](Tx& tx) -> Status {
    EXPECT_TRUE(unit(tx).ok());
    throw 42;
  });
  queue(intake("A-5"));
  EXPECT_EQ(run(), (std::vector<std::string>{"ok", "base.internal", "store.conflict",
                                             "base.internal", "base.internal", "ok"}));
  EXPECT_EQ(given_[5 - 0]->number, 2);
  EXPECT_EQ(given_[5 - 0]->position, 1);
  expectConsistent(*store_, 2);
  store_.reset();
  EXPECT_EQ(sealer_.calls, 1) << "one head for the group";
}

// Counts how often the unit ran; the count is its owner's to look at, not the unit's result.
Unit counted(int& runs, const Unit& unit) {
  return [&runs, unit](Tx& tx) {
    ++runs;
    return unit(tx);
  };
}

Unit failingAfter(const Unit& unit) {
  return [unit](Tx& tx) -> Status {
    EXPECT_TRUE(unit(tx).ok());
    return Status::failure("base.internal", "changed my mind");
  };
}

TEST_F(OneGroup, RepeatableUnitsThatChangedNothingBeforeTheyFailRunOnce) {
  std::array<int, 3> runs{};
  hold();
  queue(repeatable(counted(runs[0], intake("A-1"))));
  queue(repeatable(counted(
      runs[1], [](Tx&) { return Status::failure("store.not_found", "seen before any change"); })));
  queue(repeatable(counted(runs[2], intake("A-2"))));
  EXPECT_EQ(run(), (std::vector<std::string>{"ok", "store.not_found", "ok"}));
  EXPECT_EQ(runs, (std::array<int, 3>{1, 1, 1}));
  expectConsistent(*store_, 2);
}

TEST_F(OneGroup, RepeatableUnitThatFailsAfterAChangeIsUndoneAlone) {
  std::array<int, 4> runs{};
  hold();
  queue(repeatable(counted(runs[0], intake("A-1"))));
  queue(repeatable(counted(runs[1], failingAfter(intake("A-2")))));
  queue(repeatable(counted(runs[2], failingAfter(intake("A-3")))));
  queue(repeatable(counted(runs[3], intake("A-4"))));
  EXPECT_EQ(run(), (std::vector<std::string>{"ok", "base.internal", "base.internal", "ok"}));
  EXPECT_EQ(runs, (std::array<int, 4>{2, 2, 1, 1})) << "again from the start, then with marks";
  EXPECT_EQ(given_[3]->number, 2);
  EXPECT_EQ(given_[3]->position, 1);
  expectConsistent(*store_, 2);
}

TEST_F(OneGroup, UnitThatIsNotRepeatableNeverRunsTwice) {
  std::array<int, 3> runs{};
  hold();
  queue(repeatable(counted(runs[0], intake("A-1"))));
  queue(counted(runs[1], intake("A-2")));
  queue(repeatable(counted(runs[2], failingAfter(intake("A-3")))));
  EXPECT_EQ(run(), (std::vector<std::string>{"ok", "ok", "base.internal"}));
  EXPECT_EQ(runs, (std::array<int, 3>{1, 1, 1}));
  expectConsistent(*store_, 2);
}

// Events of the commit, those of units that failed left out, in whatever way they were undone.
TEST_F(OneGroup, TheFeedHoldsWhatWasCommittedAlone) {
  hold();
  queue(repeatable(intake("A-1")));
  queue(repeatable(failingAfter(intake("A-2"))));
  queue(repeatable(intake("A-3")));
  EXPECT_EQ(run(), (std::vector<std::string>{"ok", "base.internal", "ok"}));
  FeedPage page = store_->feed("", 100).value();
  ASSERT_EQ(page.items.size(), 6U);
  EXPECT_EQ(page.items[0].event.appeal, given_[0]->appeal);
  EXPECT_EQ(page.items[3].event.appeal, given_[2]->appeal);
  EXPECT_FALSE(store_->write(failingAfter(intake("A-4"))).ok());
  EXPECT_EQ(store_->feedEnd().value(), page.next);
}

TEST_F(OneGroup, FailingSealerFailsTheGroup) {
  sealer_.fail = true;
  hold();
  queue(intake("A-1"));
  queue(intake("A-2"));
  queue([](Tx& tx) { return tx.setCursor("moe", "x"); });
  EXPECT_EQ(run(), (std::vector<std::string>(3, "base.internal")));
  sealer_.fail = false;
  expectConsistent(*store_, 0);
  EXPECT_EQ(store_->cursor("moe").value(), "");
  EXPECT_TRUE(intakeInto(*store_, "A-1").ok());
  expectConsistent(*store_, 1);
}

TEST_F(OneGroup, FailingUnitAloneLeavesNothing) {
  Status status = store_->write([unit = intake("A-1")](Tx& tx) -> Status {
    EXPECT_TRUE(unit(tx).ok());
    return Status::failure("base.internal", "no");
  });
  EXPECT_EQ(status.error().code, "base.internal");
  expectConsistent(*store_, 0);
  EXPECT_TRUE(intakeInto(*store_, "A-1").ok());
  expectConsistent(*store_, 1);
}

TEST_F(OneGroup, ClosingRunsWhatIsQueued) {
  hold();
  for (int i = 0; i < 50; ++i) queue(intake("A-" + std::to_string(i)));
  release_.set_value();
  store_.reset();
  for (auto& answer : answers_) EXPECT_TRUE(answer.get().ok());
  store_ = sample::openOrDie(folder_.file("hub.db"), &sealer_);
  expectConsistent(*store_, 50);
}

// With half an hour's patience, so that whatever ends did not end by itself.
class Patience : public testing::Test {
 protected:
  sample::TempFolder folder_;
  sample::CountingSealer sealer_;
  std::unique_ptr<Store> store_ = opened(2'000'000'000);
  std::vector<std::future<Status>> answers_;
  Given given_;

  std::unique_ptr<Store> opened(int patience_us) {
    SqliteOptions options;
    options.path = folder_.file("hub.db");
    options.patience_us = patience_us;
    options.patience_units_max = 3;
    auto store = openSqlite(options, Limits(), &sealer_);
    EXPECT_TRUE(store.ok());
    return std::move(*store);
  }
  Unit intake(const std::string& id) {
    Intake wanted;
    wanted.source_id = id;
    return [wanted, this](Tx& tx) { return sample::addIntake(tx, wanted, given_); };
  }
  void queue(Unit unit) {
    auto promise = std::make_shared<std::promise<Status>>();
    answers_.push_back(promise->get_future());
    store_->writeAsync(std::move(unit), [promise](Status s) { promise->set_value(std::move(s)); });
  }
  bool isAnswered(std::size_t n) {
    return answers_[n].wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  }
};

TEST_F(Patience, PatientUnitsShareTheCommitOfOneThatIsWaitedFor) {
  queue(patient(intake("A-1")));
  queue(patient(repeatable(intake("A-2"))));
  EXPECT_TRUE(store_->write(intake("A-3")).ok());
  for (auto& answer : answers_) EXPECT_TRUE(answer.get().ok());
  EXPECT_EQ(sealer_.calls, 1);
  expectConsistent(*store_, 3);
}

TEST_F(Patience, EnoughOfThemWaitForNobody) {
  queue(patient(intake("A-1")));
  queue(patient(intake("A-2")));
  EXPECT_FALSE(isAnswered(0));
  queue(patient(intake("A-3")));
  for (auto& answer : answers_) EXPECT_TRUE(answer.get().ok());
  EXPECT_EQ(sealer_.calls, 1);
}

TEST_F(Patience, OneAloneIsCommittedWhenItsTimeIsOver) {
  store_.reset();
  store_ = opened(1000);
  queue(patient(intake("A-1")));
  EXPECT_TRUE(answers_[0].get().ok());
  expectConsistent(*store_, 1);
}

TEST_F(Patience, ClosingCommitsThem) {
  queue(patient(intake("A-1")));
  store_.reset();
  EXPECT_TRUE(answers_[0].get().ok());
  store_ = sample::openOrDie(folder_.file("hub.db"), &sealer_);
  expectConsistent(*store_, 1);
}

// What is left in the queue of a full group must not be forgotten.
TEST_F(Patience, WhatIsWaitedForBehindAFullGroupIsNotKeptBack) {
  store_.reset();
  SqliteOptions options;
  options.path = folder_.file("hub.db");
  options.patience_us = 2'000'000'000;
  options.group_units_max = 1;
  auto store = openSqlite(options, Limits(), &sealer_);
  ASSERT_TRUE(store.ok());
  store_ = std::move(*store);
  queue(patient(intake("A-1")));
  queue(patient(intake("A-2")));
  EXPECT_TRUE(store_->write(intake("A-3")).ok());
  EXPECT_EQ(sealer_.calls, 3);
}

TEST(GroupCommit, WriteFromTheWriterThreadIsRefused) {
  sample::TempFolder folder;
  auto store = sample::openOrDie(folder.file("hub.db"));
  std::promise<Status> nested;
  store->writeAsync([](Tx&) { return Status(); },
                    [&](Status) { nested.set_value(store->write([](Tx&) { return Status(); })); });
  EXPECT_EQ(nested.get_future().get().error().code, "base.internal");
}

TEST(FullDisk, QuotaFailsTheUnitAndKeepsTheRest) {
  sample::TempFolder folder;
  SqliteOptions options;
  options.path = folder.file("hub.db");
  options.pages_max = 150;
  std::int64_t stored = 0;
  {
    auto store = std::move(openSqlite(options, Limits(), nullptr).value());
    Status status;
    while ((status = intakeInto(*store, "A-" + std::to_string(stored), 3000)).ok()) ++stored;
    EXPECT_EQ(status.error().code, "store.unavailable");
    EXPECT_GT(stored, 1) << "some fitted before the disk was full";
    expectConsistent(*store, stored);
    // A unit that hides the engine's error is not committed either.
    status = store->write([&](Tx& tx) -> Status {
      Given given;
      Intake wanted;
      wanted.source_id = "hidden";
      wanted.body = std::string(300'000, 'x');
      EXPECT_FALSE(sample::addIntake(tx, wanted, given).ok());
      return {};
    });
    EXPECT_EQ(status.error().code, "store.unavailable");
    expectConsistent(*store, stored);
  }
  options.pages_max = 0;
  auto store = std::move(openSqlite(options, Limits(), nullptr).value());
  expectConsistent(*store, stored);
  EXPECT_TRUE(intakeInto(*store, "A-" + std::to_string(stored), 3000).ok());
  expectConsistent(*store, stored + 1);
}

// The kernel refuses to let any file of this process grow: the write of the log at COMMIT fails.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit now = before_;
    now.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &now);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST(FullDisk, FailedCommitFailsTheGroupAndTheStoreGoesOn) {
  sample::TempFolder folder;
  sample::CountingSealer sealer;
  auto store = sample::openOrDie(folder.file("hub.db"), &sealer);
  ASSERT_TRUE(intakeInto(*store, "first", 3000).ok());
  std::atomic<std::int64_t> stored{1};
  std::atomic<int> refused{0};
  {
    FileSizeLimit limit(1'500'000);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0, failures = 0; failures < 3 && i < 1000; ++i) {
          Status status = intakeInto(*store, std::to_string(t) + "-" + std::to_string(i), 3000);
          if (status.ok()) {
            ++stored;
          } else {
            EXPECT_EQ(status.error().code, "store.unavailable");
            ++failures;
            ++refused;
          }
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_EQ(refused, 12);
  EXPECT_GT(stored, 1) << "some fitted before the disk was full";
  expectConsistent(*store, stored);
  ASSERT_TRUE(intakeInto(*store, "after", 3000).ok());
  expectConsistent(*store, stored + 1);
  store.reset();
  expectConsistent(*sample::openOrDie(folder.file("hub.db"), &sealer), stored + 1);
}

class Health : public ::testing::Test {
 protected:
  static constexpr const char* kFailed = "the last commit failed";
  void open() {
    SqliteOptions options;
    options.path = folder_.file("hub.db");
    options.clock = &clock_;
    Limits limits;
    limits.free_disk_bytes_min = 0;
    store_ = std::move(openSqlite(options, limits, &sealer_).value());
  }
  // What healthy() complains of after so long; "" for nothing.
  std::string asked(std::chrono::milliseconds later = std::chrono::seconds(1)) {
    clock_.advance(later);
    const Status healthy = store_->healthy();
    return healthy.ok() ? "" : healthy.error().text;
  }

  sample::TempFolder folder_;
  sample::CountingSealer sealer_;
  ManualClock clock_{sample::at(1)};
  std::unique_ptr<Store> store_;
};

// Nobody is told "ready" by a store that commits nothing; with its doors closed it finds out by itself that
// it can again.
TEST_F(Health, NotReadyWhileCommitsFail) {
  open();
  ASSERT_TRUE(intakeInto(*store_, "1").ok());
  EXPECT_EQ(asked(), "");
  {
    FileSizeLimit limit(1);
    EXPECT_FALSE(intakeInto(*store_, "2").ok());
  }
  EXPECT_EQ(asked(), "") << "it tried, and it can";
  {
    FileSizeLimit limit(1);
    EXPECT_FALSE(intakeInto(*store_, "3").ok());
    EXPECT_NE(asked(), "");
    // A unit that changes nothing proves nothing.
    EXPECT_TRUE(store_->write([](Tx&) { return Status(); }).ok());
    const std::string tried = asked();
    EXPECT_NE(tried, "");
    EXPECT_NE(tried, kFailed) << "what the engine said of this attempt";
    EXPECT_EQ(asked(std::chrono::milliseconds(999)), kFailed) << "not tried again so soon";
  }
  EXPECT_EQ(asked(std::chrono::milliseconds(0)), kFailed);
  EXPECT_EQ(asked(), "");
  ASSERT_TRUE(intakeInto(*store_, "4").ok());
}

// Without a seal no appeal can be taken, though all else commits.
TEST_F(Health, NotReadyWhileTheSealerFails) {
  open();
  ASSERT_TRUE(intakeInto(*store_, "1").ok());
  sealer_.fail = true;
  EXPECT_FALSE(intakeInto(*store_, "2").ok());
  EXPECT_EQ(asked(), kFailed);
  EXPECT_TRUE(store_->write([](Tx& tx) { return tx.setCursor("moe", "1"); }).ok());
  EXPECT_EQ(asked(), kFailed);
  sealer_.fail = false;
  EXPECT_EQ(asked(), "") << "it had a head sealed, and it can";
  sealer_.fail = true;
  EXPECT_FALSE(intakeInto(*store_, "3").ok());
  EXPECT_EQ(asked(), kFailed);
  sealer_.fail = false;
  ASSERT_TRUE(intakeInto(*store_, "4").ok());
  EXPECT_EQ(asked(std::chrono::milliseconds(0)), "") << "an appeal was sealed";
  expectConsistent(*store_, 2);
}

TEST_F(Health, OutboxLimitAndFreeDisk) {
  sample::TempFolder folder;
  SqliteOptions options;
  options.path = folder.file("hub.db");
  Limits limits;
  limits.outbox_rows_max = 3;
  limits.free_disk_bytes_min = 0;
  auto store = std::move(openSqlite(options, limits, nullptr).value());
  for (const char* id : {"1", "2"}) ASSERT_TRUE(intakeInto(*store, id).ok());
  EXPECT_TRUE(store->healthy().ok());
  ASSERT_TRUE(intakeInto(*store, "3").ok());
  EXPECT_EQ(store->healthy().error().code, "store.unavailable");
  OutboxRow row = store->outboxOf(1)->at(0);
  row.state = OutboxState::kDelivered;
  ASSERT_TRUE(store->write([&](Tx& tx) { return tx.updateOutbox(row); }).ok());
  EXPECT_TRUE(store->healthy().ok());
  ASSERT_TRUE(intakeInto(*store, "4").ok());
  EXPECT_FALSE(store->healthy().ok());
  store.reset();
  store = std::move(openSqlite(options, limits, nullptr).value());
  EXPECT_FALSE(store->healthy().ok()) << "counted again at start";
  store.reset();
  limits = Limits();
  limits.free_disk_bytes_min = std::int64_t{1} << 60;
  store = std::move(openSqlite(options, limits, nullptr).value());
  EXPECT_EQ(store->healthy().error().code, "store.unavailable");
}

}  // namespace
}  // namespace hub::store
