// The write-ahead log through the store's own VFS: gathered, synced before a commit is one, whole after a write that
// failed. Below it stands a VFS of the test that counts, and fails when told to.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <new>

#include "hub/store/sqlite/database.h"
#include "hub/store/tests/sample.h"

namespace hub::store {
namespace {

namespace fs = std::filesystem;
using sqlite::Connection;

// What reached the log's file, in order: 'w' a write, 's' a sync, 'f' a write that failed.
std::string seen;
int fail_writes = 0;  // of the next ones, for want of disk

struct WatchedFile {
  sqlite3_file head;
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};
sqlite3_file* realOf(sqlite3_file* file) { return reinterpret_cast<WatchedFile*>(file)->real(); }
const sqlite3_io_methods& below(sqlite3_file* file) { return *realOf(file)->pMethods; }

int watchedWrite(sqlite3_file* f, const void* bytes, int size, sqlite3_int64 at) {
  if (fail_writes > 0) {
    --fail_writes;
    seen += 'f';
    return SQLITE_FULL;
  }
  seen += 'w';
  return below(f).xWrite(realOf(f), bytes, size, at);
}
int watchedSync(sqlite3_file* f, int flags) {
  seen += 's';
  return below(f).xSync(realOf(f), flags);
}
int watchedClose(sqlite3_file* f) { return below(f).xClose(realOf(f)); }
int watchedRead(sqlite3_file* f, void* to, int size, sqlite3_int64 at) {
  return below(f).xRead(realOf(f), to, size, at);
}
int watchedTruncate(sqlite3_file* f, sqlite3_int64 size) {
  return below(f).xTruncate(realOf(f), size);
}
int watchedSize(sqlite3_file* f, sqlite3_int64* size) {
  return below(f).xFileSize(realOf(f), size);
}
int watchedLock(sqlite3_file* f, int level) { return below(f).xLock(realOf(f), level); }
int watchedUnlock(sqlite3_file* f, int level) { return below(f).xUnlock(realOf(f), level); }
int watchedReserved(sqlite3_file* f, int* out) {
  return below(f).xCheckReservedLock(realOf(f), out);
}
int watchedControl(sqlite3_file* f, int what, void* with) {
  return below(f).xFileControl(realOf(f), what, with);
}
int watchedSector(sqlite3_file* f) { return below(f).xSectorSize(realOf(f)); }
int watchedTraits(sqlite3_file* f) { return below(f).xDeviceCharacteristics(realOf(f)); }

constexpr sqlite3_io_methods kWatched = {
    1,
    watchedClose,
    watchedRead,
    watchedWrite,
    watchedTruncate,
    watchedSync,
    watchedSize,
    watchedLock,
    watchedUnlock,
    watchedReserved,
    watchedControl,
    watchedSector,
    watchedTraits,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
};

sqlite3_vfs* engines_own = nullptr;

int openWatched(sqlite3_vfs*, sqlite3_filename name, sqlite3_file* raw, int flags, int* out) {
  if ((flags & SQLITE_OPEN_WAL) == 0) return engines_own->xOpen(engines_own, name, raw, flags, out);
  auto* file = new (raw) WatchedFile{};
  const int code = engines_own->xOpen(engines_own, name, file->real(), flags, out);
  if (code == SQLITE_OK) file->head.pMethods = &kWatched;
  return code;
}

class LogVfs : public testing::Test {
 protected:
  // Before the store's VFS looks for the one it builds on.
  static void SetUpTestSuite() {
    engines_own = sqlite3_vfs_find(nullptr);
    static sqlite3_vfs watched = *engines_own;
    watched.zName = "watched";
    watched.pNext = nullptr;
    watched.szOsFile += static_cast<int>(sizeof(WatchedFile));
    watched.xOpen = openWatched;
    ASSERT_EQ(sqlite3_vfs_register(&watched, 1), SQLITE_OK);
  }
  void SetUp() override { fail_writes = 0; }

  std::unique_ptr<Connection> connect(const std::string& path, int cache_kib) {
    auto db = Connection::open({path, false, cache_kib, 0});
    EXPECT_TRUE(db.ok());
    return std::move(*db);
  }
  std::unique_ptr<Connection> create(int cache_kib) {
    auto db = connect(path_, cache_kib);
    EXPECT_TRUE(
        db->execute("CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT CHECK (length(text) > 0))"));
    seen.clear();
    return db;
  }
  static std::string textOf(Connection& db, const char* sql) {
    sqlite::Statement s = db.statement(sql);
    EXPECT_TRUE(s.step().value());
    return s.text();
  }
  static void fill(Connection& db, int rows) {
    for (int i = 0; i < rows; ++i) {
      ASSERT_TRUE(
          db.statement("INSERT INTO t (text) VALUES (?)").bind(std::string(3000, 'x')).run());
    }
  }
  // Rows and their bytes in what a crash would leave: database and log, without the log's index, which lies in
  // shared memory.
  std::string afterCrash() {
    const std::string copy = folder_.file("copy" + std::to_string(++copies_) + ".db");
    fs::copy_file(path_, copy);
    fs::copy_file(path_ + "-wal", copy + "-wal");
    auto db = connect(copy, 4096);
    EXPECT_EQ(textOf(*db, "PRAGMA integrity_check"), "ok");
    return textOf(*db, kRows);
  }

