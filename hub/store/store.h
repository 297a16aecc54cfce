// The store port: what the hub keeps, in unit-of-work style. No SQL and no engine type outside
// hub/store. SQLite (sqlite/) is the embedded implementation.
//
// Writes: a unit of work is a function over Tx. The implementation runs waiting units one after the
// other inside one engine transaction (group commit) and commits once; write() returns only after
// that commit is on disk, so whoever answers a caller after write() answers a durable fact. A unit
// that returns failure (or throws) is rolled back alone.
// Reads see the last commit and never wait for writers. Threads: any; Tx only inside its unit.
//
// Bodies (canonical documents, native evidence) stand apart from indexed metadata, so that lists and
// searches never read bodies. Events, attempts and journal are append-only.
// Errors: "store.unavailable" (disk full, locked; retryable), "store.corrupt", "store.conflict"
// (unique key taken; the field is the column's), "store.not_found", "store.bad_cursor".
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "hub/base/status.h"
#include "hub/base/time.h"

namespace hub::store {

using RowId = std::int64_t;

// Projection of one appeal: metadata only. `state` codes: domain §5.4, e.g. "registered".
struct AppealRow {
  RowId id = 0;               // given by the store
  std::string hub_id;         // UUIDv7, unique
  std::string source_system;  // (source_system, source_id) unique: the idempotency key
  std::string source_id;
  std::string content_sha256;  // of the submitted content; tells "the same again" from "another"
  std::string reg_number;      // ЖТ-YYYY-NNNNNNNN, unique, empty until registered
  std::string kind;
  std::string language;
  std::string character;
  std::string topic;  // section of the primary topic
  std::string kato;
  std::string body_bin;     // competent body, empty while unknown
  std::string destination;  // adapter alias, empty while unrouted
  std::string state;
  Instant state_since;
  Instant received_at;
  std::optional<Instant> registered_at;
  std::string due_date;  // legal due date of the running "consider" clock, "2026-04-10", or ""
  std::string decision_outcome;  // once decided
  std::string decision_character;
  std::int64_t journal_position = -1;  // of the record of its acceptance; set when added
  Instant updated_at;
  // The day that counts as registration (APPC 64(3)): after hours or on a day off the next working day,
  // although registered_at is the instant of arrival. "" if unknown. Set when added.
  std::string registration_date{};
  std::string executor{};  // within the body, by the body's own id; "" while nobody
  // "" for the usual procedure of the kind; set when added. The special kind may change.
  std::string procedure{};
  std::string kind_special{};
  // Local day of the act that ended it, as the body dates it; "" if none is known. A correction leaves it.
  std::string decided_on{};
};

struct EventRow {
  RowId appeal = 0;
  std::int64_t seq = 0;  // per appeal, from 1; given by the store
  std::string event_id;
  std::string type;  // "received", "registered", "routed", "delivered", "status", "decided" …
  Instant at;
  std::string actor;  // "hub", "door:rest:<client>", "agency:<alias>"
  std::string from_state;
  std::string to_state;
  std::string reason;  // stable code or ""
  std::string text_kk, text_ru, text_en;
  std::string payload_sha256;
  std::string previous_sha256;  // hash of the appeal's previous event; given by the store
  std::string evidence{};       // who signed what the event tells of, as verified; "" if nobody
};

// SHA-256 (hex) over every field of the event, previous_sha256 included: what the next event of the
// appeal carries as its previous_sha256.
std::string eventSha256(const EventRow& row);

// A page of the feed: events of all appeals in the order in which they became durable.
struct FeedPage {
  struct Item {
    std::string cursor;  // after this event
    EventRow event;      // without previous_sha256
  };
  std::vector<Item> items;
  std::string next;   // the cursor after the last item; what was asked with if there is none
  bool more = false;  // there is something after `next` already
};

struct AppealTerm {
  std::string hub_id;
  std::string destination;
  std::string state;
  std::string due_date;
};

struct ClockRow {
  RowId appeal = 0;
  std::string name;  // register, forward, consider, notify …
  std::string rule_id, rule_version, law, article, day_kind, first_day, start_event;
  int length = 0;
  Instant start_at;
  std::string due_date;
  std::string calendar_version;
  std::string status;  // running, met, missed, extended, cancelled
  std::string explanation;
  std::string zone{};       // IANA; "": the registrar's
  int cut_off_minute = 0;   // closing hour of a term that has one; 0: the registrar's
  std::int64_t number = 0;  // among the terms of its appeal, from 1; given by the store
  std::string
      occasion{};  // of terms of one name that stand together: which it is for; "": the only one
};

// A version of a calendar year that terms were counted by.
struct CalendarRow {
  int year = 0;
  std::string version;
  std::string days;  // opaque
};

// One canonical document, kept for ever under its message id.
struct MessageRow {
  std::string message_id;  // unique
  RowId appeal = 0;
  std::string type;       // "appeal/1" …
  std::string direction;  // "in" | "out"
  std::string party;      // client or alias
  Instant at;
  std::string body;  // canonical XML
};

// Unfinished: everything but kDelivered, kRejected and kDead.
enum class OutboxState {
  kPending,
  kInFlight,
  kRetryWait,
  kAwaiting,
  kDelivered,
  kRejected,
  kDead,
  kHeld
};
std::string_view toString(OutboxState state);
bool isUnfinished(OutboxState state);

struct OutboxRow {
  RowId id = 0;
  std::string message_id;
  std::string destination;  // adapter alias: never an index
  RowId appeal = 0;
  std::string type;
  OutboxState state = OutboxState::kPending;
  int attempts = 0;
  Instant created_at;
  Instant next_at;  // not before; kAwaiting: until then the answer may take
  std::string external_id;
  std::string last_code, last_text;
  bool escalated = false;
};
struct OutboxFilter {
  std::string destination{};  // "" means all
  std::optional<OutboxState> state{};
};

struct AttemptRow {
  RowId outbox = 0;
  int number = 0;
  Instant started_at, ended_at;
  int outcome = 0;  // otinish::Outcome
  std::string code, text;
};

// (party, item) → what became of it: the inbound duplicate table.
struct InboxRow {
  std::string party;  // alias or client
  std::string item_id;
  std::string status;      // "in_progress" | "completed"
  std::string message_id;  // canonical message it became
  std::string content_sha256;
  std::string answer;  // native answer given, re-issued to duplicates
  Instant at;
  // SHA-256 of what the item was taken for and whose appeal it named. "" if it was accepted, or refused
  // before this was kept.
  std::string about{};
};

// A kept item that an adapter had translated: enough to judge it again. Without type, form and body if
// the adapter could not translate it.
struct QuarantinedItem {
  std::string type, form;
  std::string correlation_id, in_reply_to, external_id, reg_number;
  std::string evidence, signer;  // format and certificate of the signature it came with
  std::string body;              // canonical payload
};

// An agency's own request as it came: enough to verify and translate it again.
struct QuarantinedRequest {
  std::string method, target;
  std::string headers;  // "Name: value" lines
  std::string body;     // "" if QuarantineRow::raw is the whole body
};

struct QuarantineRow {
  RowId id = 0;
  std::string party;
  std::string item_id;
  Instant at;
  std::string code, text;
  std::string correlation;  // whatever reference was readable
  std::string raw;          // what came, whole; empty in lists
  std::string state;        // "open" | "resolved" | "waiting" (not judged yet)
  std::string kind{};       // "item" | "answer" | "push"; "" if kept before this was noted
  // What the row belongs to, the same whenever it comes again; "" closes it only by a person.
  std::string subject{};
  std::int64_t bytes = 0;              // of raw; given by the store
  RowId appeal = 0;                    // whose it is by its references; 0: unknown
  bool nobodys = false;                // pushed without a signature: anybody may have sent it
  std::optional<Instant> opened_at{};  // when it became open, if it waited before
  std::optional<Instant> closed_at{};
  std::string closed_by{};                // actor
  std::string note{};                     // what became of it
  std::optional<QuarantinedItem> item{};  // absent in lists
  std::optional<QuarantinedRequest>
      request{};  // of what was pushed, if kept whole; absent in lists
  bool translated() const { return item && !item->type.empty(); }
};

// How far collecting from a destination has come, in the words of the adapter that asks there.
struct CursorRow {
  std::string destination;
  std::string adapter;  // its name; "": kept by no adapter, or by an older release
  std::string cursor;
  std::optional<Instant> at{};  // when it was kept; not known of an older release's
};

// What the store holds of an alias.
struct AliasUse {
  std::string alias;
  std::int64_t appeals = 0;     // not finished
  std::int64_t deliveries = 0;  // neither delivered nor refused
  std::int64_t kept = 0;        // messages that wait, for a delivery or a person
  bool cursor = false;
  bool any() const { return appeals > 0 || deliveries > 0 || kept > 0 || cursor; }
};

struct QuarantineFilter {
  std::string party{}, state{}, code{};  // "" means all
  std::optional<bool> nobodys{};
  std::optional<Instant> opened_by{};  // without those that waited and became open after that
};
struct QuarantineCounts {
  std::string party;
  bool nobodys = false;
  std::int64_t open = 0;
};

// Which open rows of a party are closed: those of the item id, or of the subject. One of the two is "".
struct QuarantineClosing {
  std::string party, item_id, subject;
  Instant at;
  std::string by, note;
};

struct SettledRow {  // answers owed to an adapter at its next collect
  RowId id = 0;
  std::string destination;
  std::string item_id;
  bool accepted = false;
  std::string code, text, reference;
};

struct AttachmentRow {
  std::string sha256;  // lower-case hex, key
  std::int64_t bytes = 0;
  std::string mime;
  Instant at;
};

// What is kept of an appeal's text to find its like; see rules::TextSketch.
struct SketchRow {
  RowId appeal = 0;
  std::int64_t applicant = 0;  // hash; 0: unknown
  std::string topic, kato;
  std::string day;     // of receipt, "2026-04-10"
  std::string sketch;  // opaque bytes
};

// Two appeals that look alike; a hint for a person.
struct HintRow {
  RowId appeal = 0, other = 0;  // `appeal` came after `other`
  std::string nature;           // exact_repeat, same_matter, same_campaign, similar
  int percent = 0;              // how alike the texts are
  Instant at;
  std::string verdict{};  // "" until a person judged; linked, duplicate, dismissed
  std::string judged_by{};
  std::optional<Instant> judged_at{};
};

// What a body that has a case asks of another one meanwhile.
struct SubOrderRow {
  RowId appeal = 0;
  std::int64_t number = 0;  // under its appeal, from 1; given by the store
  std::string kind, state;
  bool open = true;          // neither checked nor cancelled
  std::string body, target;  // BIN: who asks, who is asked
  std::int64_t follows = 0;  // number of the one it goes on from; 0: none
  std::string text;          // what is asked; may hold personal data
  std::string due_date;      // "2026-04-10"
  std::string answer;        // "" until there is one; may hold personal data
  std::string reason;        // of the last step, if it had one
  Instant created_at;
  std::string created_by;  // actor
  Instant state_since;
  std::optional<Instant> answered_at{};  // of the answer that stands
  std::optional<Instant> sent_at{};      // when the body asked first got it
  bool missed = false;                   // its day passed without an answer; that stays
  // (appeal, source, source_id) unique: who made it, and by which key; "" in those made before keys were asked for.
  std::string source{}, source_id{}, content_sha256{};
};
struct SubOrderFilter {
  std::string body{}, target{}, state{};
  std::string due_to{};  // due_date <= this
  bool sent = false;     // those alone that the body asked got
};

// What an applicant is told of one event of his appeal. No phone number and no text is kept.
enum class NoticeState { kWaiting, kSent, kDelivered, kFailed, kSkipped };
std::string_view toString(NoticeState state);

struct NoticeRow {
  RowId id = 0;  // given by the store
  RowId appeal = 0;
  std::int64_t seq = 0;  // of the event; (appeal, seq, channel) unique
  std::string channel;   // "sms"
  std::string event;     // its type
  std::string kind;      // what is told: "registered", "extended" …
  std::string language;  // kk, ru, en
  NoticeState state = NoticeState::kWaiting;
  std::string provider_id;  // the message's id at the network, "" until known
  int attempts = 0;
  Instant event_at, created_at;
  Instant next_at;   // not before
  std::string code;  // why it was skipped or failed, or the last trouble
  std::optional<Instant> sent_at{}, reported_at{};
};

// One journal record per message in or out; a leaf of the Merkle log is sha256(0x00 || canonical text
// of the record) (RFC 9162 §2.1). `position` is the leaf's index, given by the store.
struct JournalRow {
  std::int64_t position = 0;
  Instant at;
  std::string direction;  // "in" | "out"
  std::string party;
  std::string message_id;
  std::string type;
  std::string body_sha256;
  std::string signature;  // "verified:<signer>", "none", "made:<key>"
};
// The canonical text that is hashed into the leaf (one line, fields in fixed order).
std::string journalText(const JournalRow& row);

struct TreeHead {
  std::int64_t size = 0;  // leaves
  std::string root_hex;
  Instant at;
  std::string signature;  // by the sealer, opaque to the store
};
// Proof that leaf `position` is in the tree of `head` (RFC 9162 §2.1.3).
struct InclusionProof {
  std::int64_t position = 0;
  std::vector<std::string> path_hex;
  TreeHead head;
};

struct AppealFilter {
  std::string state, kind, language, destination, body_bin, source_system;
  std::optional<Instant> received_from, received_to;
  std::string due_to;  // due_date <= this
};
struct AppealPage {
  std::vector<AppealRow> rows;
  std::string next;  // keyset cursor, "" at the end
};
// What a report of supervision needs to know of an appeal.
struct CaseRow {
  RowId id = 0;
  std::string kind, topic, kato, body_bin, destination, executor, state;
  Instant state_since, received_at;
  std::string registration_date, due_date, decision_outcome, decided_on;
  bool extended = false;  // its term was, once
  bool term_met = false;  // the newest clock of its consideration is
};
// A term that was missed, with what supervision needs of its appeal.
struct MissedTerm {
  std::int64_t key = 0;  // in the order of which they are read
  std::string clock;
  // Alias of the body that had it at the end of the term's last day; "" if none had: nobody chose one yet, the hub had not
  // delivered it, or it lay at the reception desk.
  std::string had;
  std::string kind, topic, kato;
  std::string executor;  // of the body that has the appeal now; "" if another one had it then
  Instant received_at;
};
struct OutboxCounts {
  std::string destination;
  std::string state;
  std::int64_t count = 0;
  std::optional<Instant> oldest;
};
// Refused deliveries, by the state their appeals are in now.
struct RejectedCounts {
  std::string destination;
  std::string appeal_state;
  std::int64_t count = 0;
};

// The write side inside one unit of work. Every function may fail with a store error.
class Tx {
 public:
  virtual ~Tx() = default;
  // "store.conflict" with field "/source_id" if the idempotency key is taken.
  virtual Result<RowId> addAppeal(const AppealRow& row) = 0;
  virtual Status updateAppeal(const AppealRow& row) = 0;  // by id; everything but keys
  // The same for the state alone, which changes `at`. "store.not_found".
  virtual Status setAppealState(RowId appeal, std::string_view state, Instant at) = 0;
  // The same for the due date alone, where nothing else changed. "store.not_found".
  virtual Status setAppealDue(RowId appeal, std::string_view due_date, Instant updated_at) = 0;
  virtual Result<std::optional<AppealRow>> findBySource(std::string_view system,
                                                        std::string_view id) = 0;
  virtual Result<std::optional<AppealRow>> findByHubId(std::string_view hub_id) = 0;
  virtual Result<std::optional<AppealRow>> findByNumber(std::string_view reg_number) = 0;
  virtual Result<std::optional<AppealRow>> findByExternalId(std::string_view destination,
                                                            std::string_view external_id) = 0;
  virtual Result<std::optional<AppealRow>> findByMessageId(std::string_view message_id) = 0;
  virtual Result<AppealRow> appeal(RowId id) = 0;
  // The little that a change of many appeals asks of each.
  virtual Result<AppealTerm> appealTerm(RowId id) = 0;
  virtual Status addExternalId(RowId appeal, std::string_view destination,
                               std::string_view external_id, Instant at) = 0;
  // Next number of a series ("ЖТ-2026"): 1, 2, 3 …, gap-free within committed units.
  virtual Result<std::int64_t> nextNumber(std::string_view series) = 0;
  virtual Status addEvent(const EventRow& row) = 0;  // seq and previous_sha256 are computed
  // Is there an event of the appeal with this payload digest?
  virtual Result<bool> hasEventOf(RowId appeal, std::string_view payload_sha256) = 0;
  virtual Result<std::vector<EventRow>> events(RowId appeal) = 0;
  virtual Status addClock(const ClockRow& row) = 0;
  // Of the newest clock of that name; "store.not_found" if there is none.
  virtual Status setClockStatus(RowId appeal, std::string_view name, std::string_view status) = 0;
  // Of that very clock (ClockRow::number).
  virtual Status setClockStatusAt(RowId appeal, std::int64_t number, std::string_view status) = 0;
  // The newest clock of that name, if it runs: met or, if `today` is after its due date, missed (cancelled
  // if it has none). False if it does not run.
  virtual Result<bool> closeClock(RowId appeal, std::string_view name, std::string_view today) = 0;
  // Cancels `old`, a clock as it was read, and adds `next` to the same appeal; false and no change if
  // the old one does not run any more or has another due date by now.
  virtual Result<bool> supersedeClock(const ClockRow& old, const ClockRow& next) = 0;
  // In the order in which they were opened.
  virtual Result<std::vector<ClockRow>> clocks(RowId appeal) = 0;
  // Due date of the newest clock of that name, "" if there is none.
  virtual Result<std::string> clockDue(RowId appeal, std::string_view name) = 0;
  // No-op if the version of the year is known, whatever its days.
  virtual Status addCalendar(const CalendarRow& row) = 0;
  virtual Status addMessage(const MessageRow& row) = 0;
  // Those of one type with their bodies, in the order in which they came.
  virtual Result<std::vector<MessageRow>> messagesOf(RowId appeal, std::string_view type) = 0;
  virtual Result<RowId> addOutbox(const OutboxRow& row) = 0;
  virtual Status updateOutbox(const OutboxRow& row) = 0;  // by id
  virtual Result<std::optional<OutboxRow>> findOutbox(RowId id) = 0;
  virtual Result<std::optional<OutboxRow>> findOutboxByMessageId(std::string_view message_id) = 0;
  virtual Result<std::vector<OutboxRow>> outboxOf(RowId appeal) = 0;
  virtual Status addAttempt(const AttemptRow& row) = 0;
  virtual Result<std::vector<AttemptRow>> attempts(RowId outbox) = 0;
  // How many of the delivery's last attempts in a row had this outcome.
  virtual Result<int> attemptsInARow(RowId outbox, int outcome) = 0;
  virtual Result<std::optional<InboxRow>> findInbox(std::string_view party,
                                                    std::string_view item_id) = 0;
  virtual Status putInbox(const InboxRow& row) = 0;  // insert or replace
  virtual Result<RowId> addQuarantine(const QuarantineRow& row) = 0;
  // Without raw and item.
  virtual Result<std::optional<QuarantineRow>> findQuarantine(RowId id) = 0;
  // By id: code, text, state, appeal, when it was opened and how it was closed; what was kept stays.
  virtual Status updateQuarantine(const QuarantineRow& row) = 0;
  // How many were open.
  virtual Result<int> closeQuarantine(const QuarantineClosing& closing) = 0;
  virtual Result<bool> hasOpenQuarantine(std::string_view party, std::string_view subject) = 0;
  // Whole rows "waiting" under the item id, in the order in which they came.
  virtual Result<std::vector<QuarantineRow>> waitingItems(std::string_view party,
                                                          std::string_view item_id) = 0;
  virtual Status addSettled(const SettledRow& row) = 0;
  virtual Status removeSettled(const std::vector<RowId>& ids) = 0;
  // With one of an adapter the one of no adapter is gone.
  virtual Status putCursor(const CursorRow& row) = 0;
  // Of what is no adapter's.
  Status setCursor(std::string_view destination, std::string_view cursor) {
    return putCursor({std::string(destination), "", std::string(cursor)});
  }
  // As Store::cursor.
  virtual Result<std::string> cursor(std::string_view destination, std::string_view adapter) = 0;
  // Of every adapter. How many.
  virtual Result<int> removeCursors(std::string_view destination) = 0;
  // What is `from`'s is `to`'s from now on: appeals, deliveries, case numbers, what came from it and what it is owed; of
  // what both have, `to`'s stays. The journal and the events say what they said. How many appeals.
  virtual Result<std::int64_t> renameDestination(std::string_view from, std::string_view to) = 0;
  virtual Status addAttachment(const AttachmentRow& row) = 0;  // no-op if known
  virtual Status addSketch(const SketchRow& row) = 0;          // no-op if the appeal has one
  virtual Status dropSketchesBefore(std::string_view day) = 0;
  // Insert; of a known pair only the verdict is taken over, and no verdict leaves it as it was.
  virtual Status putHint(const HintRow& row) = 0;
  // False and no change if the channel has a notice of that event already.
  virtual Result<bool> addNotice(const NoticeRow& row) = 0;
  // By id: state, provider_id, attempts, next_at, code, times.
  virtual Status updateNotice(const NoticeRow& row) = 0;
  virtual Result<std::optional<NoticeRow>> findNotice(RowId id) = 0;
  // Waiting notices of the appeal that tell the same (kind) of an event before `seq` by that channel are
  // skipped with `code`. How many.
  virtual Result<int> overtakeNotices(RowId appeal, std::string_view channel, std::string_view kind,
                                      std::int64_t seq, std::string_view code) = 0;
  // Of the `limit` oldest notices those that wait no more and were made before that. How many. The newest of
  // all stays: a report of a removed one must not find another under its id.
  virtual Result<int> removeNotices(Instant made_before, int limit) = 0;
  // Of an appeal, by number.
  virtual Result<std::vector<SubOrderRow>> subOrders(RowId appeal) = 0;
  virtual Result<std::int64_t> addSubOrder(const SubOrderRow& row) = 0;  // its number
  // By number: state, open, text, due_date, answer, reason and times. "store.not_found".
  virtual Status updateSubOrder(const SubOrderRow& row) = 0;
  // Journal: the position the record will have; its proof is available after the commit.
  virtual Result<std::int64_t> addJournal(const JournalRow& row) = 0;
};

// Signs the tree head of a commit group, once per group, before the commit. Called on the writer
// thread. Failure fails the whole group.
class Sealer {
 public:
  virtual ~Sealer() = default;
  virtual Result<std::string> seal(const TreeHead& head) = 0;  // returns the signature
};

class Unit {
 public:
  Unit() = default;  // holds nothing and cannot run
  template <typename Work>
  requires(std::is_invocable_r_v<Status, Work&, Tx&> && !std::is_same_v<Work, Unit>) Unit(Work work)
      : work_(std::move(work)) {}  // NOLINT: any function over Tx is a unit

