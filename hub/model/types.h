// The canonical model: one appeal and everything that is said about it, as plain values.
//
// Field names are those of the published XSD, JSON Schema and Thrift IDL (contracts/appeal), which
// are generated from the field descriptions (field.h). Codes, dates ("2026-03-17") and timestamps
// (RFC 3339, UTC after decoding: "2026-03-17T05:00:00Z") are text. Presence: a std::string that is
// mandatory is absent when empty; everything optional is std::optional or a vector; a plain struct
// is absent when it equals a default-constructed one; a plain bool or number always has a value
// (the decoders refuse a document that leaves out a mandatory number). Sources: APPC is the
// Administrative Procedural and Process-Related Code No. 350-VI of 29.06.2020. Threads: plain
// values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hub::model {

// An element the descriptions do not know (a newer minor version, a foreign namespace), kept as it
// came and written back by the codec of the same family.
struct UnknownField {
  enum class Family { kXml, kJson, kThrift };
  Family family = Family::kXml;
  std::string name;  // element local name, member name, or Thrift field id as text
  std::string raw;   // the whole element; the member's value as JSON; type, id and value bytes
  bool operator==(const UnknownField&) const = default;
};
using Unknown = std::vector<UnknownField>;

struct Envelope {
  std::string message_id;      // UUIDv7, the same on every attempt
  std::string correlation_id;  // hub_id of the appeal
  std::optional<std::string> causation_id;
  std::string from;  // participant code
  std::string to;
  std::string type;  // "appeal/1" …
  std::string sent_at;
  Unknown unknown;
  bool operator==(const Envelope&) const = default;
};

// A body (state body, company) by its BIN.
struct BodyRef {
  std::string bin;
  std::optional<std::string> name;
  Unknown unknown;
  bool operator==(const BodyRef&) const = default;
};

// An appeal, by whichever name the writer knows. At least one of hub_id, reg_number, system + id.
struct Ref {
  std::optional<std::string> hub_id;
  std::optional<std::string> reg_number;
  std::optional<std::string> system;
  std::optional<std::string> id;
  Unknown unknown;
  bool operator==(const Ref&) const = default;
};

struct ExternalId {
  std::string system;
  std::string id;
  std::optional<std::string> since;
  Unknown unknown;
  bool operator==(const ExternalId&) const = default;
};

struct Link {
  Ref ref;
  std::string nature;  // duplicate, similar, continuation, same_campaign
  Unknown unknown;
  bool operator==(const Link&) const = default;
};

struct Names {
  std::string family;
  std::optional<std::string> given;
  std::optional<std::string> patronymic;
  Unknown unknown;
  bool operator==(const Names&) const = default;
};

struct Verified {
  std::string register_name;  // register that was asked ("gbdfl")
  std::string ts;
  std::string match;  // full, partial, none
  Unknown unknown;
  bool operator==(const Verified&) const = default;
};

struct Party {
  std::string type;  // person, company, state_body
  std::optional<std::string> iin;
  std::optional<std::string> bin;
  std::optional<Names> names;
  std::optional<std::string> org_name;
  std::optional<std::string> org_form;
  std::optional<std::string> birth_date;
  std::optional<std::string> sex;          // male, female
  std::optional<std::string> citizenship;  // ISO 3166-1
  std::optional<std::string> social_status;
  std::optional<std::string> postal_address;  // mandatory for an applicant
  std::optional<std::string> actual_address;  // mandatory for a complaint, APPC 93(2)
  std::vector<std::string> phone;
  std::vector<std::string> email;
  std::optional<Verified> verified;
  std::optional<std::string> residency;    // resident, non_resident
  std::optional<std::string> nationality;  // ethnic; a code of the writer's own list
  std::optional<std::string> occupation;   // a code of the writer's own list
  // Of a company or state body.
  std::optional<std::string> registered_on;      // date of its state registration
  std::optional<std::string> head;               // who leads it
  std::optional<std::string> business_category;  // micro, small, medium, large
  Unknown unknown;
  bool operator==(const Party&) const = default;
};

struct AuthorityDoc {
  std::string type;  // power_of_attorney, law, court_act, charter, other
  std::optional<std::string> number;
  std::optional<std::string> issued_at;    // date
  std::optional<std::string> valid_until;  // date
  std::optional<std::string> issued_by;
  std::optional<std::string> attachment_id;
  Unknown unknown;
  bool operator==(const AuthorityDoc&) const = default;
};

struct Representative {
  Party party;
  AuthorityDoc authority_doc;
  Unknown unknown;
  bool operator==(const Representative&) const = default;
};

struct Topic {
  std::string section;
  std::optional<std::string> category;
  std::optional<std::string> subcategory;
  std::optional<std::string> classifier_version;
  std::string by;                    // person, model
  std::optional<double> confidence;  // 0 … 1
  bool primary = false;
  Unknown unknown;
  bool operator==(const Topic&) const = default;
};

struct Place {
  std::optional<std::string> kato;  // 9 digits
  std::optional<std::string> address;
  std::optional<double> lat;
  std::optional<double> lon;
  Unknown unknown;
  bool operator==(const Place&) const = default;
};

