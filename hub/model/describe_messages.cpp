// Descriptions of the eight payloads, and the table that joins them.
#include <algorithm>

#include "hub/model/codes.h"
#include "hub/model/field_builder.h"

namespace hub::model {

// Tables: one field or list per line.
// clang-format off

using builder::field;
using builder::type;
using enum Personal;

template <>
const TypeDescription& describe<Appeal>() {
  static const TypeDescription kType = type<Appeal>("Appeal", {
      field<&Appeal::hub_id>("hub_id", 1).must().byHub().is(Format::kUuid).chars(36),
      field<&Appeal::reg_number>("reg_number", 2).byHub().is(Format::kRegNumber).chars(40),
      field<&Appeal::source_system>("source_system", 3).must().byHub().chars(120),
      field<&Appeal::source_id>("source_id", 4).must().chars(200),
      field<&Appeal::external_ids>("external_ids", 5),
      field<&Appeal::schema_version>("schema_version", 6).must().byHub().chars(20),
      field<&Appeal::kind>("kind", 7).must().codes(codes::kKind),
      field<&Appeal::kind_special>("kind_special", 8).slug(),
      field<&Appeal::procedure>("procedure", 9).must().byHub().codes(codes::kProcedure),
      field<&Appeal::form>("form", 10).must().codes(codes::kForm),
      field<&Appeal::channel>("channel", 11).must().codes(codes::kChannel),
      field<&Appeal::character>("character", 12).must().codes(codes::kCharacter),
      field<&Appeal::applicants_count>("applicants_count", 13).range(1, 20'000'000),
      field<&Appeal::language>("language", 14).must().codes(codes::kLanguage),
      field<&Appeal::applicant>("applicant", 15).must(),
      field<&Appeal::representative>("representative", 16),
      field<&Appeal::addressee_body>("addressee_body", 17).must(),
      field<&Appeal::addressee_official>("addressee_official", 18).chars(300).personal(kName),
      field<&Appeal::competent_body>("competent_body", 19).byHub(),
      field<&Appeal::subject_text>("subject_text", 20).must().text().personal(kFreeText),
      field<&Appeal::summary>("summary", 21).chars(2000).personal(kFreeText),
      field<&Appeal::topic>("topic", 22),
      field<&Appeal::place>("place", 23),
      field<&Appeal::contested>("contested", 24),
      field<&Appeal::previous_appeal>("previous_appeal", 25),
      field<&Appeal::repeat_flag>("repeat_flag", 26).codes(codes::kRepeat),
      field<&Appeal::received_at>("received_at", 27).must().byHub().time(),
      field<&Appeal::registered_at>("registered_at", 28).byHub().time(),
      field<&Appeal::received_by>("received_by", 29),
      field<&Appeal::accounted>("accounted", 30),
      field<&Appeal::urgent_flag>("urgent_flag", 31).codes(codes::kUrgent),
      field<&Appeal::confidentiality>("confidentiality", 32).must().codes(codes::kConfidentiality),
      field<&Appeal::contacts_confirmed>("contacts_confirmed", 33),
      field<&Appeal::contacts_confirmed_at>("contacts_confirmed_at", 34).time(),
      field<&Appeal::answer_channel>("answer_channel", 35).must().codes(codes::kAnswerChannel),
      field<&Appeal::attachments>("attachments", 36),
      field<&Appeal::signatures>("signatures", 37),
      field<&Appeal::parent>("parent", 38).byHub(),
      field<&Appeal::parts>("parts", 39).byHub(),
      field<&Appeal::links>("links", 40).byHub(),
      field<&Appeal::state>("state", 41).must().byHub().codes(codes::kState),
      field<&Appeal::state_since>("state_since", 42).must().byHub().time(),
      field<&Appeal::clocks>("clocks", 43).must().byHub(),
      field<&Appeal::assignment>("assignment", 44).byHub(),
      field<&Appeal::lawsuit>("lawsuit", 45),
      field<&Appeal::archive>("archive", 46).byHub(),
      field<&Appeal::outgoing_number>("outgoing_number", 47).chars(100).personal(kIdentity),
      field<&Appeal::outgoing_date>("outgoing_date", 48).date(),
  });
  return kType;
}

template <>
const TypeDescription& describe<Decision>() {
  static const TypeDescription kType = type<Decision>("Decision", {
      field<&Decision::decision_id>("decision_id", 1).must().byHub().chars(200),
      field<&Decision::appeal_ref>("appeal_ref", 2).must().byHub(),
      field<&Decision::external_ids>("external_ids", 3),
      field<&Decision::body>("body", 4).must().byHub(),
      field<&Decision::official>("official", 5).chars(300).personal(kName),
      field<&Decision::signer>("signer", 6).must().byHub(),
      field<&Decision::decided_at>("decided_at", 7).must().time(),
      field<&Decision::delivered_at>("delivered_at", 8).time(),
      field<&Decision::outcome>("outcome", 9).must().codes(codes::kOutcome),
      field<&Decision::answer_character>("answer_character", 10).codes(codes::kAnswerCharacter),
      field<&Decision::ground>("ground", 11).chars(60),
      field<&Decision::hearing>("hearing", 12),
      field<&Decision::text>("text", 13).must().text().personal(kFreeText),
      field<&Decision::reasons>("reasons", 14).text().personal(kFreeText),
      field<&Decision::legal_refs>("legal_refs", 15),
      field<&Decision::appeal_route>("appeal_route", 16),
      field<&Decision::language>("language", 17).must().codes(codes::kLanguage),
      field<&Decision::measures>("measures", 18),
      field<&Decision::attachments>("attachments", 19),
      field<&Decision::signatures>("signatures", 20).must().byHub(),
      field<&Decision::supersedes>("supersedes", 21).chars(200),
      field<&Decision::rating>("rating", 22),
  });
  return kType;
}

template <>
const TypeDescription& describe<StatusUpdate>() {
  static const TypeDescription kType = type<StatusUpdate>("StatusUpdate", {
      field<&StatusUpdate::appeal_ref>("appeal_ref", 1).must().byHub(),
      field<&StatusUpdate::status>("status", 2).must().codes(codes::kStatus),
      field<&StatusUpdate::agency_number>("agency_number", 3).chars(100),
      field<&StatusUpdate::at>("at", 4).must().time(),
      field<&StatusUpdate::until>("until", 5).date(),
      field<&StatusUpdate::note>("note", 6).chars(4000).personal(kFreeText),
      field<&StatusUpdate::language>("language", 7).codes(codes::kLanguage),
      field<&StatusUpdate::body>("body", 8),
      field<&StatusUpdate::forwarded_to>("forwarded_to", 9),
  });
  return kType;
}

template <>
const TypeDescription& describe<Supplement>() {
  static const TypeDescription kType = type<Supplement>("Supplement", {
      field<&Supplement::appeal_ref>("appeal_ref", 1).must().byHub(),
      field<&Supplement::text>("text", 2).text().personal(kFreeText),
      field<&Supplement::attachments>("attachments", 3),
      field<&Supplement::submitted_at>("submitted_at", 4).must().byHub().time(),
      field<&Supplement::language>("language", 5).codes(codes::kLanguage),
      field<&Supplement::signatures>("signatures", 6),
  });
  return kType;
}

template <>
const TypeDescription& describe<Withdrawal>() {
  static const TypeDescription kType = type<Withdrawal>("Withdrawal", {
      field<&Withdrawal::appeal_ref>("appeal_ref", 1).must().byHub(),
      field<&Withdrawal::reason>("reason", 2).chars(4000).personal(kFreeText),
      field<&Withdrawal::withdrawn_at>("withdrawn_at", 3).must().byHub().time(),
      field<&Withdrawal::signatures>("signatures", 4),
  });
  return kType;
}

template <>
const TypeDescription& describe<Receipt>() {
  static const TypeDescription kType = type<Receipt>("Receipt", {
      field<&Receipt::for_message_id>("for_message_id", 1).must().chars(200),
      field<&Receipt::at>("at", 2).must().time(),
      field<&Receipt::hub_id>("hub_id", 3).is(Format::kUuid).chars(36),
      field<&Receipt::reg_number>("reg_number", 4).is(Format::kRegNumber).chars(40),
      field<&Receipt::state>("state", 5).codes(codes::kState),
      field<&Receipt::registered_at>("registered_at", 6).time(),
      field<&Receipt::due_date>("due_date", 7).date(),
      field<&Receipt::journal_position>("journal_position", 8).range(0, 9e15),
      field<&Receipt::sha256>("sha256", 9).is(Format::kSha256).chars(64),
      field<&Receipt::text_kk>("text_kk", 10).chars(2000),
      field<&Receipt::text_ru>("text_ru", 11).chars(2000),
      field<&Receipt::text_en>("text_en", 12).chars(2000),
      field<&Receipt::problem_code>("problem_code", 13).chars(100),
      field<&Receipt::problem_field>("problem_field", 14).chars(300),
  });
  return kType;
}

template <>
const TypeDescription& describe<Query>() {
  static const TypeDescription kType = type<Query>("Query", {
      field<&Query::kind>("kind", 1).must().codes(codes::kQueryKind),
      field<&Query::value>("value", 2).must().chars(200).personal(kIdentity),
      field<&Query::purpose>("purpose", 3).must().chars(500),
  });
  return kType;
}

template <>
const TypeDescription& describe<Answer>() {
  static const TypeDescription kType = type<Answer>("Answer", {
      field<&Answer::kind>("kind", 1).must().codes(codes::kQueryKind),
      field<&Answer::value>("value", 2).must().chars(200).personal(kIdentity),
      field<&Answer::result>("result", 3).must().codes(codes::kResult),
      field<&Answer::party>("party", 4),
      field<&Answer::status>("status", 5),
      field<&Answer::data>("data", 6).text().personal(kFreeText),
      field<&Answer::at>("at", 7).time(),
      field<&Answer::problem_code>("problem_code", 8).chars(100),
  });
  return kType;
}

const FieldDescription* TypeDescription::find(std::string_view field_name) const {
  for (const FieldDescription& f : fields)
    if (f.name == field_name) return &f;
  return nullptr;
}

const FieldDescription* TypeDescription::find(int thrift_id) const {
  for (const FieldDescription& f : fields)
    if (f.thrift_id == thrift_id) return &f;
  return nullptr;
}

namespace {

template <class T>
PayloadDescription payload(std::string_view element, std::string_view type, std::int16_t id) {
  return {element, type, id, &describe<T>,
          [](Payload& p) -> void* { return &p.emplace<T>(); }};
}

}  // namespace

const std::vector<PayloadDescription>& payloads() {
  static const std::vector<PayloadDescription> kPayloads = {
      payload<Appeal>("appeal", "appeal/1", 2),
      payload<Decision>("decision", "decision/1", 3),
      payload<StatusUpdate>("status", "status/1", 4),
      payload<Supplement>("supplement", "supplement/1", 5),
      payload<Withdrawal>("withdrawal", "withdrawal/1", 6),
      payload<Receipt>("receipt", "receipt/1", 7),
      payload<Query>("query", "query/1", 8),
      payload<Answer>("answer", "answer/1", 9),
  };
  return kPayloads;
}

const PayloadDescription& payloadOf(const Payload& payload) { return payloads()[payload.index()]; }

const PayloadDescription* payloadByElement(std::string_view element) {
  for (const PayloadDescription& p : payloads())
    if (p.element == element) return &p;
  return nullptr;
}

const PayloadDescription* payloadByType(std::string_view type) {
  for (const PayloadDescription& p : payloads())
    if (p.type == type) return &p;
  return nullptr;
}

const void* payloadObject(const Payload& payload) {
  return std::visit([](const auto& object) -> const void* { return &object; }, payload);
}

std::string_view typeOf(const Payload& payload) { return payloadOf(payload).type; }

const std::vector<const TypeDescription*>& allTypes() {
  static const std::vector<const TypeDescription*> kTypes = {
      &describe<Envelope>(), &describe<BodyRef>(), &describe<Ref>(), &describe<ExternalId>(),
      &describe<Link>(), &describe<Names>(), &describe<Verified>(), &describe<Party>(),
      &describe<AuthorityDoc>(), &describe<Representative>(), &describe<Topic>(),
      &describe<Place>(), &describe<Contested>(), &describe<ReceivedBy>(), &describe<Extension>(),
      &describe<Clock>(), &describe<Assignment>(), &describe<Lawsuit>(), &describe<Archive>(),
      &describe<Attachment>(), &describe<Signature>(), &describe<Hearing>(),
      &describe<AppealRoute>(), &describe<Measure>(), &describe<Rating>(), &describe<Appeal>(),
      &describe<Decision>(), &describe<StatusUpdate>(), &describe<Supplement>(),
      &describe<Withdrawal>(), &describe<Receipt>(), &describe<Query>(), &describe<Answer>()};
  return kTypes;
}

std::vector<std::string_view> personalFieldNames() {
  std::vector<std::string_view> names;
  for (const TypeDescription* type : allTypes())
    for (const FieldDescription& f : type->fields)
      if (f.personal != Personal::kNone) names.push_back(f.name);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

// clang-format on

}  // namespace hub::model
