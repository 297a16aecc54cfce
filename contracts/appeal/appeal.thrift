// Generated from the field descriptions of hub/model by model_contracts; do not edit.
// The typed form of urn:otinish:appeal:1. What is mandatory, the codes and the limits stand in
// appeal.xsd; every field is optional on the wire so that versions can live side by side.
namespace cpp otinish.appeal
namespace py otinish_appeal

struct Envelope {
  1: optional string message_id
  2: optional string correlation_id
  3: optional string causation_id
  4: optional string from_
  5: optional string to
  6: optional string type  // one of: message_type
  7: optional string sent_at
}

struct BodyRef {
  1: optional string bin
  2: optional string name
}

struct Ref {
  1: optional string hub_id
  2: optional string reg_number
  3: optional string system
  4: optional string id
}

struct ExternalId {
  1: optional string system
  2: optional string id
  3: optional string since
}

struct Link {
  1: optional Ref ref
  2: optional string nature  // one of: nature
}

struct Names {
  1: optional string family
  2: optional string given
  3: optional string patronymic
}

struct Verified {
  1: optional string register_
  2: optional string ts
  3: optional string match  // one of: match
}

struct Party {
  1: optional string type  // one of: party_type
  2: optional string iin
  3: optional string bin
  4: optional Names names
  5: optional string org_name
  6: optional string org_form
  7: optional string birth_date
  8: optional string sex  // one of: sex
  9: optional string citizenship
  10: optional string social_status
  11: optional string postal_address
  12: optional string actual_address
  13: optional list<string> phone
  14: optional list<string> email
  15: optional Verified verified
  16: optional string residency  // one of: residency
  17: optional string nationality
  18: optional string occupation
  19: optional string registered_on
  20: optional string head
  21: optional string business_category  // one of: business_category
}

struct AuthorityDoc {
  1: optional string type  // one of: authority_doc_type
  2: optional string number
  3: optional string issued_at
  4: optional string valid_until
  5: optional string issued_by
  6: optional string attachment_id
}

struct Representative {
  1: optional Party party
  2: optional AuthorityDoc authority_doc
}

struct Topic {
  1: optional string section
  2: optional string category
  3: optional string subcategory
  4: optional string classifier_version
  5: optional string by_  // one of: topic_by
  6: optional double confidence
  7: optional bool primary
}

struct Place {
  1: optional string kato
  2: optional string address
  3: optional double lat
  4: optional double lon
}

struct Contested {
  1: optional string act_or_action  // one of: act_or_action
  2: optional string doc_no
  3: optional string date
  4: optional BodyRef body
  5: optional string official
}

struct ReceivedBy {
  1: optional string name
  2: optional string post
}

struct Extension {
  1: optional string decided_at
  2: optional string by_
  3: optional string reason
  4: optional string until_
  5: optional string notified_at
}

struct Clock {
  1: optional string purpose
  2: optional string rule_id
  3: optional string rule_version
  4: optional string law
  5: optional string article
  6: optional string day_kind  // one of: day_kind
  7: optional i64 length
  8: optional string first_day  // one of: first_day
  9: optional string start_event
  10: optional string start_at
  11: optional string due_date
  12: optional string calendar_version
  13: optional string status  // one of: clock_status
  14: optional list<Extension> extensions
  15: optional string explanation
}

struct Assignment {
  1: optional BodyRef body
  2: optional string unit
  3: optional string executor
  4: optional list<string> co_executors
  5: optional string since
}

struct Lawsuit {
  1: optional string number
  2: optional string court
  3: optional string date
  4: optional string id
}

struct Archive {
  1: optional string nomination  // one of: nomination
  2: optional string date
}

struct Attachment {
  1: optional string id
  2: optional string name
  3: optional string mime
  4: optional i64 size
  5: optional string sha256
  6: optional string description
}

struct Signature {
  1: optional string format  // one of: signature_format
  2: optional string algorithm_oid
  3: optional string signer_iin
  4: optional string signer_bin
  5: optional string certificate_serial
  6: optional string policy
  7: optional string signed_element_id
  8: optional string tsp_time
  9: optional string revocation_result  // one of: revocation_result
  10: optional string checked_at
  11: optional string value
}

struct Hearing {
  1: optional bool held
  2: optional string mode  // one of: hearing_mode
  3: optional string notified_at
  4: optional string objection
  5: optional string waived_reason  // one of: waived_reason
  6: optional string minutes_ref
}

struct AppealRoute {
  1: optional BodyRef higher_body
  2: optional i64 term_days
  3: optional i64 term_months
  4: optional string court
}

