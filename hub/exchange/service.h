// The hub's application service: what the doors (REST, agency push, command line) may ask for. It joins
// model, rules, store, trust and hosting; doors only decode HTTP and render answers. Reads that need no
// rule (lists, events, clocks) go to the store port directly.
// Threads: any. Every acknowledged fact is on disk before a function returns.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "contracts/adapter/verbs.h"
#include "hub/base/status.h"
#include "hub/base/time.h"
#include "hub/exchange/talon.h"
#include "hub/hosting/adapter_port.h"
#include "hub/rules/local_text.h"
#include "hub/rules/workload.h"
#include "hub/store/store.h"
#include "hub/transport/endpoint.h"

namespace hub::exchange {

// Who speaks at a door, after authentication.
struct Caller {
  std::string client;         // configured client name; becomes the event's actor
  std::string source_system;  // the only source_system this client may submit for; "" = any
  bool admin = false;
  // Roles of the procedure it may act in (config/law/procedure.yaml).
  std::vector<std::string> roles{};
  std::string body{};  // BIN: it sees and acts on this body's appeals only; "" = any
};

enum class Form { kJson, kXml };

// What the sender gets as proof: journal record, inclusion proof, signed tree head.
struct Receipt {
  store::AppealRow appeal;
  std::string message_id;
  std::string destination_name;  // competent body's name in English, "" while unknown
  store::JournalRow record;
  store::InclusionProof proof;
};

struct Submitted {
  bool created = false;  // false: the same content came before; the receipt is the first one's
  Receipt receipt;
  std::vector<std::string> unknown = {};  // JSON members that were kept though nobody knows them
};

// What to answer an agency that called /agency/{alias}.
struct NativeAnswer {
  int status = 200;
  std::string content_type;
  std::string body;
  std::vector<otinish::Header> headers;
};

struct AgencyCursors {
  std::string adapter;  // the one that asks now; "" if the alias is not configured
  std::vector<store::CursorRow> rows;
};

struct AgencyStatus {
  std::string alias;
  std::string name_kk, name_ru, name_en;
  std::string adapter_file;
  std::string hosting;  // "child" | "in-process"
  hosting::InstanceStatus instance;
  std::string breaker;            // "closed" | "open" | "half-open"; of deliveries
  std::string collect_breaker{};  // the same of collecting; "" if the agency is not asked
  // There is no agency of this alias in the configuration, and yet something waits for it: what else is told of the
  // instance is empty.
  bool configured = true;
  // nullopt: it could not be counted.
  std::optional<std::int64_t> waiting = 0, retrying = 0, awaiting = 0, dead = 0;
  std::optional<std::int64_t> overdue = 0;  // of the awaiting ones: without a final answer in time
  // What waits for a person: refused deliveries whose appeals are at the reception desk, or open; open rows of the
  // quarantine, and apart from them those that anybody may have pushed.
  std::optional<std::int64_t> rejected = 0, quarantined = 0, nobodys = 0;
  std::string not_counted{};  // code: why one of these is missing; "" if none is
  std::optional<Instant> oldest_waiting;
  std::optional<Instant> last_success, last_failure;
  // What went wrong last, delivering and collecting each by itself, until it goes well again.
  struct Problem {
    std::string way;  // "deliver" | "collect"
    std::string code, text;
    Instant at;
  };
  std::vector<Problem> problems{};
};

// What came of directing a waiting appeal.
struct Routed {
  store::AppealRow appeal;
  store::RowId outbox = 0;
  std::string message_id;
  std::string name_kk, name_ru, name_en;  // of the body
};

// The applicant was told of an extension.
struct Notified {
  store::AppealRow appeal;
  store::ClockRow clock;  // as it is now; of several the newest
  Instant at;
  std::string channel;
  std::vector<store::ClockRow> others{};  // that the notice met, too
};

// An action of the procedure as somebody asks for it; what is not needed stays empty.
struct ActionOrder {
  std::string action, role;
  std::string official;  // who acts, compared with the official complained of
  std::string outcome;   // of a decision, where the action may make several
  std::string reason;    // one line
  std::string text;      // of the decision
  std::string day;       // 2026-04-10: the last day of the term the action gives
  std::string body;      // BIN or alias: where the appeal, or its part, goes
  std::string of;        // number of the earlier case
  std::string executor;
  std::string waived{};  // code of waived_reason: why a decision needs no hearing, APPC 73(2)
  std::string
      ground{};  // of the decision: the ground that the law names, as the article that holds it
  std::string character{};  // of the decision: code of answer_character
  std::string
      done_on{};  // 2026-04-10: when the applicant did what is entered for him; empty: today
  std::string
      occasion{};  // which of the terms that it meets, where several may be open; see kAllOccasions
};

struct ActionChoice {
  std::string action, law, article;
  rules::LocalText label;
  std::string to_state;  // "": the state stays
  std::vector<std::string> by, outcomes, needs;
  std::string until;  // last lawful day, "" if there is none
  bool duty = false;  // after `until` it is late, and still allowed
  struct Ground {
    std::string ground;  // the article
    rules::LocalText label;
    std::vector<std::string> outcomes{};  // that it is for, where the action has several
  };
  std::vector<Ground> grounds{};  // of its decision
  std::map<std::string, std::vector<std::string>>
      characters{};  // outcome -> characters that its decision may have
  std::vector<std::string>
      unheard{};  // of `outcomes`: those that need a notice three working days before, or `waived`
};
struct ActionChoices {
  store::AppealRow appeal;
  rules::LocalText state;
  std::vector<ActionChoice> actions;
};

struct Acted {
  store::AppealRow appeal;  // as it is now
  std::string action, law, article;
  std::vector<store::ClockRow> opened;
  std::optional<store::AppealRow> part;  // of a split appeal: an appeal of its own
};

// A step of a sub-order as somebody asks for it; what is not needed stays empty.
struct SubOrderOrder {
  std::string action;  // left out where one is made
  std::string role;
  std::string kind;
  std::string body;         // BIN or alias of the body that is asked
  std::string text;         // what is asked
  std::string day;          // 2026-04-10: its last day
  std::string answer;       // of the body that was asked
  std::string reason;       // one line
  std::int64_t of = 0;      // number of the sub-order that it goes on from
  std::string source_id{};  // the maker's own key, where one is made: the same again makes no other
};
struct SubOrderChoice {
  std::string action;
  rules::LocalText label;
  std::vector<std::string> by, needs, may;
};
struct SubOrderView {
  store::SubOrderRow row;
  std::string hub_id, reg_number;              // of its case
  rules::LocalText kind, state, body, target;  // as people call them
  bool late = false;                    // open, without an answer that stands, and its day is over
  std::vector<SubOrderChoice> steps{};  // what the caller's side may do now
};
struct SubOrderList {
  store::AppealRow appeal;
  std::vector<SubOrderView> orders{};
  std::vector<std::pair<std::string, rules::LocalText>> kinds{};  // that may be asked
  std::vector<SubOrderChoice> steps{};                            // to ask anew; none: not now
  bool low_confidence = false;  // no act that names kinds and steps was read
  bool made = false;            // a new one, not what an earlier order with this key made
};
struct SubOrderPage {
  std::vector<SubOrderView> orders;
  std::string next;  // cursor, "" at the end
};

// An appeal that looks like another one.
struct Similar {
  store::AppealRow appeal;  // the other one
  store::HintRow hint;
};

// Who of the body's executors should get the appeal, and why.
struct Suggestion {
  store::AppealRow appeal;
  rules::Assignment assignment;
};

// Registration cards (hub/exchange/cards.h): one row of texts for each appeal.
struct Cards {
  std::vector<std::vector<std::string>> rows;
  std::string next;  // cursor, "" at the end
};

// What reading the law data anew changed for open appeals.
struct LawReload {
  std::int64_t appeals = 0, clocks = 0;  // looked at
  std::int64_t moved = 0;                // due dates that changed
  std::int64_t determined = 0;           // due dates that were unknown before
  std::int64_t lost = 0;  // due dates that are unknown now: their calendar year is gone
};

class Service {
 public:
  virtual ~Service() = default;

