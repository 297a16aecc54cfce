#include "hub/model/codes.h"

#include <algorithm>

namespace hub::model::codes {

// Tables: one field or list per line.
// clang-format off

const CodeList kKind{"kind", {"application", "complaint", "message", "proposal", "response",
                              "request", "petition"}};  // APPC 4
const CodeList kProcedure{"procedure",
                          {"appeal", "simplified", "complaint", "petition", "public_service",
                           "outside_appc", "criminal", "civil", "admin_offence"}};  // APPC 3, 87
const CodeList kForm{"form", {"paper", "electronic", "oral", "videoconference"}};
const CodeList kChannel{"channel", {"portal", "egov", "mobile", "service_centre", "post", "email",
                                    "reception", "phone", "edms", "api"}};
const CodeList kCharacter{"character", {"individual", "collective"}};
const CodeList kLanguage{"language", {"kk", "ru", "en", "other"}};
const CodeList kPartyType{"party_type", {"person", "company", "state_body"}};
const CodeList kSex{"sex", {"male", "female"}};
const CodeList kResidency{"residency", {"resident", "non_resident"}};
// Entrepreneurial Code, art. 24; the micro are those of the small that the law eases further.
const CodeList kBusinessCategory{"business_category", {"micro", "small", "medium", "large"}};
const CodeList kMatch{"match", {"full", "partial", "none"}};
const CodeList kAuthorityDoc{"authority_doc_type",
                             {"power_of_attorney", "law", "court_act", "charter", "other"}};
const CodeList kTopicBy{"topic_by", {"person", "model"}};
const CodeList kActOrAction{"act_or_action", {"act", "action", "inaction"}};
const CodeList kNature{"nature", {"duplicate", "similar", "continuation", "same_campaign"}};
// APPC 64(7).
const CodeList kRepeat{"repeat_flag", {"none", "repeat_same", "repeat_new_grounds"}};
// APPC 64(7-2).
const CodeList kUrgent{"urgent_flag", {"crime", "security_threat", "life_risk"}};
const CodeList kConfidentiality{"confidentiality",
                                {"public", "applicant", "restricted", "secret_excluded"}};
const CodeList kAnswerChannel{"answer_channel", {"cabinet", "email", "post", "in_person", "sms"}};
const CodeList kState{
    "state",
    {"draft", "received", "registered", "awaiting_routing", "routed", "assigned", "in_work",
     "nonconforming_notice", "cured", "returned", "forward_prepared", "forward_agreed",
     "forward_signed", "forwarded_full", "forwarded_part", "sent_to_higher", "extension_prepared",
     "extension_agreed", "extension_signed", "extended", "extension_rejected", "extension_revoked",
     "hearing_notified", "hearing_held", "decision_prepared", "decision_agreed", "decision_signed",
     "satisfaction_prepared", "satisfaction_agreed", "executed", "termination_prepared",
     "termination_agreed", "terminated", "leaving_prepared", "leaving_agreed",
     "left_without_consideration", "withdrawn", "withdrawal_prepared", "withdrawal_agreed",
     "withdrawal_refused", "deemed_refused"}};
const CodeList kDayKind{"day_kind", {"working", "calendar", "months"}};
const CodeList kFirstDay{"first_day", {"same_day", "next_day"}};
const CodeList kClockStatus{"clock_status", {"running", "met", "missed", "extended", "cancelled"}};
const CodeList kNomination{"nomination", {"keep", "destroy"}};
const CodeList kSignatureFormat{"signature_format", {"xmldsig", "cms", "jws", "wsse"}};
const CodeList kRevocation{"revocation_result", {"good", "revoked", "unknown"}};
const CodeList kOutcome{
    "outcome",
    {"answered", "noted", "act_favourable", "act_burdensome", "terminated", "returned", "forwarded",
     "act_cancelled", "act_cancelled_new", "action_performed", "not_satisfied", "sent_back",
     "left_without_consideration", "satisfied_by_first_body", "deemed_refused"}};
const CodeList kAnswerCharacter{"answer_character",
                                {"satisfied", "partly", "refused", "explained"}};  // APPC 89
const CodeList kHearingMode{"hearing_mode", {"written", "oral", "videoconference"}};
// APPC 73(2).
const CodeList kWaivedReason{"waived_reason",
                             {"favourable_act", "short_term", "urgency", "applicant_asks",
                              "simplified_procedure", "automated_decision", "other"}};
const CodeList kStatus{"status_code",
                       {"delivered", "registered", "not_registered", "assigned", "in_work",
                        "nonconforming_notice", "hearing_notified", "hearing_held", "extended",
                        "term_changed", "control_set", "control_removed", "forwarded", "returned",
                        "refused", "terminated", "withdrawn", "withdrawal_refused", "executed"}};
const CodeList kQueryKind{"query_kind", {"iin", "bin", "case_status"}};
const CodeList kResult{"result", {"found", "not_found", "refused", "unavailable"}};
const CodeList kMessageType{"message_type",
                            {"appeal/1", "decision/1", "status/1", "supplement/1", "withdrawal/1",
                             "receipt/1", "query/1", "answer/1"}};

const std::vector<const CodeList*>& all() {
  static const std::vector<const CodeList*> kAll = {
      &kKind, &kProcedure, &kForm, &kChannel, &kCharacter, &kLanguage, &kPartyType, &kSex,
      &kResidency, &kBusinessCategory, &kMatch,
      &kAuthorityDoc, &kTopicBy, &kActOrAction, &kNature, &kRepeat, &kUrgent, &kConfidentiality,
      &kAnswerChannel, &kState, &kDayKind, &kFirstDay, &kClockStatus, &kNomination,
      &kSignatureFormat, &kRevocation, &kOutcome, &kAnswerCharacter, &kHearingMode, &kWaivedReason,
      &kStatus, &kQueryKind, &kResult, &kMessageType};
  return kAll;
}

}  // namespace hub::model::codes

namespace hub::model {

bool hasCode(const CodeList& list, std::string_view code) {
  return std::find(list.codes.begin(), list.codes.end(), code) != list.codes.end();
}

bool outcomeIsHubOnly(std::string_view outcome) { return outcome == "deemed_refused"; }

bool answerLanguageAllowed(std::string_view appeal_language, std::string_view answer_language) {
  return answer_language == "kk" || answer_language == appeal_language;
}

namespace {

// Outcomes outside the merits (APPC 64(7), 65, 70) fit every kind.
const CodeList kAnyKind{"any", {"terminated", "returned", "forwarded"}};
const CodeList kApplication{"application", {"act_favourable", "act_burdensome"}};  // APPC 77
// APPC 91(4), 100.
const CodeList kComplaint{"complaint",
                          {"act_cancelled", "act_cancelled_new", "action_performed",
                           "not_satisfied", "sent_back", "left_without_consideration", "satisfied_by_first_body"}};
const CodeList kSimplified{"simplified", {"answered", "noted"}};  // APPC 89

}  // namespace

bool outcomeAllowed(std::string_view kind, std::string_view outcome) {
  if (!hasCode(codes::kKind, kind)) return false;
  if (hasCode(kAnyKind, outcome)) return true;
  if (kind == "application") return hasCode(kApplication, outcome);
  if (kind == "complaint") return hasCode(kComplaint, outcome);
  return hasCode(kSimplified, outcome);
}

// clang-format on

}  // namespace hub::model
