#include "hub/store/sqlite/migrations.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "hub/base/log.h"
#include "hub/store/sqlite/database.h"

namespace hub::store::sqlite {
namespace {

Result<int> schemaVersion(Connection& connection) {
  Status created = connection.execute(
      "CREATE TABLE IF NOT EXISTS schema_version ("
      "version INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL) STRICT");
  if (!created) return created;
  Statement read = connection.statement("SELECT coalesce(max(version), 0) FROM schema_version");
  Result<bool> row = read.step();
  if (!row) return row.status();
  return read.number();
}

// These copy whole tables into the log, and from there into the file; the others add columns and indexes.
constexpr std::array kCopying = {11};

Status checkDisk(Connection& connection, int version) {
  Statement read = connection.statement(
      "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size");
  Result<bool> row = read.step();
  if (!row) return row.status();
  struct statvfs disk {};
  if (::statvfs(connection.file().c_str(), &disk) != 0) {
    return Status::failure("store.unavailable", "the data folder cannot be reached");
  }
  const bool copies = std::any_of(kCopying.begin(), kCopying.end(),
                                  [version](int number) { return number > version; });
  return checkRoomToMigrate(
      read.integer(), copies,
      static_cast<std::int64_t>(disk.f_bavail) * static_cast<std::int64_t>(disk.f_frsize));
}

Status apply(Connection& connection, const Migration& migration) {
  Status status = connection.execute("BEGIN IMMEDIATE");
  if (!status) return status;
  status = connection.execute(std::string(migration.sql));
  if (status) {
    Statement note =
        connection.statement("INSERT INTO schema_version (version, applied_at) VALUES (?, ?)");
    status = note.bind(migration.number, systemClock().now()).run();
  }
  if (status) status = connection.execute("COMMIT");
  if (!status && connection.inTransaction()) (void)connection.execute("ROLLBACK");
  return status;
}

}  // namespace

Status checkRoomToMigrate(std::int64_t file_bytes, bool copies, std::int64_t free_bytes) {
  constexpr std::int64_t kMiB = 1 << 20;
  const std::int64_t needed = copies ? 2 * file_bytes : file_bytes / 4;
  if (free_bytes >= needed) return {};
  return Status::failure("store.unavailable",
                         "the data are of an older release and need " +
                             std::to_string(needed / kMiB + 1) +
                             " MiB of free disk to be brought forward, there are " +
                             std::to_string(free_bytes / kMiB));
}

Status migrate(Connection& connection, int last) {
  int newest = migrations().back().number;
  Result<int> version = schemaVersion(connection);
  if (!version) return version.status();
  if (*version > newest) {
    return Status::failure("store.newer_schema",
                           "the data folder has schema " + std::to_string(*version) +
                               ", this program knows " + std::to_string(newest));
  }
  if (*version > 0 && *version < newest) {
    if (Status room = checkDisk(connection, *version); !room) return room;
  }
  for (const Migration& migration : migrations()) {
    if (migration.number <= *version) continue;
    if (last != 0 && migration.number > last) break;
    if (*version > 0) {
      logInfo("store.migrating", {{"version", static_cast<long long>(migration.number)}});
    }
    Status status = apply(connection, migration);
    if (!status) return status;
    logInfo("store.migrated", {{"version", static_cast<long long>(migration.number)}});
  }
  return {};
}

}  // namespace hub::store::sqlite