  // Validates, registers, routes, computes clocks and stores an appeal (a bare appeal or an
  // "appeal/1" message). Failures: "model.…" (all violations), "exchange.duplicate_key" (other content
  // under a known source_system + source_id), "exchange.source_not_allowed", "store.unavailable".
  virtual Result<Submitted> submit(const std::string& document, Form form,
                                   const Caller& caller) = 0;
  // Proof of an accepted appeal again. "store.not_found".
  virtual Result<Receipt> receipt(const std::string& hub_id_or_number) = 0;
  // What the receipt slip (talon, APPC 64(2)) of an accepted appeal says. "store.not_found".
  virtual Result<Talon> talon(const std::string& hub_id_or_number) = 0;
  // By hub_id, or by registration number (Cyrillic or its ASCII transliteration).
  virtual Result<store::AppealRow> find(const std::string& hub_id_or_number) = 0;
  // The canonical decision message (JSON payload), or "" while there is none. `whole`: with the signatures and what they
  // tell of the people who signed; else of the signer the body alone.
  virtual Result<std::string> decisionJson(store::RowId appeal, bool whole) = 0;
  // The canonical appeal payload as JSON.
  virtual Result<std::string> appealJson(store::RowId appeal) = 0;

  // Why each of these clocks ends on its day, in their order (hub/exchange/explanations.h).
  virtual Result<std::vector<rules::LocalText>> explain(
      const std::vector<store::ClockRow>& clocks) = 0;