// What a complaint attacks.
struct Contested {
  std::string act_or_action;  // act, action, inaction
  std::optional<std::string> doc_no;
  std::optional<std::string> date;
  std::optional<BodyRef> body;
  std::optional<std::string> official;
  Unknown unknown;
  bool operator==(const Contested&) const = default;
};

// Who took the appeal in: printed on the receipt slip, APPC 64(2).
struct ReceivedBy {
  std::string name;
  std::optional<std::string> post;
  Unknown unknown;
  bool operator==(const ReceivedBy&) const = default;
};

struct Extension {
  std::string decided_at;
  std::string by;
  std::string reason;
  std::string until;  // date
  std::optional<std::string> notified_at;
  Unknown unknown;
  bool operator==(const Extension&) const = default;
};

// One legal term. A due date is never edited, only superseded by another Clock.
struct Clock {
  std::string purpose;  // register, forward, consider, notify, hearing, execute, cure, complain
  std::string rule_id;
  std::string rule_version;
  std::string law;
  std::string article;
  std::string day_kind;  // working, calendar, months
  std::int64_t length = 0;
  std::string first_day;  // same_day, next_day
  std::string start_event;
  std::string start_at;
  std::string due_date;
  std::string calendar_version;
  std::string status;  // running, met, missed, extended, cancelled
  std::vector<Extension> extensions;
  std::optional<std::string> explanation;
  Unknown unknown;
  bool operator==(const Clock&) const = default;
};

struct Assignment {
  BodyRef body;
  std::optional<std::string> unit;
  std::optional<std::string> executor;
  std::vector<std::string> co_executors;
  std::string since;
  Unknown unknown;
  bool operator==(const Assignment&) const = default;
};

struct Lawsuit {
  std::string number;
  std::string court;
  std::string date;
  std::optional<std::string> id;  // in the courts' own system
  Unknown unknown;
  bool operator==(const Lawsuit&) const = default;
};

struct Archive {
  std::string nomination;  // keep, destroy
  std::string date;
  Unknown unknown;
  bool operator==(const Archive&) const = default;
};

// A file by reference: the bytes travel beside the message under their digest.
struct Attachment {
  std::string id;
  std::string name;
  std::string mime;
  std::int64_t size = 0;
  std::string sha256;  // lower-case hex
  std::optional<std::string> description;
  Unknown unknown;
  bool operator==(const Attachment&) const = default;
};

struct Signature {
  std::string format;  // xmldsig, cms, jws, wsse
  std::optional<std::string> algorithm_oid;
  std::optional<std::string> signer_iin;
  std::optional<std::string> signer_bin;
  std::optional<std::string> certificate_serial;
  std::optional<std::string> policy;
  std::optional<std::string> signed_element_id;
  std::optional<std::string> tsp_time;
  std::optional<std::string> revocation_result;  // good, revoked, unknown
  std::optional<std::string> checked_at;
  std::optional<std::string> value;  // detached signature, base64
  Unknown unknown;
  bool operator==(const Signature&) const = default;
};

struct Appeal {
  std::string hub_id;
  std::optional<std::string> reg_number;
  std::string source_system;
  std::string source_id;
  std::vector<ExternalId> external_ids;
  std::string schema_version;
  std::string kind;  // application, complaint, message, proposal, response, request, petition
  std::optional<std::string> kind_special;
  std::string procedure;
  std::string form;
  std::string channel;
  std::string character;  // individual, collective
  std::optional<std::int64_t> applicants_count;
  std::string language;  // kk, ru, en, other
  std::vector<Party> applicant;
  std::optional<Representative> representative;
  BodyRef addressee_body;
  std::optional<std::string> addressee_official;
  std::optional<BodyRef> competent_body;
  std::string subject_text;
  std::optional<std::string> summary;
  std::vector<Topic> topic;
  std::vector<Place> place;
  std::optional<Contested> contested;
  std::vector<Ref> previous_appeal;
  std::optional<std::string> repeat_flag;  // none, repeat_same, repeat_new_grounds
  std::string received_at;
  std::optional<std::string> registered_at;
  std::optional<ReceivedBy> received_by;
  bool accounted = true;                   // APPC 69(3)
  std::optional<std::string> urgent_flag;  // crime, security_threat, life_risk
  std::string confidentiality;
  bool contacts_confirmed = false;  // APPC 66(4); absence is read as "not confirmed"
  std::optional<std::string> contacts_confirmed_at;
  std::vector<std::string> answer_channel;
  std::vector<Attachment> attachments;
  std::vector<Signature> signatures;
  std::optional<Ref> parent;
  std::vector<Ref> parts;
  std::vector<Link> links;
  std::string state;
  std::string state_since;
  std::vector<Clock> clocks;
  std::vector<Assignment> assignment;
  std::vector<Lawsuit> lawsuit;
  std::optional<Archive> archive;
  std::optional<std::string> outgoing_number;  // of the letter, by the applicant's own register
  std::optional<std::string> outgoing_date;
  Unknown unknown;
  bool operator==(const Appeal&) const = default;
};