struct Measure {
  1: optional string type
  2: optional string due
  3: optional string done
}

struct Rating {
  1: optional i64 score
  2: optional string comment
  3: optional string at
}

struct Appeal {
  1: optional string hub_id
  2: optional string reg_number
  3: optional string source_system
  4: optional string source_id
  5: optional list<ExternalId> external_ids
  6: optional string schema_version
  7: optional string kind  // one of: kind
  8: optional string kind_special
  9: optional string procedure  // one of: procedure
  10: optional string form  // one of: form
  11: optional string channel  // one of: channel
  12: optional string character  // one of: character
  13: optional i64 applicants_count
  14: optional string language  // one of: language
  15: optional list<Party> applicant
  16: optional Representative representative
  17: optional BodyRef addressee_body
  18: optional string addressee_official
  19: optional BodyRef competent_body
  20: optional string subject_text
  21: optional string summary
  22: optional list<Topic> topic
  23: optional list<Place> place
  24: optional Contested contested
  25: optional list<Ref> previous_appeal
  26: optional string repeat_flag  // one of: repeat_flag
  27: optional string received_at
  28: optional string registered_at
  29: optional ReceivedBy received_by
  30: optional bool accounted
  31: optional string urgent_flag  // one of: urgent_flag
  32: optional string confidentiality  // one of: confidentiality
  33: optional bool contacts_confirmed
  34: optional string contacts_confirmed_at
  35: optional list<string> answer_channel  // one of: answer_channel
  36: optional list<Attachment> attachments
  37: optional list<Signature> signatures
  38: optional Ref parent
  39: optional list<Ref> parts
  40: optional list<Link> links
  41: optional string state  // one of: state
  42: optional string state_since
  43: optional list<Clock> clocks
  44: optional list<Assignment> assignment
  45: optional list<Lawsuit> lawsuit
  46: optional Archive archive
  47: optional string outgoing_number
  48: optional string outgoing_date
}

struct Decision {
  1: optional string decision_id
  2: optional Ref appeal_ref
  3: optional list<ExternalId> external_ids
  4: optional BodyRef body
  5: optional string official
  6: optional Party signer
  7: optional string decided_at
  8: optional string delivered_at
  9: optional string outcome  // one of: outcome
  10: optional string answer_character  // one of: answer_character
  11: optional list<string> ground
  12: optional Hearing hearing
  13: optional string text
  14: optional string reasons
  15: optional list<string> legal_refs
  16: optional AppealRoute appeal_route
  17: optional string language  // one of: language
  18: optional list<Measure> measures
  19: optional list<Attachment> attachments
  20: optional list<Signature> signatures
  21: optional string supersedes
  22: optional Rating rating
}

struct StatusUpdate {
  1: optional Ref appeal_ref
  2: optional string status  // one of: status_code
  3: optional string agency_number
  4: optional string at
  5: optional string until_
  6: optional string note
  7: optional string language  // one of: language
  8: optional BodyRef body
  9: optional BodyRef forwarded_to
}

struct Supplement {
  1: optional Ref appeal_ref
  2: optional string text
  3: optional list<Attachment> attachments
  4: optional string submitted_at
  5: optional string language  // one of: language
  6: optional list<Signature> signatures
}

struct Withdrawal {
  1: optional Ref appeal_ref
  2: optional string reason
  3: optional string withdrawn_at
  4: optional list<Signature> signatures
}

struct Receipt {
  1: optional string for_message_id
  2: optional string at
  3: optional string hub_id
  4: optional string reg_number
  5: optional string state  // one of: state
  6: optional string registered_at
  7: optional string due_date
  8: optional i64 journal_position
  9: optional string sha256
  10: optional string text_kk
  11: optional string text_ru
  12: optional string text_en
  13: optional string problem_code
  14: optional string problem_field
}

struct Query {
  1: optional string kind  // one of: query_kind
  2: optional string value
  3: optional string purpose
}

struct Answer {
  1: optional string kind  // one of: query_kind
  2: optional string value
  3: optional string result  // one of: result
  4: optional Party party
  5: optional StatusUpdate status
  6: optional string data
  7: optional string at
  8: optional string problem_code
}

// The envelope and exactly one payload.
struct Message {
  1: optional Envelope envelope
  2: optional Appeal appeal
  3: optional Decision decision
  4: optional StatusUpdate status
  5: optional Supplement supplement
  6: optional Withdrawal withdrawal
  7: optional Receipt receipt
  8: optional Query query
  9: optional Answer answer
}
