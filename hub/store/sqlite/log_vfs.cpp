#include "hub/store/sqlite/log_vfs.h"

#include <sqlite3.h>

#include <cstddef>
#include <cstring>
#include <new>

namespace hub::store::sqlite {
namespace {

constexpr sqlite3_int64 kGatheredMax =
    96 * 1024;  // the engine's own VFS writes less than 128 KiB at once

// Bytes of one stretch of the file that are still to be written. Plain data: it lies in memory of the engine.
struct Gathered {
  char* bytes;  // kGatheredMax of them, or nullptr: every write goes through
  sqlite3_int64 offset;
  sqlite3_int64 size;
};

// The engine gives logVfs().szOsFile bytes: this, and behind it the file of the VFS below.
struct LogFile {
  sqlite3_file head;
  Gathered gathered;

  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  const sqlite3_io_methods& below() { return *real()->pMethods; }
};
static_assert(sizeof(LogFile) % 8 == 0,
              "the engine aligns its files to 8 bytes, so must the one behind");

LogFile& of(sqlite3_file* file) { return *reinterpret_cast<LogFile*>(file); }

// If it fails within a write or a sync, the engine gives up the transaction, and what was gathered of it goes: its
// commit was refused and must not turn up later. Within a read the engine may go on (it undoes the statement
// alone): then it stays, to be tried again before anything else is written.
enum class OnFailure { kDrop, kKeep };

int writeGathered(LogFile& file, OnFailure on_failure) {
  Gathered& gathered = file.gathered;
  if (gathered.size == 0) return SQLITE_OK;
  const auto size = static_cast<int>(gathered.size);
  const int code = file.below().xWrite(file.real(), gathered.bytes, size, gathered.offset);
  if (code == SQLITE_OK || on_failure == OnFailure::kDrop) gathered.size = 0;
  return code;
}

int writeLog(sqlite3_file* raw, const void* data, int size, sqlite3_int64 offset) {
  LogFile& file = of(raw);
  Gathered& gathered = file.gathered;
  if (gathered.size > 0 &&
      (offset != gathered.offset + gathered.size || gathered.size + size > kGatheredMax)) {
    if (const int code = writeGathered(file, OnFailure::kDrop); code != SQLITE_OK) return code;
  }
  if (gathered.bytes == nullptr || size > kGatheredMax) {
    return file.below().xWrite(file.real(), data, size, offset);
  }
  if (gathered.size == 0) gathered.offset = offset;
  std::memcpy(gathered.bytes + gathered.size, data, static_cast<std::size_t>(size));
  gathered.size += size;
  return SQLITE_OK;
}

int closeLog(sqlite3_file* raw) {
  LogFile& file = of(raw);
  delete[] file.gathered.bytes;
  file.gathered = {};
  return file.below().xClose(file.real());
}

int readLog(sqlite3_file* raw, void* data, int size, sqlite3_int64 offset) {
  LogFile& file = of(raw);
  if (const int code = writeGathered(file, OnFailure::kKeep); code != SQLITE_OK) return code;
  return file.below().xRead(file.real(), data, size, offset);
}

int truncateLog(sqlite3_file* raw, sqlite3_int64 size) {
  LogFile& file = of(raw);
  if (const int code = writeGathered(file, OnFailure::kDrop); code != SQLITE_OK) return code;
  return file.below().xTruncate(file.real(), size);
}

int syncLog(sqlite3_file* raw, int flags) {
  LogFile& file = of(raw);
  if (const int code = writeGathered(file, OnFailure::kDrop); code != SQLITE_OK) return code;
  return file.below().xSync(file.real(), flags);
}

int sizeOfLog(sqlite3_file* raw, sqlite3_int64* size) {
  LogFile& file = of(raw);
  if (const int code = writeGathered(file, OnFailure::kKeep); code != SQLITE_OK) return code;
  return file.below().xFileSize(file.real(), size);
}

int lockLog(sqlite3_file* raw, int level) { return of(raw).below().xLock(of(raw).real(), level); }
int unlockLog(sqlite3_file* raw, int level) {
  return of(raw).below().xUnlock(of(raw).real(), level);
}
int reservedLog(sqlite3_file* raw, int* out) {
  return of(raw).below().xCheckReservedLock(of(raw).real(), out);
}
int controlLog(sqlite3_file* raw, int what, void* argument) {
  return of(raw).below().xFileControl(of(raw).real(), what, argument);
}
int sectorOfLog(sqlite3_file* raw) { return of(raw).below().xSectorSize(of(raw).real()); }
int traitsOfLog(sqlite3_file* raw) {
  return of(raw).below().xDeviceCharacteristics(of(raw).real());
}

// Version 1: the log is neither shared nor mapped by the engine, its index is.
constexpr sqlite3_io_methods kLogMethods = {
    1,       closeLog,  readLog,     writeLog,   truncateLog, syncLog,     sizeOfLog,
    lockLog, unlockLog, reservedLog, controlLog, sectorOfLog, traitsOfLog, nullptr,
    nullptr, nullptr,   nullptr,     nullptr,    nullptr,
};

sqlite3_vfs* base() {
  static sqlite3_vfs* const found = sqlite3_vfs_find(nullptr);
  return found;
}

int openFile(sqlite3_vfs*, sqlite3_filename name, sqlite3_file* raw, int flags, int* flags_out) {
  if ((flags & SQLITE_OPEN_WAL) == 0) return base()->xOpen(base(), name, raw, flags, flags_out);
  auto* file = new (raw) LogFile{};  // without methods: a file that was not opened
  const int code = base()->xOpen(base(), name, file->real(), flags, flags_out);
  if (code != SQLITE_OK) {
    if (file->real()->pMethods != nullptr) file->below().xClose(file->real());
    return code;
  }
  file->gathered.bytes = new (std::nothrow) char[static_cast<std::size_t>(kGatheredMax)];
  file->head.pMethods = &kLogMethods;
  return SQLITE_OK;
}

const char* registered() {
  if (base() == nullptr) return nullptr;
  static sqlite3_vfs own = *base();
  own.zName = "otinish";
  own.pNext = nullptr;
  own.szOsFile = static_cast<int>(sizeof(LogFile)) + base()->szOsFile;
  own.xOpen = openFile;
  return sqlite3_vfs_register(&own, 0) == SQLITE_OK ? own.zName : nullptr;
}

}  // namespace

const char* logVfs() {
  static const char* const name = registered();
  return name;
}

}  // namespace hub::store::sqlite