// APPC 73.
struct Hearing {
  bool held = false;
  std::optional<std::string> mode;  // written, oral, videoconference
  std::optional<std::string> notified_at;
  std::optional<std::string> objection;
  std::optional<std::string> waived_reason;
  std::optional<std::string> minutes_ref;
  Unknown unknown;
  bool operator==(const Hearing&) const = default;
};

// How the decision can be complained of, APPC 80(5). Its absence gives six months, APPC 92(1-1).
struct AppealRoute {
  std::optional<BodyRef> higher_body;
  std::optional<std::int64_t> term_days;
  std::optional<std::int64_t> term_months;
  std::optional<std::string> court;
  Unknown unknown;
  bool operator==(const AppealRoute&) const = default;
};

struct Measure {
  std::string type;
  std::optional<std::string> due;   // date, APPC 86(3)
  std::optional<std::string> done;  // date
  Unknown unknown;
  bool operator==(const Measure&) const = default;
};

struct Rating {
  std::int64_t score = 0;  // 1 … 5
  std::optional<std::string> comment;
  std::string at;
  Unknown unknown;
  bool operator==(const Rating&) const = default;
};

struct Decision {
  std::string decision_id;
  Ref appeal_ref;
  std::vector<ExternalId> external_ids;
  BodyRef body;
  std::string official;
  Party signer;
  std::string decided_at;
  std::optional<std::string> delivered_at;
  std::string outcome;
  std::optional<std::string> answer_character;  // satisfied, partly, refused, explained
  std::vector<std::string> ground;
  std::optional<Hearing> hearing;
  std::string text;
  std::optional<std::string> reasons;
  std::vector<std::string> legal_refs;
  std::optional<AppealRoute> appeal_route;
  std::string language;
  std::vector<Measure> measures;
  std::vector<Attachment> attachments;
  std::vector<Signature> signatures;
  std::optional<std::string> supersedes;  // decision_id, APPC 82
  std::optional<Rating> rating;
  Unknown unknown;
  bool operator==(const Decision&) const = default;
};

// What happened to an appeal at an agency, short of a decision.
struct StatusUpdate {
  Ref appeal_ref;
  std::string status;
  std::optional<std::string> agency_number;
  std::string at;
  std::optional<std::string> until;  // date: new term, for extended and nonconforming_notice
  std::optional<std::string> note;
  std::optional<std::string> language;
  std::optional<BodyRef> body;
  std::optional<BodyRef> forwarded_to;
  Unknown unknown;
  bool operator==(const StatusUpdate&) const = default;
};

// More text or files for an appeal that is already under way.
struct Supplement {
  Ref appeal_ref;
  std::optional<std::string> text;
  std::vector<Attachment> attachments;
  std::string submitted_at;
  std::optional<std::string> language;
  std::vector<Signature> signatures;
  Unknown unknown;
  bool operator==(const Supplement&) const = default;
};

// Withdrawal by written statement before the decision, APPC 64(9).
struct Withdrawal {
  Ref appeal_ref;
  std::optional<std::string> reason;
  std::string withdrawn_at;
  std::vector<Signature> signatures;
  Unknown unknown;
  bool operator==(const Withdrawal&) const = default;
};

// The hub's (or an agency's) answer to one message: taken in, or why not.
struct Receipt {
  std::string for_message_id;
  std::string at;
  std::optional<std::string> hub_id;
  std::optional<std::string> reg_number;
  std::optional<std::string> state;
  std::optional<std::string> registered_at;
  std::optional<std::string> due_date;
  std::optional<std::int64_t> journal_position;
  std::optional<std::string> sha256;  // digest of the message as received
  std::optional<std::string> text_kk;
  std::optional<std::string> text_ru;
  std::optional<std::string> text_en;
  std::optional<std::string> problem_code;
  std::optional<std::string> problem_field;
  Unknown unknown;
  bool operator==(const Receipt&) const = default;
};

struct Query {
  std::string kind;  // iin, bin, case_status
  std::string value;
  std::string purpose;  // why personal data is asked for; recorded
  Unknown unknown;
  bool operator==(const Query&) const = default;
};

struct Answer {
  std::string kind;
  std::string value;
  std::string result;                  // found, not_found, refused, unavailable
  std::optional<Party> party;          // iin, bin
  std::optional<StatusUpdate> status;  // case_status
  std::optional<std::string> data;     // the register's own answer, JSON
  std::optional<std::string> at;
  std::optional<std::string> problem_code;
  Unknown unknown;
  bool operator==(const Answer&) const = default;
};

using Payload =
    std::variant<Appeal, Decision, StatusUpdate, Supplement, Withdrawal, Receipt, Query, Answer>;

struct Message {
  Envelope envelope;
  Payload payload;
  Unknown unknown;  // beside envelope and payload
  bool operator==(const Message&) const = default;
};

// "appeal/1", "decision/1", "status/1", … for the alternative the payload holds.
std::string_view typeOf(const Payload& payload);

}  // namespace hub::model