  static constexpr const char* kRows = "SELECT count(*) || ' ' || total(length(text)) FROM t";
  sample::TempFolder folder_;
  std::string path_ = folder_.file("a.db");
  int copies_ = 0;
};

TEST_F(LogVfs, ACommitOfManyPagesTakesFewWrites) {
  auto db = create(4096);
  ASSERT_TRUE(db->execute("BEGIN"));
  fill(*db, 200);
  ASSERT_TRUE(db->execute("COMMIT"));
  const auto writes = std::count(seen.begin(), seen.end(), 'w');
  EXPECT_GE(writes, 7) << "200 pages of 4 KiB are more than seven times 96 KiB: who wrote them?";
  EXPECT_LE(writes, 20);
}

TEST_F(LogVfs, ACommitIsSyncedAfterItsLastWrite) {
  auto db = create(4096);
  for (int i = 1; i <= 5; ++i) {
    seen.clear();
    fill(*db, 1);
    EXPECT_EQ(seen, "ws") << "commit " << i;
    EXPECT_EQ(afterCrash(), std::to_string(i) + " " + std::to_string(3000 * i) + ".0");
  }
}

TEST_F(LogVfs, PagesThatLeaveTheCacheAreReadBackAndGivenUp) {
  auto db = create(64);  // 16 pages: the transaction does not fit
  fill(*db, 3);
  ASSERT_TRUE(db->execute("BEGIN"));
  fill(*db, 300);
  EXPECT_EQ(textOf(*db, kRows), "303 909000.0");
  ASSERT_TRUE(db->execute("UPDATE t SET text = 'short' WHERE id % 2 = 0"));
  EXPECT_EQ(textOf(*db, "SELECT count(*) FROM t WHERE text = 'short'"), "151");
  EXPECT_EQ(textOf(*connect(path_, 64), kRows), "3 9000.0");
  ASSERT_TRUE(db->execute("ROLLBACK"));
  fill(*db, 2);
  EXPECT_EQ(textOf(*db, kRows), "5 15000.0");
  EXPECT_EQ(textOf(*connect(path_, 64), kRows), "5 15000.0");
  EXPECT_EQ(afterCrash(), "5 15000.0");
  ASSERT_TRUE(db->execute("PRAGMA wal_checkpoint(TRUNCATE)"));
  EXPECT_EQ(fs::file_size(path_ + "-wal"), 0U);
  EXPECT_EQ(textOf(*db, "PRAGMA integrity_check"), "ok");
}

TEST_F(LogVfs, ACommitThatCannotBeWrittenIsNone) {
  auto db = create(4096);
  fill(*db, 2);
  ASSERT_TRUE(db->execute("BEGIN"));
  fill(*db, 3);
  fail_writes = 1;
  const Status failed = db->execute("COMMIT");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, "store.unavailable");
  EXPECT_EQ(fail_writes, 0);
  if (db->inTransaction()) {
    ASSERT_TRUE(db->execute("ROLLBACK"));
  }
  EXPECT_EQ(textOf(*db, kRows), "2 6000.0");
  EXPECT_EQ(afterCrash(), "2 6000.0");
  fill(*db, 1);
  EXPECT_EQ(textOf(*connect(path_, 4096), kRows), "3 9000.0");
  EXPECT_EQ(afterCrash(), "3 9000.0");
}

// A read does not end the transaction when it fails: what it could not write before must still be written.
TEST_F(LogVfs, AWriteThatFailsWithinAReadLeavesNoHole) {
  auto db = create(64);
  fill(*db, 50);
  int undone_alone = 0;
  for (int round = 0; round < 20; ++round) {
    ASSERT_TRUE(db->execute("BEGIN"));
    fill(*db, 30 + round);
    ASSERT_TRUE(db->execute("SAVEPOINT unit"));
    fail_writes = 1;
    const Status failed = db->execute("UPDATE t SET text = text || 'y' WHERE id % 3 = 0");
    const bool met = fail_writes == 0;
    fail_writes = 0;
    ASSERT_TRUE(met);
    ASSERT_FALSE(failed);
    // Within a read, a statement that a constraint may break off is undone alone; within a write, all is.
    if (db->inTransaction()) {
      ++undone_alone;
      ASSERT_TRUE(db->execute("ROLLBACK TO unit"));
      ASSERT_TRUE(db->execute("RELEASE unit"));
      ASSERT_TRUE(db->execute("COMMIT"));
    } else {
      fill(*db, 1);
    }
    const std::string rows = textOf(*connect(path_, 4096), kRows);
    ASSERT_EQ(afterCrash(), rows) << "round " << round;
  }
  EXPECT_GT(undone_alone, 0);
}

}  // namespace
}  // namespace hub::store
