// The numbered schema changes of hub/store/sqlite/migrations, compiled in. Forward only: a released
// file is never edited, a change is a new file.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "hub/base/status.h"

namespace hub::store::sqlite {

class Connection;

struct Migration {
  int number = 0;  // 1, 2, 3 … without gaps
  std::string_view sql;
};
const std::vector<Migration>& migrations();

// A migration that `copies` whole tables does so into the log, and from there into the file: twice the file must be
// free; a quarter of it for one that adds columns and indexes.
// Failure: "store.unavailable", which says how much room is needed.
Status checkRoomToMigrate(std::int64_t file_bytes, bool copies, std::int64_t free_bytes);

// Brings the schema to version `last` (0: the newest), each file in its own transaction.
// Failure: "store.newer_schema" if a later release has been here; else a store error, with the
// database at the last version that succeeded.
Status migrate(Connection& connection, int last = 0);

}  // namespace hub::store::sqlite