  Status operator()(Tx& tx) const { return work_(tx); }
  bool isRepeatable() const { return repeatable_; }
  bool isPatient() const { return patient_; }

 private:
  std::function<Status(Tx&)> work_;
  bool repeatable_ = false;
  bool patient_ = false;
  friend Unit repeatable(Unit unit);
  friend Unit patient(Unit unit);
};

// Says that the unit may run more than once before it is answered, each time on the store as it was
// before: whatever it hands to its owner it sets, and never adds to or moves away. The store then needs
// no mark to roll back to, which costs a copy of every page the unit changes.
inline Unit repeatable(Unit unit) {
  unit.repeatable_ = true;
  return unit;
}

// Says that nobody waits for the unit's end: the store may keep it back for a few milliseconds, to commit it
// together with others. Until then it is not durable, as any unit that has not been answered.
inline Unit patient(Unit unit) {
  unit.patient_ = true;
  return unit;
}

// One state of the store for several reads: see Store::snapshot().
class Snapshot {
 public:
  virtual ~Snapshot() = default;
};

class Store {
 public:
  virtual ~Store() = default;

  // Runs `unit` and returns after it is durable, or its failure. Blocks the caller. A unit that
  // met an engine error fails even if it returns success. Not from `done` of writeAsync.
  virtual Status write(Unit unit) = 0;
  // The same without waiting; `done` runs on the writer thread after the commit and must be quick.
  virtual void writeAsync(Unit unit, std::function<void(Status)> done) = 0;

