// The SQLite implementation of the store port: WAL, synchronous=FULL, one writer thread with group
// commit, a pool of read connections. Migrations are numbered files compiled in from
// hub/store/sqlite/migrations and run forward only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "hub/base/limits.h"
#include "hub/store/store.h"

namespace hub::store {

struct SqliteOptions {
  std::string path;           // data folder's hub.db; created if absent
  int readers = 4;            // read connections
  int group_units_max = 512;  // units per commit
  // While groups are large (this many units or more) the writer pauses before it takes the next one:
  // fewer, larger commits. A store that is not busy never pauses.
  int gather_from_units = 16;
  int gather_us = 3000;
  // How long units that are all patient wait for others, and how many of them do not wait.
  int patience_us = 20'000;
  int patience_units_max = 32;
  // Page cache of the writer. The pages it works on are few (the ends of the tables); a larger cache
  // costs more: SQLite (3.40) walks all of it at a commit after a page was split, to drop pages behind
  // the end of the file.
  int cache_kib = 16384;
  // Of each reader. Twice as much answers no faster: a commit empties it, and of a million appeals it would
  // hold no more of what is asked next.
  int reader_cache_kib = 2048;
  std::int64_t pages_max = 0;    // quota of the database file in 4 KiB pages; 0: the disk
  const Clock* clock = nullptr;  // of tree heads; nullptr: systemClock()
};

// `sealer` may be nullptr (heads are then unsigned) and must outlive the store.
// One process at a time: a lock file beside the database refuses a second one.
// Failure: "store.unavailable", "store.corrupt", "store.newer_schema" (made by a later release).
Result<std::unique_ptr<Store>> openSqlite(const SqliteOptions& options, const Limits& limits,
                                          Sealer* sealer);

// What the file holds of aliases that are not among `served`, as Store::aliasUse tells it, for who checks a configuration:
// changes nothing, makes no file, and may be asked beside a running hub. Of no file nothing. Failure: it cannot be read, or
// is of a schema too old to ask.
Result<std::vector<AliasUse>> lookForOtherAliases(const std::string& path,
                                                  const std::vector<std::string>& served,
                                                  const std::vector<std::string>& finished);

}  // namespace hub::store