  // An agency's own request. Verifies the agency's security profile, lets the adapter decode it,
  // stores what it said, signs the answer. Unknown alias: "exchange.unknown_agency".
  virtual Result<NativeAnswer> agencyPush(const std::string& alias, const std::string& method,
                                          const std::string& target,
                                          const std::vector<otinish::Header>& headers,
                                          const std::string& body) = 0;

  // Also those that are not configured and that something waits for.
  virtual std::vector<AgencyStatus> agencies() = 0;
  // Calls the adapter's probe and each endpoint's check.
  virtual Result<otinish::Answer> probe(const std::string& alias) = 0;
  // Dead, rejected, waiting or overdue delivery: try again now, under the same message_id. "store.not_found",
  // "exchange.not_retryable", "exchange.body_not_connected".
  virtual Status retry(store::RowId outbox, const Caller& caller) = 0;

  // A person directs an appeal that waits for its competent body (APPC 65(1)), or that did not reach the body it was
  // sent to. "store.not_found", "exchange.not_routable", "exchange.maybe_received", "exchange.busy",
  // "exchange.unknown_body", "exchange.body_not_connected", "exchange.reason_needed".
  // `not_received`: the body that it was sent to said that it has not got it.
  virtual Result<Routed> route(const std::string& hub_id_or_number, const std::string& body,
                               const std::string& reason, const Caller& caller,
                               bool not_received = false) = 0;

  // The caller's system told the applicant of the extension, or of the forwarding (`of`: "extension", the default,
  // "forwarding"), at (RFC 3339) and by which channel (a code of answer_channel). "store.not_found",
  // "exchange.nothing_to_notify", "exchange.bad_notice". `occasion`: see termsMet.
  virtual Result<Notified> notified(const std::string& hub_id_or_number, const std::string& at,
                                    const std::string& channel, const Caller& caller,
                                    const std::string& of, const std::string& occasion) = 0;

  // What may be done with the appeal today; an empty role asks for every role. "store.not_found",
  // "rules.unknown_role", "rules.no_procedure".
  virtual Result<ActionChoices> actions(const std::string& hub_id_or_number,
                                        const std::string& role) = 0;
  // Does it. What the law bars is refused with its article and the state: "rules.action_…". Also
  // "exchange.role_not_allowed" (the caller may not act so), "exchange.input_needed" and
  // "exchange.bad_input" (with the member in `field`), "exchange.unknown_body",
  // "exchange.body_not_connected", "exchange.busy", "store.…".
  virtual Result<Acted> act(const std::string& hub_id_or_number, const ActionOrder& order,
                            const Caller& caller) = 0;

