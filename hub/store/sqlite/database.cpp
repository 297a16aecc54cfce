#include "hub/store/sqlite/database.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>

#include "hub/store/sqlite/log_vfs.h"

namespace hub::store::sqlite {
namespace {

constexpr std::int64_t kApplicationId = 0x4F54494E;  // "OTIN": tells the hub's files from others
constexpr std::size_t kComposedMax = 256;            // shapes of list queries kept prepared

constexpr std::array<std::int8_t, 256> makeHexValues() {
  std::array<std::int8_t, 256> values{};
  for (auto& value : values) value = -1;
  for (int i = 0; i < 10; ++i)
    values[static_cast<std::size_t>('0' + i)] = static_cast<std::int8_t>(i);
  for (int i = 0; i < 6; ++i) {
    values[static_cast<std::size_t>('a' + i)] = static_cast<std::int8_t>(10 + i);
  }
  return values;
}
constexpr std::array<std::int8_t, 256> kHexValues = makeHexValues();
constexpr char kHexDigits[] = "0123456789abcdef";

// The register is the owner's alone, whatever the umask; SQLite gives its log the same mode. A file that is there
// keeps the mode its owner gave it.
void makePrivate(const std::string& path) {
  const int file = ::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file >= 0) ::close(file);
}

// Packs an even number of lower-case hex digits; false if another character is among them.
bool unhex(std::string_view hex, std::uint8_t* out) {
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    int high = kHexValues[static_cast<std::uint8_t>(hex[i])];
    int low = kHexValues[static_cast<std::uint8_t>(hex[i + 1])];
    if (high < 0 || low < 0) return false;
    *out++ = static_cast<std::uint8_t>(high << 4 | low);
  }
  return true;
}

bool packUuid(std::string_view text, std::uint8_t* out) {
  if (text.size() != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' ||
      text[23] != '-') {
    return false;
  }
  return unhex(text.substr(0, 8), out) && unhex(text.substr(9, 4), out + 4) &&
         unhex(text.substr(14, 4), out + 6) && unhex(text.substr(19, 4), out + 8) &&
         unhex(text.substr(24, 12), out + 10);
}

std::string unpack(const std::uint8_t* bytes, std::size_t size) {
  std::string out;
  out.reserve(size == 16 ? 36 : size * 2);
  for (std::size_t i = 0; i < size; ++i) {
    if (size == 16 && (i == 4 || i == 6 || i == 8 || i == 10)) out += '-';
    out += kHexDigits[bytes[i] >> 4];
    out += kHexDigits[bytes[i] & 15];
  }
  return out;
}

// "UNIQUE constraint failed: appeal.source_id, appeal.source_system" -> "/source_id".
std::string fieldOf(const char* message) {
  std::string_view text = message == nullptr ? "" : message;
  std::size_t colon = text.find(": ");
  if (colon == std::string_view::npos) return {};
  std::string_view column = text.substr(colon + 2);
  column = column.substr(0, column.find(','));
  std::size_t dot = column.find('.');
  if (dot == std::string_view::npos) return {};
  return "/" + std::string(column.substr(dot + 1));
}

// As a URI. Without a log beside it nobody writes: then it is read without locks, for which files would be made.
std::string lookedAt(const std::string& path) {
  std::string uri = "file:";
  for (const char c : path) {
    if (c == '?' || c == '#' || c == '%') {
      uri += '%';
      uri += kHexDigits[static_cast<unsigned char>(c) >> 4];
      uri += kHexDigits[static_cast<unsigned char>(c) & 15];
    } else {
      uri += c;
    }
  }
  std::error_code ignored;
  return uri + (std::filesystem::exists(path + "-wal", ignored) ? "" : "?immutable=1");
}

}  // namespace

Statement::Statement(Connection& connection, sqlite3_stmt* statement, int prepare_code)
    : connection_(connection), statement_(statement), code_(prepare_code) {}

Statement::~Statement() {
  if (statement_ != nullptr) sqlite3_reset(statement_);
}

void Statement::note(int code) {
  if (code_ == SQLITE_OK) code_ = code;
}

