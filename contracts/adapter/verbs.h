// The adapter contract's verbs as plain C++ values: what crosses the C border (hub_adapter.h) and
// the Thrift service (adapter.thrift), field by field the same. Shared by the hub's hosting room and
// by the C++ kit; depends on nothing but the standard library.
//
// An adapter translates; the hub acts. The adapter says what happened (Outcome), the hub decides what
// comes next (retry, dead letter, escalation). Every outcome other than kDone and kPending carries a
// stable `code` and a human `text`; neither may hold personal data.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace otinish {

// A collect that is kDone may carry them too: it went on, yet something keeps a part of what the agency
// gave from going on (a file that cannot be moved), and an operator must hear of it.
//
// Numbers are part of the contract. Zero, unset or unknown is read as kFault.
enum class Outcome : int {
  kDone = 1,     // it happened; deliver: the other system has the message and answered so
  kPending = 2,  // accepted for later; the final answer arrives by collect or receive
  kRetry = 3,  // did not happen, may happen later (retry_after_ms is a hint); same message_id again
  kRejected = 4,       // the other system has seen it and refuses for good; code + text say why
  kUnsupported = 5,    // no such verb or message type, or a message it cannot say: nothing went out
  kMisconfigured = 6,  // settings or credentials are wrong; an operator must act
  kFault = 7,          // the adapter itself failed (defect, malformed answer of the other side)
};

struct Header {
  std::string name;
  std::string value;
};

// A canonical message on its way to an agency. `body` is the whole canonical document (envelope and
// payload) as XML (form "xml") or JSON (form "json"), as the adapter's About::form asks.
struct Message {
  std::string message_id;      // UUIDv7; the same on every attempt: the idempotency key
  std::string correlation_id;  // the appeal's hub_id
  std::string type;            // "appeal/1", "supplement/1", "withdrawal/1", "status/1" …
  std::string form;            // "xml" | "json"
  std::string body;
  std::string external_id;  // the agency's case number, empty until known
  std::string reg_number;
  // 1-based. Above 1 the agency may have the message: it was tried before, or its first attempt may have
  // ended unseen (it was queued before the hub was started, or the result could not be stored).
  int attempt = 1;
  // Why it goes again: the code of the last attempt that the adapter answered, or what became of the message
  // after it ("exchange.answer_overdue", "adapter.not_delivered"). Empty where nothing was said.
  std::string last_code;
};

// One thing an agency told us: found by collect, or pushed and decoded by receive.
// Either `problem_code` is empty and `body` holds a canonical payload (one payload element or JSON
// object, no envelope; the hub adds envelope, hub ids and the body's reference), or `problem_code`
// says why the item could not be translated, and `raw` keeps what came for the quarantine.
struct Inbound {
  std::string item_id;  // the sender's own stable id of this item; duplicates are known by it
  std::string type;     // "status/1", "decision/1", "supplement/1", "receipt/1", "query/1"
  std::string form;     // "xml" | "json"
  std::string body;
  // Whichever the agency knows; the hub resolves the appeal from the first that fits.
  std::string correlation_id;  // the appeal's hub_id
  std::string in_reply_to;     // message_id of what we delivered
  std::string external_id;     // the agency's case number or correlation id
  std::string reg_number;
  // "adapter.not_delivered" is no fault of the item: the carrier between us says that it could not deliver
  // our message, which `external_id` names, for the reason in `problem_text`. The hub makes that delivery
  // a dead letter. So it does with the one that `in_reply_to` of "adapter.refused_by_agency" names: the agency
  // did not take it, for a reason that nobody listed; this item is kept besides.
  std::string problem_code;
  std::string problem_text;
  std::string raw;  // the untranslated item, at most adapter_answer_bytes_max
};

// How the hub settled an item that an earlier collect or receive returned (after its commit).
struct Settled {
  std::string item_id;
  bool accepted = false;  // true: stored (now or before, as a duplicate); false: refused
  std::string code;       // when refused: stable code …
  std::string text;       // … and text without personal data
  std::string reference;  // hub's receipt reference (message_id given by the hub)
};

// One setting an adapter understands. Unknown keys and missing mandatory ones are refused by the hub
// before configure is called.
struct Setting {
  std::string name;
  std::string kind;  // "string" | "int" | "bool" | "enum" | "file" | "table" (a JSON object/array)
  bool mandatory = false;
  std::string fallback;  // default value, as text
  std::string meaning;   // one sentence
  std::vector<std::string> choices;
  bool secret = false;
};

struct About {
  std::string name;                   // "soap"
  std::string version;                // "1.0.0"
  std::string form;                   // canonical form it wants: "xml" | "json"
  std::vector<std::string> delivers;  // message types deliver understands
  std::vector<std::string> verbs;     // of "deliver collect receive look_up translate"
  std::vector<Setting> settings;
  bool thread_safe = false;  // in-process: verbs may run at the same time after configure
};