  // Sub-orders of the appeal to other bodies: all of them, or, to a client of a body that was asked, those it was.
  // "store.not_found".
  virtual Result<SubOrderList> subOrders(const std::string& hub_id_or_number,
                                         const Caller& caller) = 0;
  // Takes a step of one of them; number 0 makes one, or finds what the same order of that maker made before, whatever
  // became of it since. The result holds that one alone. Failures: "exchange.duplicate_sub_order", "store.not_found",
  // "rules.unknown_action", "rules.sub_order_not_allowed", "rules.sub_order_wrong_role", "rules.sub_order_day",
  // "exchange.too_many_sub_orders", "exchange.role_not_allowed", "exchange.input_needed", "exchange.bad_input",
  // "exchange.unknown_body", "exchange.reason_needed", "rules.no_procedure", "rules.procedure_not_in_force".
  virtual Result<SubOrderList> actOnSubOrder(const std::string& hub_id_or_number,
                                             std::int64_t number, const SubOrderOrder& order,
                                             const Caller& caller) = 0;
  // Open ones of all appeals, the earliest day first. "store.bad_cursor".
  virtual Result<SubOrderPage> openSubOrders(const store::SubOrderFilter& filter,
                                             const std::string& after, int limit) = 0;

  // Registration cards of the appeals that fit, the newest first. Personal data: who asks and what for is
  // recorded in the log. "exchange.reason_needed" (purpose), "store.bad_cursor".
  virtual Result<Cards> cards(const store::AppealFilter& filter, const std::string& after,
                              int limit, const std::string& purpose, const Caller& caller) = 0;

  // Who of its body's executors should get the appeal. "store.not_found", "exchange.no_staff",
  // "rules.calendar_missing".
  virtual Result<Suggestion> suggestExecutor(const std::string& hub_id_or_number) = 0;
  // Moves that would even the load within a body (BIN or alias). Failures: as above,
  // "exchange.unknown_body".
  virtual Result<std::vector<rules::Move>> rebalance(const std::string& body, int moves_max) = 0;

  // Appeals that look like this one, the newest first; hints for a person. "store.not_found".
  virtual Result<std::vector<Similar>> similar(const std::string& hub_id_or_number) = 0;
  // A person judged the hint: verdict linked (one matter) or dismissed. "store.not_found",
  // "exchange.bad_input", "exchange.role_not_allowed".
  virtual Result<Similar> judgeSimilar(const std::string& hub_id_or_number,
                                       const std::string& other, const std::string& verdict,
                                       const Caller& caller) = 0;

  // Quarantine: what came whole (the look is recorded in the log); judge again as if it came now; close
  // with a note. "store.not_found", "exchange.quarantine_closed"; replay: "exchange.not_replayable",
  // or the code with which it was refused again; resolve: "exchange.reason_needed".
  virtual Result<std::string> quarantineRaw(store::RowId id, const Caller& caller) = 0;
  virtual Result<store::QuarantineRow> replayQuarantined(store::RowId id, const Caller& caller) = 0;
  virtual Result<store::QuarantineRow> resolveQuarantined(store::RowId id, const std::string& note,
                                                          const Caller& caller) = 0;
  // Closes every open one that the filter takes and that is no newer than `up_to`, with the same note; how many: what
  // came after a person looked is not closed unseen. A filter that takes all is "exchange.bad_input".
  virtual Result<std::int64_t> resolveAllQuarantined(const store::QuarantineFilter& filter,
                                                     store::RowId up_to, const std::string& note,
                                                     const Caller& caller) = 0;

  // How far collecting from an agency has come, by the adapters that asked there. Names of files may stand in it: who
  // looks is recorded in the log. "exchange.unknown_agency": neither configured nor known to the store.
  virtual Result<AgencyCursors> cursors(const std::string& alias, const Caller& caller) = 0;
  // Forgets it for every adapter: the agency is asked as if it were new, and what it gives again is known. Recorded
  // in the log. Failures: as above. How many were forgotten.
  virtual Result<int> resetCursors(const std::string& alias, const Caller& caller) = 0;

  // The law in force; a snapshot.
  virtual std::shared_ptr<const rules::LawBook> law() = 0;
  // Reads the law data anew and counts every open clock again. What is wrong in the data is refused
  // whole, with file and line, and the law in force stays: "rules.data_…". "exchange.busy_reloading".
  virtual Result<LawReload> reloadLaw(const Caller& caller) = 0;

  virtual store::Store& store() = 0;
  virtual transport::AttachmentStore& attachments() = 0;
  // Registers a stored attachment's metadata. Idempotent.
  virtual Status addAttachment(const std::string& sha256, std::int64_t bytes,
                               const std::string& mime) = 0;
  // Success when intake may go on; else the reason ("store.unavailable" …).
  virtual Status ready() = 0;
};

}  // namespace hub::exchange