  // Until it is destroyed, by the same thread, all reads of this thread see the store as it was at the first of
  // them, whatever is committed meanwhile; together they cost less than one by one. It holds one of few readers:
  // no waiting for anything else meanwhile, and no write(), which it would not see. Null, at will of the store: each
  // read sees the newest state.
  virtual std::unique_ptr<Snapshot> snapshot() { return nullptr; }

  virtual Result<std::optional<AppealRow>> findBySource(std::string_view system,
                                                        std::string_view id) = 0;
  virtual Result<std::optional<AppealRow>> findByHubId(std::string_view hub_id) = 0;
  virtual Result<std::optional<AppealRow>> findByNumber(std::string_view reg_number) = 0;
  virtual Result<AppealRow> appeal(RowId id) = 0;
  // Newest first. `after` is AppealPage::next of the page before.
  virtual Result<AppealPage> listAppeals(const AppealFilter& filter, std::string_view after,
                                         int limit) = 0;
  // Every appeal the filter takes, once, in no order, for reports over millions: whole rows and clocks are
  // not read one by one. `visit` must be quick; its failure ends it and is returned. The row given to it
  // is the same object each time. What changes meanwhile may be seen before or after its change.
  virtual Status eachCase(const AppealFilter& filter,
                          const std::function<Status(const CaseRow&)>& visit) = 0;
  // Appeals that a body did not take as its own, once or more often, received in that span, by id after `after`: it
  // refused or gave back the appeal, forwarded it whole (65(1)), or its system refused the delivery for want of
  // competence ("adapter.not_competent"). What no body returned costs nothing.
  virtual Result<std::vector<AppealRow>> refusedAppeals(std::optional<Instant> received_from,
                                                        std::optional<Instant> received_to,
                                                        RowId after, int limit) = 0;
  // Appeals the execution of whose act a complaint stops, by their events: more of `execution_suspended` than of what
  // ends one (`execution_resumed`, `execution_still_stopped`, `execution_stop_joined`), and no `execution_over`; those
  // after `after`, by id. Costs what was ever stopped, and nothing for the rest.
  virtual Result<std::vector<RowId>> stoppedAppeals(RowId after, int limit) = 0;
  // Appeals of a body that have an executor and await a decision: those whose due date is not known first, then the
  // earliest, ties by id; `after`: the last row of the page before, its due_date and id ("" and 0 at first).
  virtual Result<std::vector<AppealRow>> assignedOf(std::string_view body_bin,
                                                    std::string_view after_due, RowId after,
                                                    int limit) = 0;
  virtual Result<std::vector<EventRow>> events(RowId appeal) = 0;
  // Events of all appeals after `after` ("" is the beginning), each once, in the order of their commits:
  // one that is not there yet never comes before one that is. At most `limit`. "store.bad_cursor".
  virtual Result<FeedPage> feed(std::string_view after, int limit) = 0;
  // The cursor after the newest event.
  virtual Result<std::string> feedEnd() = 0;
  virtual Result<std::vector<ClockRow>> clocks(RowId appeal) = 0;
  // Clocks in status "running" or "unknown" of the appeals after `after`, by appeal, each appeal's
  // whole, about `rows_max` (at least 100). Empty at the end. Reads all clocks: for rare reviews.
  virtual Result<std::vector<ClockRow>> openClocks(RowId after, int rows_max) = 0;
  // Clocks of one name in these statuses with a due date not after `due_to` ("2026-04-10"), those without one
  // among them: "" first, then the earliest. Those after `after`, the last row of the page before, at most
  // `rows_max`. Reads what is open only, and of that name.
  virtual Result<std::vector<ClockRow>> openClocksDue(std::string_view name,
                                                      std::string_view due_to,
                                                      const ClockRow* after, int rows_max) = 0;
  virtual Result<std::optional<CalendarRow>> calendar(int year, std::string_view version) = 0;
  virtual Result<std::vector<MessageRow>> messages(RowId appeal, bool with_bodies) = 0;
  virtual Result<std::optional<MessageRow>> message(std::string_view message_id) = 0;
  // The newest one of a type, with its body.
  virtual Result<std::optional<MessageRow>> newestMessage(RowId appeal, std::string_view type) = 0;
  virtual Result<std::vector<OutboxRow>> outboxOf(RowId appeal) = 0;
  virtual Result<std::vector<AttemptRow>> attempts(RowId outbox) = 0;
  virtual Result<std::vector<std::pair<std::string, std::string>>> externalIds(RowId appeal) = 0;
  // Due work of one destination, oldest first: kPending/kRetryWait with next_at <= now, skipping
  // rows whose appeal has an earlier row for the destination that was not handed over yet (pending,
  // in flight, waiting for a retry, held): the order per appeal. O(log n) in finished rows.
  // What nobody has tried yet (kPending) waits for nothing: its next_at is in the future only if the clock was ahead
  // when it came. A retry after `too_far` is due for the same reason.
  virtual Result<std::vector<OutboxRow>> dueOutbox(std::string_view destination, Instant now,
                                                   int limit, Instant too_far = Instant::max()) = 0;
  // When the next kRetryWait/kPending row of the destination becomes due; rows behind an earlier
  // row of their appeal do not count (handing that one over is the event that frees them).
  virtual Result<std::optional<Instant>> nextDue(std::string_view destination) = 0;
  // Newest first, those with an id below `before` (0: from the newest). O(log n) in rows that are delivered.
  virtual Result<std::vector<OutboxRow>> outboxPage(const OutboxFilter& filter, RowId before,
                                                    int limit) = 0;
  Result<std::vector<OutboxRow>> listOutbox(std::string_view destination,
                                            std::optional<OutboxState> state, int limit) {
    return outboxPage({std::string(destination), state}, 0, limit);
  }
  virtual Result<std::vector<OutboxCounts>> outboxCounts() = 0;  // unfinished and dead only
  // Refused deliveries that somebody may have to look at: of the appeals in that state, which the body refused; and of
  // what followed an appeal, whatever state it is in (news of terms left out).
  virtual Result<std::vector<RejectedCounts>> rejectedCounts(std::string_view refused_state) = 0;
  // How many appeals are in the state; reads that many entries of an index.
  virtual Result<std::int64_t> appealsIn(std::string_view state) = 0;
  // kAwaiting rows of the destination whose next_at has passed, the longest overdue first.
  virtual Result<std::vector<OutboxRow>> overdueOutbox(std::string_view destination, Instant now,
                                                       int limit) = 0;
  // How many kAwaiting rows were escalated, by destination.
  virtual Result<std::vector<OutboxCounts>> overdueCounts() = 0;
  // Rows a crash left kInFlight become kPending again (called once at start). Returns how many.
  virtual Result<int> recoverInFlight() = 0;
  // The adapter's own, or the one of no adapter; "" if there is none.
  virtual Result<std::string> cursor(std::string_view destination, std::string_view adapter) = 0;
  Result<std::string> cursor(std::string_view destination) { return cursor(destination, ""); }
  // All of the destination, by adapter.
  virtual Result<std::vector<CursorRow>> cursors(std::string_view destination) = 0;
  // Every alias that has something here, finished or not, by name. O(aliases).
  virtual Result<std::vector<std::string>> aliases() = 0;
  // `finished`: states of appeals. Reads all appeals of the alias.
  virtual Result<AliasUse> aliasUse(std::string_view alias,
                                    const std::vector<std::string>& finished) = 0;
  virtual Result<std::vector<SettledRow>> settled(std::string_view destination, int limit) = 0;
  // Newest first, without raw and item, those with an id below `before` (0: from the newest).
  virtual Result<std::vector<QuarantineRow>> quarantinePage(const QuarantineFilter& filter,
                                                            RowId before, int limit) = 0;
  Result<std::vector<QuarantineRow>> listQuarantine(std::string_view party, std::string_view state,
                                                    int limit) {
    return quarantinePage({std::string(party), std::string(state)}, 0, limit);
  }
  // Open rows, by party. Reads no others.
  virtual Result<std::vector<QuarantineCounts>> quarantineCounts() = 0;
  // Of the appeal, not resolved, newest first, without raw and item.
  virtual Result<std::vector<QuarantineRow>> quarantineOf(RowId appeal, int limit) = 0;
  virtual Result<std::optional<QuarantineRow>> findQuarantine(RowId id, bool with_content) = 0;
  virtual Result<bool> hasOpenQuarantine(std::string_view party, std::string_view subject) = 0;
  // Of the party, in state "waiting", those after `after`, whole, in the order they came.
  virtual Result<std::vector<QuarantineRow>> waitingItems(std::string_view party, RowId after,
                                                          int limit) = 0;
  // By appeal, those after `after`.
  virtual Result<std::vector<SketchRow>> sketches(RowId after, int limit) = 0;
  // Appeals received since then, after `after`, that have no sketch; parts of split ones left out.
  virtual Result<std::vector<RowId>> unsketched(Instant since, RowId after, int limit) = 0;
  // Where the appeal is either of the two, at most 200, the newest first.
  virtual Result<std::vector<HintRow>> hints(RowId appeal) = 0;
  // Those that a person judged, after that pair, by pair.
  virtual Result<std::vector<HintRow>> judgedHints(RowId appeal, RowId other, int limit) = 0;
  // Missed terms of appeals received within, those after `after`, by key.
  virtual Result<std::vector<MissedTerm>> missedTerms(std::optional<Instant> received_from,
                                                      std::optional<Instant> received_to,
                                                      std::int64_t after, int limit) = 0;
  // Refusals that the law presumed, of appeals received within, those after `after`, by key; `clock` is empty, and `had` the body
  // that had the appeal then. Without those whose body had decided in time, as was told later.
  virtual Result<std::vector<MissedTerm>> deemedRefusals(std::optional<Instant> received_from,
                                                         std::optional<Instant> received_to,
                                                         std::int64_t after, int limit) = 0;
  // Alias of the body that had the appeal at the end of that day ("2026-04-10") by the national zone, as MissedTerm::had:
  // it had reached the body by then, which had neither given it back nor sent it on. "" if nobody had it.
  virtual Result<std::string> hadOn(RowId appeal, std::string_view day) = 0;
  virtual Result<std::optional<NoticeRow>> findNotice(RowId id) = 0;
  // In the order of their events.
  virtual Result<std::vector<NoticeRow>> noticesOf(RowId appeal) = 0;
  // Waiting ones with next_at <= now, the longest due first. O(log n) in finished rows.
  virtual Result<std::vector<NoticeRow>> dueNotices(Instant now, int limit) = 0;
  // When the next waiting one becomes due.
  virtual Result<std::optional<Instant>> nextNotice() = 0;
  virtual Result<std::int64_t> waitingNotices() = 0;
  // Newest first, those with an id below `before` (0: from the newest).
  virtual Result<std::vector<NoticeRow>> listNotices(std::optional<NoticeState> state, RowId before,
                                                     int limit) = 0;
  // Of an appeal, by number.
  virtual Result<std::vector<SubOrderRow>> subOrders(RowId appeal) = 0;
  // Open ones of all appeals, the earliest day first; those after `after`, the last row of the page before. Reads
  // what is open only.
  virtual Result<std::vector<SubOrderRow>> openSubOrders(const SubOrderFilter& filter,
                                                         const SubOrderRow* after, int limit) = 0;
  // Those that were missed, open or not, after `after`, the last row of the page before; by appeal and number. Reads
  // no others.
  virtual Result<std::vector<SubOrderRow>> missedSubOrders(const SubOrderRow* after, int limit) = 0;
  virtual Result<std::optional<AttachmentRow>> findAttachment(std::string_view sha256) = 0;
  virtual Result<std::optional<JournalRow>> journal(std::int64_t position) = 0;
  // Proof against the first signed head that holds the record: the same proof every time it is asked for.
  virtual Result<InclusionProof> prove(std::int64_t position) = 0;
  virtual Result<TreeHead> head() = 0;
  // "store.unavailable" when intake must stop: disk nearly full, outbox_rows_max reached.
  virtual Status healthy() = 0;
  virtual std::int64_t appealCount() = 0;
};

}  // namespace hub::store
