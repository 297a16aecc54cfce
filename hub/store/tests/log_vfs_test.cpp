// The write-ahead log through the store's own VFS: gathered, and nothing acknowledged that is not in the file.
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>

#include "hub/store/sqlite/database.h"
#include "hub/store/tests/sample.h"

namespace hub::store {
namespace {

namespace fs = std::filesystem;
using sqlite::Connection;

std::atomic<int> writes{0};

ssize_t countedWrite(int file, const void* bytes, std::size_t size, off_t offset) {
  ++writes;
  return ::pwrite(file, bytes, size, offset);
}

// Counts the engine's calls of pwrite while it lives.
class WriteCount {
 public:
  WriteCount() {
    set(reinterpret_cast<sqlite3_syscall_ptr>(countedWrite));
    writes = 0;
  }
  ~WriteCount() { set(nullptr); }  // the engine's default again
  WriteCount(const WriteCount&) = delete;
  WriteCount& operator=(const WriteCount&) = delete;

 private:
  static void set(sqlite3_syscall_ptr call) {
    sqlite3_vfs* vfs = sqlite3_vfs_find(nullptr);
    for (const char* name : {"pwrite", "pwrite64"}) vfs->xSetSystemCall(vfs, name, call);
  }
};

std::unique_ptr<Connection> connect(const std::string& path, int cache_kib) {
  auto db = Connection::open({path, false, cache_kib, 0});
  EXPECT_TRUE(db.ok());
  return std::move(*db);
}

std::string textOf(Connection& db, const char* sql) {
  sqlite::Statement s = db.statement(sql);
  EXPECT_TRUE(s.step().value());
  return s.text();
}

void fill(Connection& db, int rows) {
  for (int i = 0; i < rows; ++i) {
    ASSERT_TRUE(db.statement("INSERT INTO t (text) VALUES (?)").bind(std::string(3000, 'x')).run());
  }
}

TEST(LogVfs, ACommitOfManyPagesTakesFewWrites) {
  sample::TempFolder folder;
  auto db = connect(folder.file("a.db"), 4096);
  ASSERT_TRUE(db->execute("CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT)"));
  const WriteCount count;
  ASSERT_TRUE(db->execute("BEGIN"));
  fill(*db, 200);
  ASSERT_TRUE(db->execute("COMMIT"));
  EXPECT_GE(writes, 7) << "200 pages of 4 KiB are more than seven times 96 KiB: who wrote them?";
  EXPECT_LE(writes, 20);
}

TEST(LogVfs, WhatIsCommittedStandsInTheFiles) {
  sample::TempFolder folder;
  auto db = connect(folder.file("a.db"), 4096);
  ASSERT_TRUE(db->execute("CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT)"));
  for (int i = 1; i <= 5; ++i) {
    fill(*db, 1);
    // As a crash would leave them: database and log, without the index of the log in shared memory.
    const std::string copy = folder.file("copy" + std::to_string(i) + ".db");
    fs::copy_file(folder.file("a.db"), copy);
    fs::copy_file(folder.file("a.db-wal"), copy + "-wal");
    EXPECT_EQ(textOf(*connect(copy, 4096), "SELECT count(*) FROM t"), std::to_string(i));
  }
}

TEST(LogVfs, PagesThatLeaveTheCacheAreReadBackAndGivenUp) {
  sample::TempFolder folder;
  auto db = connect(folder.file("a.db"), 64);  // 16 pages: the transaction does not fit
  ASSERT_TRUE(db->execute("CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT)"));
  fill(*db, 3);
  ASSERT_TRUE(db->execute("BEGIN"));
  fill(*db, 300);
  EXPECT_EQ(textOf(*db, "SELECT count(*) || ' ' || sum(length(text)) FROM t"), "303 909000");
  ASSERT_TRUE(db->execute("UPDATE t SET text = 'short' WHERE id % 2 = 0"));
  EXPECT_EQ(textOf(*db, "SELECT count(*) FROM t WHERE text = 'short'"), "151");
  EXPECT_EQ(textOf(*connect(folder.file("a.db"), 64), "SELECT count(*) FROM t"), "3");
  ASSERT_TRUE(db->execute("ROLLBACK"));
  fill(*db, 2);
  EXPECT_EQ(textOf(*db, "SELECT count(*) || ' ' || sum(length(text)) FROM t"), "5 15000");
  EXPECT_EQ(textOf(*db, "PRAGMA integrity_check"), "ok");
  EXPECT_EQ(textOf(*connect(folder.file("a.db"), 64), "SELECT count(*) FROM t"), "5");
  ASSERT_TRUE(db->execute("PRAGMA wal_checkpoint(TRUNCATE)"));
  EXPECT_EQ(fs::file_size(folder.file("a.db-wal")), 0U);
  EXPECT_EQ(textOf(*db, "PRAGMA integrity_check"), "ok");
}

}  // namespace
}  // namespace hub::store