// A file of the adapter's configuration folder (stylesheet, jq program, table), read by the hub and
// handed over in configure, since an adapter has no file system beyond its own folder.
struct ConfigFile {
  std::string name;  // relative path, as named in a "file" setting
  std::string bytes;
};

struct Configuration {
  std::string destination;    // name of this destination in the hub's configuration
  std::string settings_json;  // one JSON object: setting name → value
  std::vector<ConfigFile> files;
};

// The answer of any verb; fields that a verb does not use stay empty.
struct Answer {
  Outcome outcome = Outcome::kFault;
  std::string code;
  std::string text;
  std::int64_t retry_after_ms = 0;
  // deliver: the agency's case number or correlation id, if known. PENDING or DONE with the code
  // "adapter.case_found": the agency has the message of an earlier attempt, and none was sent now. Lines after it are further names by
  // which items may speak of this; one that begins with "message:" is of the message, not of the case.
  std::string external_id;
  std::vector<Inbound> items;  // collect, receive; deliver may return what came with the answer
  std::string cursor;          // collect: pass it back next time
  bool more = false;           // collect: call again at once, there is more
  int native_status = 0;       // receive: HTTP status for the agency (0: hub chooses by outcome)
  std::string native_type;     // receive: content type of native_body
  std::string native_body;     // receive: answer in the agency's dialect, unsigned (hub signs it)
  std::string result_json;     // look_up: result; probe: details
};

// An agency's own request at our door. Only bytes the signature covers are in `body`.
//
// With the method kTranslate it is none: the hub gives back the `raw` of an item with a problem (its
// item_id in `path`, no headers) because an operator thinks that the mapping is mended. `receive`
// answers as collect would now: the item, under the same id, translated or with its problem; nothing
// native. Asked only of an adapter whose About::verbs hold "translate", and never by an agency.
inline constexpr std::string_view kTranslate = "TRANSLATE";
struct NativeRequest {
  std::string method;
  std::string path;  // below /agency/{alias}
  std::vector<Header> headers;
  std::string body;
  std::string signer;  // subject of the verified certificate
};

struct CollectRequest {
  std::string cursor;
  int limit = 100;
  std::vector<Settled> settled;  // since the last call; the adapter may acknowledge to the agency
  // The hub had no room to keep items of the last answer that must wait to be judged, so it took neither
  // them nor the cursor: they are given again, and nothing is wrong with them.
  bool no_room = false;
};

struct LookUpQuery {
  std::string kind;  // "case_status" | "iin" | "bin"
  std::string value;
  std::string purpose;  // why personal data is asked for; recorded by the hub
};

// What an adapter asks the hub to do over a named endpoint of its agency. Two methods work at every
// endpoint and send nothing anywhere: READ answers the bytes of the stored attachment that
// `body_attachment` names, KEEP puts `body` into the attachment store. They serve dialects that
// carry files inside their own messages; both hold a file in memory, so both are bounded. LIST tells of
// a large folder in parts (listing.h). An exchange ends a little before the call it is made in, so that
// what found no answer in time ("transport.timeout") can still be said.
struct ExchangeRequest {
  std::string endpoint;         // name in the agency's `endpoints:` configuration
  std::string method;           // HTTP: GET POST PUT DELETE PATCH; files: LIST GET PUT MOVE DELETE;
                                // any: READ KEEP
  std::string path;             // relative to the endpoint's base URL or folder; "" is the base
  std::vector<Header> headers;  // LIST: "After: NAME" asks for what is called behind it (listing.h)
  std::string body;
  // MOVE: new name; never overwrites (a taken name is an error). With the header "Companions:
  // required" only together with the signature or done file that makes the file complete
  // ("transport.not_found" if that is gone): so that of two hubs that claim one file, one gets all.
  std::string to_path;
  std::string
      body_attachment;  // PUT/POST: send this stored attachment (SHA-256 hex) instead of body
  bool into_attachment = false;  // GET: stream the answer into the attachment store
};

struct FileEntry {
  std::string name;  // relative to the listed folder
  std::int64_t size = 0;
  std::int64_t modified_ms = 0;  // Unix time, milliseconds
  bool complete = true;          // by the endpoint's completeness rule
};

struct ExchangeResponse {
  bool ok = false;   // the transport worked and the security profile was satisfied
  std::string code;  // when not ok: "transport.…" or "trust.…"
  std::string text;
  bool retryable = false;        // when not ok: the same call may work later
  bool maybe_delivered = false;  // when not ok: the other side may have acted (answer lost)
  int status = 0;                // HTTP status; 200 for file verbs that worked
  std::vector<Header> headers;
  std::string body;               // only the bytes the signature covers
  std::string signer;             // certificate subject, empty if the profile has no signature
  std::vector<FileEntry> files;   // LIST, by name; a header "More: yes": there are more behind them
  std::string attachment_sha256;  // into_attachment and KEEP: where it went …
  std::int64_t attachment_size = 0;
};

}  // namespace otinish
