#include "hub/store/sqlite/migrations.h"

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

Status migrate(Connection& connection, int last) {
  int newest = migrations().back().number;
  Result<int> version = schemaVersion(connection);
  if (!version) return version.status();
  if (*version > newest) {
    return Status::failure("store.newer_schema",
                           "the data folder has schema " + std::to_string(*version) +
                               ", this program knows " + std::to_string(newest));
  }
  for (const Migration& migration : migrations()) {
    if (migration.number <= *version) continue;
    if (last != 0 && migration.number > last) break;
    Status status = apply(connection, migration);
    if (!status) return status;
    logInfo("store.migrated", {{"version", static_cast<long long>(migration.number)}});
  }
  return {};
}

}  // namespace hub::store::sqlite