void Statement::bindOne(std::string_view text) {
  const char* data = text.data() == nullptr ? "" : text.data();  // a null pointer would bind NULL
  note(
      sqlite3_bind_text64(statement_, ++parameter_, data, text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void Statement::bindOne(const Packed& packed) {
  std::array<std::uint8_t, 32> bytes{};
  std::size_t size = 0;
  if (packed.text.size() == 64 && unhex(packed.text, bytes.data())) {
    size = 32;
  } else if (packUuid(packed.text, bytes.data())) {
    size = 16;
  }
  if (size == 0) return bindOne(packed.text);
  note(sqlite3_bind_blob64(statement_, ++parameter_, bytes.data(), size, SQLITE_TRANSIENT));
}

void Statement::bindOne(const Bytes& bytes) {
  const char* data = bytes.bytes.data() == nullptr ? "" : bytes.bytes.data();
  note(sqlite3_bind_blob64(statement_, ++parameter_, data, bytes.bytes.size(), SQLITE_STATIC));
}

void Statement::bindOne(RowRef row) {
  if (row.id != 0) return bindOne(row.id);
  note(sqlite3_bind_null(statement_, ++parameter_));
}

void Statement::bindOne(std::int64_t value) {
  note(sqlite3_bind_int64(statement_, ++parameter_, value));
}

void Statement::bindOne(const std::optional<Instant>& at) {
  if (at) return bindOne(*at);
  note(sqlite3_bind_null(statement_, ++parameter_));
}

void Statement::bindOne(const Sha256& hash) {
  note(sqlite3_bind_blob64(statement_, ++parameter_, hash.data(), hash.size(), SQLITE_TRANSIENT));
}

Result<bool> Statement::step() {
  if (code_ != SQLITE_OK) return connection_.failure(code_);
  column_ = 0;
  int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return connection_.failure(code);
}

Status Statement::run() {
  Result<bool> stepped = step();
  return stepped.ok() ? Status() : stepped.status();
}

std::string Statement::text() {
  int column = column_++;
  const auto* data = sqlite3_column_text(statement_, column);
  if (data == nullptr) return {};
  return std::string(reinterpret_cast<const char*>(data),
                     static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
}

std::string Statement::packed() {
  if (sqlite3_column_type(statement_, column_) != SQLITE_BLOB) return text();
  int column = column_++;
  const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
  return unpack(data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
}

std::int64_t Statement::integer() { return sqlite3_column_int64(statement_, column_++); }

Instant Statement::instant() { return Instant(std::chrono::microseconds(integer())); }

std::optional<Instant> Statement::optionalInstant() {
  if (sqlite3_column_type(statement_, column_) == SQLITE_NULL) {
    ++column_;
    return std::nullopt;
  }
  return instant();
}

Sha256 Statement::hash() {
  Sha256 out{};
  int column = column_++;
  const void* data = sqlite3_column_blob(statement_, column);
  if (sqlite3_column_bytes(statement_, column) == 32) std::memcpy(out.data(), data, 32);
  return out;
}

Result<std::unique_ptr<Connection>> Connection::open(const Options& options) {
  // Memory statistics take a process-wide lock on every allocation and nobody reads them. Refused,
  // harmlessly, if the engine is in use already.
  static const int kWithoutStatistics = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  (void)kWithoutStatistics;
  std::unique_ptr<Connection> connection(new Connection());
  if (!options.look_only && !options.path.starts_with(':')) makePrivate(options.path);
  const std::string path = options.look_only ? lookedAt(options.path) : options.path;
  const int flags = options.look_only ? SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
                                      : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  int code = sqlite3_open_v2(path.c_str(), &connection->db_, flags | SQLITE_OPEN_NOMUTEX, logVfs());
  if (code != SQLITE_OK) return connection->failure(code);
  Status configured = connection->configure(options);
  if (!configured) return configured;
  return connection;
}

Connection::~Connection() {
  for (auto& [sql, statement] : literals_) sqlite3_finalize(statement);
  for (auto& [sql, statement] : composed_) sqlite3_finalize(statement);
  sqlite3_close(db_);
}

Status Connection::configure(const Options& options) {
  sqlite3_extended_result_codes(db_, 1);
  sqlite3_busy_timeout(db_, 5000);
  // A plan must not depend on bound values: where a partial index names a constant (name = '…'), the
  // engine would prepare "name = ?" anew on every execution, to see whether that index serves.
  sqlite3_db_config(db_, SQLITE_DBCONFIG_ENABLE_QPSG, 1, nullptr);
  std::int64_t id = 0;
  std::int64_t pages = 0;
  {
    Statement read = statement("PRAGMA application_id");
    Result<bool> row = read.step();
    if (!row) return row.status();
    id = read.integer();
    Statement count = statement("PRAGMA page_count");
    row = count.step();
    if (!row) return row.status();
    pages = count.integer();
  }
  if (pages > 0 && id != kApplicationId) {
    return Status::failure("store.corrupt", "the file is a database, but not the hub's");
  }
  if (options.look_only) return {};
  std::string pragmas;
  if (pages == 0) pragmas += "PRAGMA application_id = " + std::to_string(kApplicationId) + ";";
  pragmas +=
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
      "PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;"
      // 32 MiB of log between checkpoints: hot index pages are then written to the file rarely.
      "PRAGMA wal_autocheckpoint = 8192; PRAGMA journal_size_limit = 67108864;";
  pragmas += "PRAGMA cache_size = -" + std::to_string(options.cache_kib) + ";";
  if (options.pages_max > 0) {
    pragmas += "PRAGMA max_page_count = " + std::to_string(options.pages_max) + ";";
  }
  if (options.query_only) pragmas += "PRAGMA query_only = ON;";
  return execute(pragmas);
}

Statement Connection::statement(const char* sql) {
  auto found = literals_.find(sql);
  if (found != literals_.end()) return {*this, found->second, SQLITE_OK};
  sqlite3_stmt* prepared = nullptr;
  int code = sqlite3_prepare_v3(db_, sql, -1, SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
  if (code == SQLITE_OK) literals_.emplace(sql, prepared);
  return {*this, prepared, code};
}

Statement Connection::composed(const std::string& sql) {
  auto found = composed_.find(sql);
  if (found != composed_.end()) return {*this, found->second, SQLITE_OK};
  if (composed_.size() >= kComposedMax) {
    for (auto& [text, statement] : composed_) sqlite3_finalize(statement);
    composed_.clear();
  }
  sqlite3_stmt* prepared = nullptr;
  int code =
      sqlite3_prepare_v3(db_, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
  if (code == SQLITE_OK) composed_.emplace(sql, prepared);
  return {*this, prepared, code};
}

Status Connection::execute(const std::string& sql) {
  int code = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? Status() : failure(code);
}

std::string Connection::file() const {
  const char* name = sqlite3_db_filename(db_, "main");
  return name == nullptr ? "" : name;
}
bool Connection::inTransaction() const { return sqlite3_get_autocommit(db_) == 0; }
std::int64_t Connection::lastRowId() const { return sqlite3_last_insert_rowid(db_); }
int Connection::changes() const { return sqlite3_changes(db_); }
std::int64_t Connection::changesEver() const { return sqlite3_total_changes(db_); }

Status Connection::failure(int code) {
  if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY ||
      code == SQLITE_CONSTRAINT_ROWID) {
    return Status::failure("store.conflict", "a unique key is taken", fieldOf(sqlite3_errmsg(db_)));
  }
  if (code == SQLITE_CONSTRAINT_FOREIGNKEY) {
    return Status::failure("store.not_found", "the row this one belongs to is not there");
  }
  std::string text = std::string("the database engine says: ") + sqlite3_errstr(code) + " (" +
                     std::to_string(code) + ")";
  Status status;
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
      status = Status::failure("store.corrupt", text);
      break;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_NOLFS:
    case SQLITE_PROTOCOL:
    case SQLITE_NOMEM:
      status = Status::failure("store.unavailable", text);
      break;
    default:
      status = Status::failure("base.internal", text);
  }
  if (hard_error_.ok()) hard_error_ = status;
  return status;
}

}  // namespace hub::store::sqlite
