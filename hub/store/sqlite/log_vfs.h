// A VFS (the engine's layer over the operating system) that is the default one but for the write-ahead log:
// SQLite writes each page of it by two calls, 24 bytes of head and the page, some ten calls an appeal. Here they
// are gathered and written by few.
// The engine relies on the log only once it has synced it, which with synchronous = FULL it does before any other
// connection is told of a commit; what was gathered is written before a sync, a read, a truncation and a question
// for the size. What is not yet written when a process ends was in no commit. Why it is safe, also when a write
// fails: docs/decisions/0014.
#pragma once

namespace hub::store::sqlite {

// Its name for sqlite3_open_v2; nullptr if the engine has no VFS to build on. Registered at the first call.
// Threads: any.
const char* logVfs();

}  // namespace hub::store::sqlite
