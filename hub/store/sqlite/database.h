// A thin skin over one SQLite connection: prepared statements that are cached for the life of the
// connection, binding by type, and the mapping of engine errors to store errors.
//
// Identifiers and digests are packed: a canonical UUID becomes 16 bytes, a lower-case hex SHA-256
// becomes 32; any other text stays text. Packing is a function of the text alone, so equality and
// unique indexes work on the packed form.
// Threads: a Connection is used by one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "hub/base/ids.h"
#include "hub/base/status.h"
#include "hub/base/time.h"

struct sqlite3;
struct sqlite3_stmt;

namespace hub::store::sqlite {

// Bind and read markers.
struct Packed {  // UUID or SHA-256, see above
  std::string_view text;
};
struct Bytes {  // stored as BLOB
  std::string_view bytes;
};
struct RowRef {  // 0 is NULL
  std::int64_t id = 0;
};

class Connection;

// One run of a cached statement; reset when it goes out of scope. Text is borrowed until then.
class Statement {
 public:
  Statement(Connection& connection, sqlite3_stmt* statement, int prepare_code);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  template <class... Values>
  Statement& bind(const Values&... values) {
    (bindOne(values), ...);
    return *this;
  }
  // True: a row is there. False: done.
  Result<bool> step();
  // For statements without rows.
  Status run();

  // Columns of the current row, left to right.
  std::string text();
  std::string packed();
  std::int64_t integer();
  int number() { return static_cast<int>(integer()); }
  Instant instant();
  std::optional<Instant> optionalInstant();
  Sha256 hash();

 private:
  void bindOne(std::string_view text);
  void bindOne(const Packed& packed);
  void bindOne(const Bytes& bytes);
  void bindOne(RowRef row);
  void bindOne(std::int64_t value);
  void bindOne(int value) { bindOne(static_cast<std::int64_t>(value)); }
  void bindOne(bool value) { bindOne(static_cast<std::int64_t>(value ? 1 : 0)); }
  void bindOne(Instant at) { bindOne(static_cast<std::int64_t>(at.time_since_epoch().count())); }
  void bindOne(const std::optional<Instant>& at);
  void bindOne(const Sha256& hash);
  void note(int code);

  Connection& connection_;
  sqlite3_stmt* statement_;
  int code_;  // the first error of preparing or binding
  int parameter_ = 0;
  int column_ = 0;
};

class Connection {
 public:
  struct Options {
    std::string path;
    bool query_only = false;
    int cache_kib = 4096;
    std::int64_t pages_max = 0;
    bool look_only = false;  // changes nothing, makes no file, and fits beside a running hub
  };
  // Failure: "store.unavailable", "store.corrupt" (not a database, or not the hub's).
  static Result<std::unique_ptr<Connection>> open(const Options& options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // `sql` must be a string literal: the cache goes by its address.
  Statement statement(const char* sql);
  // The same for text composed at run time; the cache goes by content.
  Statement composed(const std::string& sql);
  // Any number of statements, not cached.
  Status execute(const std::string& sql);
  // One statement without parameters, cached.
  Status command(const char* sql) { return statement(sql).run(); }
  std::string file() const;
  bool inTransaction() const;
  std::int64_t lastRowId() const;
  int changes() const;               // rows changed by the last statement
  std::int64_t changesEver() const;  // by all statements of this connection

  // The store error for an engine result code. Anything that is not a plain constraint is also
  // kept as the hard error: whoever runs the unit must not commit it.
  Status failure(int code);
  const Status& hardError() const { return hard_error_; }
  void clearHardError() { hard_error_ = Status(); }

 private:
  Connection() = default;
  Status configure(const Options& options);

  sqlite3* db_ = nullptr;
  std::unordered_map<const void*, sqlite3_stmt*> literals_;
  std::unordered_map<std::string, sqlite3_stmt*> composed_;
  Status hard_error_;
};

}  // namespace hub::store::sqlite
