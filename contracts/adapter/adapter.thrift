// The adapter contract, version 0, for adapters in any language. The hub starts the adapter with two
// connected sockets (file descriptors named in OTINISH_ADAPTER_FD and OTINISH_HOST_FD): on the first
// the adapter serves `Adapter`, over the second it may call `Host` while a verb runs. Framed transport,
// binary protocol. Field meanings: verbs.h. Held equal to hub_adapter.h by a test.
namespace cpp otinish.wire
namespace py otinish_adapter

const string CONTRACT = "otinish.adapter/0"

enum Outcome { DONE = 1, PENDING = 2, RETRY = 3, REJECTED = 4, UNSUPPORTED = 5, MISCONFIGURED = 6, FAULT = 7 }

struct Header { 1: string name, 2: string value }

struct Message {
  1: string message_id, 2: string correlation_id, 3: string type, 4: string form, 5: binary body,
  6: string external_id, 7: string reg_number, 8: i32 attempt, 9: string last_code
}

struct Inbound {
  1: string item_id, 2: string type, 3: string form, 4: binary body, 5: string correlation_id,
  6: string in_reply_to, 7: string external_id, 8: string reg_number, 9: string problem_code,
  10: string problem_text, 11: binary raw
}

struct Settled { 1: string item_id, 2: bool accepted, 3: string code, 4: string text, 5: string reference }

struct Setting {
  1: string name, 2: string kind, 3: bool mandatory, 4: string fallback, 5: string meaning,
  6: list<string> choices, 7: bool secret
}

struct About {
  1: string name, 2: string version, 3: string form, 4: list<string> delivers, 5: list<string> verbs,
  6: list<Setting> settings, 7: bool thread_safe, 8: string contract
}

struct ConfigFile { 1: string name, 2: binary bytes }
struct Configuration { 1: string destination, 2: string settings_json, 3: list<ConfigFile> files }

struct Answer {
  1: i32 outcome, 2: string code, 3: string text, 4: i64 retry_after_ms, 5: string external_id,
  6: list<Inbound> items, 7: string cursor, 8: bool more, 9: i32 native_status, 10: string native_type,
  11: binary native_body, 12: string result_json
}

// method "TRANSLATE": an item's own `raw` is given back to be translated anew (verbs.h).
struct NativeRequest { 1: string method, 2: string path, 3: list<Header> headers, 4: binary body, 5: string signer }
struct CollectRequest { 1: string cursor, 2: i32 limit, 3: list<Settled> settled, 4: bool no_room }
struct LookUpQuery { 1: string kind, 2: string value, 3: string purpose }

// LIST tells of a folder by name, of 10,000 files at most. An answer with the header "More: yes" was cut: the same
// request with the header "After: NAME", NAME the last file it told, is given those behind it. Part after part
// within half a minute is of one look at the folder. No "More": that was all.
struct ExchangeRequest {
  1: string endpoint, 2: string method, 3: string path, 4: list<Header> headers, 5: binary body,
  6: string to_path, 7: string body_attachment, 8: bool into_attachment
}
struct FileEntry { 1: string name, 2: i64 size, 3: i64 modified_ms, 4: bool complete }
struct ExchangeResponse {
  1: bool ok, 2: string code, 3: string text, 4: bool retryable, 5: bool maybe_delivered, 6: i32 status,
  7: list<Header> headers, 8: binary body, 9: string signer, 10: list<FileEntry> files,
  11: string attachment_sha256, 12: i64 attachment_size
}
struct CryptoResult { 1: bool ok, 2: binary bytes, 3: string signer, 4: string code, 5: string text }

// Served by the adapter. deadline_ms: milliseconds the call may take; past it the process is killed.
service Adapter {
  About about(1: i32 deadline_ms),
  Answer configure(1: i32 deadline_ms, 2: Configuration configuration),
  Answer probe(1: i32 deadline_ms),
  Answer deliver(1: i32 deadline_ms, 2: Message message),
  Answer collect(1: i32 deadline_ms, 2: CollectRequest request),
  Answer receive(1: i32 deadline_ms, 2: NativeRequest request),
  Answer look_up(1: i32 deadline_ms, 2: LookUpQuery query)
}

// Served by the hub, only while a verb runs.
service Host {
  ExchangeResponse exchange(1: ExchangeRequest request),
  CryptoResult sign(1: string key, 2: string profile, 3: binary bytes),
  CryptoResult verify(1: string profile, 2: binary bytes, 3: binary signature),
  void log(1: i32 level, 2: string event, 3: string text),
  i64 time_left()
}
