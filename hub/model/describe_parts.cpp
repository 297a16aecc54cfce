// Descriptions of the parts that messages are made of.
#include "hub/model/codes.h"
#include "hub/model/field_builder.h"

namespace hub::model {

// Tables: one field or list per line.
// clang-format off

using builder::field;
using builder::type;
using enum Personal;

template <>
const TypeDescription& describe<Envelope>() {
  static const TypeDescription kType = type<Envelope>("Envelope", {
      field<&Envelope::message_id>("message_id", 1).must().byHub().is(Format::kUuid).chars(36),
      field<&Envelope::correlation_id>("correlation_id", 2).must().byHub().is(Format::kUuid)
          .chars(36),
      field<&Envelope::causation_id>("causation_id", 3).is(Format::kUuid).chars(36),
      field<&Envelope::from>("from", 4).must().byHub().chars(120),
      field<&Envelope::to>("to", 5).must().byHub().chars(120),
      field<&Envelope::type>("type", 6).must().codes(codes::kMessageType),
      field<&Envelope::sent_at>("sent_at", 7).must().byHub().time(),
  });
  return kType;
}

template <>
const TypeDescription& describe<BodyRef>() {
  static const TypeDescription kType = type<BodyRef>("BodyRef", {
      field<&BodyRef::bin>("bin", 1).must().is(Format::kBin).chars(12),
      field<&BodyRef::name>("name", 2),
  });
  return kType;
}

template <>
const TypeDescription& describe<Ref>() {
  static const TypeDescription kType = type<Ref>("Ref", {
      field<&Ref::hub_id>("hub_id", 1).is(Format::kUuid).chars(36),
      field<&Ref::reg_number>("reg_number", 2).is(Format::kRegNumber).chars(40),
      field<&Ref::system>("system", 3).chars(120),
      field<&Ref::id>("id", 4).chars(200),
  });
  return kType;
}

template <>
const TypeDescription& describe<ExternalId>() {
  static const TypeDescription kType = type<ExternalId>("ExternalId", {
      field<&ExternalId::system>("system", 1).must().chars(120),
      field<&ExternalId::id>("id", 2).must().chars(200),
      field<&ExternalId::since>("since", 3).time(),
  });
  return kType;
}

template <>
const TypeDescription& describe<Link>() {
  static const TypeDescription kType = type<Link>("Link", {
      field<&Link::ref>("ref", 1).must(),
      field<&Link::nature>("nature", 2).must().codes(codes::kNature),
  });
  return kType;
}

template <>
const TypeDescription& describe<Names>() {
  static const TypeDescription kType = type<Names>("Names", {
      field<&Names::family>("family", 1).must().chars(120).personal(kName),
      field<&Names::given>("given", 2).chars(120).personal(kName),
      field<&Names::patronymic>("patronymic", 3).chars(120).personal(kName),
  });
  return kType;
}

template <>
const TypeDescription& describe<Verified>() {
  static const TypeDescription kType = type<Verified>("Verified", {
      field<&Verified::register_name>("register", 1).must().chars(60),
      field<&Verified::ts>("ts", 2).must().time(),
      field<&Verified::match>("match", 3).must().codes(codes::kMatch),
  });
  return kType;
}

template <>
const TypeDescription& describe<Party>() {
  static const TypeDescription kType = type<Party>("Party", {
      field<&Party::type>("type", 1).must().codes(codes::kPartyType),
      field<&Party::iin>("iin", 2).is(Format::kIin).chars(12).personal(kIdentity),
      field<&Party::bin>("bin", 3).is(Format::kBin).chars(12).personal(kIdentity),
      field<&Party::names>("names", 4).personal(kName),
      field<&Party::org_name>("org_name", 5).personal(kName),
      field<&Party::org_form>("org_form", 6).chars(120),
      field<&Party::birth_date>("birth_date", 7).date().personal(kIdentity),
      field<&Party::sex>("sex", 8).codes(codes::kSex).personal(kIdentity),
      field<&Party::citizenship>("citizenship", 9).is(Format::kCountry).chars(3)
          .personal(kIdentity),
      field<&Party::social_status>("social_status", 10).slug().personal(kSocial),
      field<&Party::postal_address>("postal_address", 11).chars(1000).personal(kAddress),
      field<&Party::actual_address>("actual_address", 12).chars(1000).personal(kAddress),
      field<&Party::phone>("phone", 13).is(Format::kPhone).chars(30).personal(kContact),
      field<&Party::email>("email", 14).is(Format::kEmail).chars(254).personal(kContact),
      field<&Party::verified>("verified", 15),
      field<&Party::residency>("residency", 16).codes(codes::kResidency).personal(kIdentity),
      field<&Party::nationality>("nationality", 17).slug().personal(kSocial),
      field<&Party::occupation>("occupation", 18).slug().personal(kSocial),
      field<&Party::registered_on>("registered_on", 19).date().personal(kIdentity),
      field<&Party::head>("head", 20).chars(300).personal(kName),
      field<&Party::business_category>("business_category", 21).codes(codes::kBusinessCategory)
          .personal(kIdentity),
  });
  return kType;
}

template <>
const TypeDescription& describe<AuthorityDoc>() {
  static const TypeDescription kType = type<AuthorityDoc>("AuthorityDoc", {
      field<&AuthorityDoc::type>("type", 1).must().codes(codes::kAuthorityDoc),
      field<&AuthorityDoc::number>("number", 2).chars(100),
      field<&AuthorityDoc::issued_at>("issued_at", 3).date(),
      field<&AuthorityDoc::valid_until>("valid_until", 4).date(),
      field<&AuthorityDoc::issued_by>("issued_by", 5).personal(kName),
      field<&AuthorityDoc::attachment_id>("attachment_id", 6).chars(100),
  });
  return kType;
}

template <>
const TypeDescription& describe<Representative>() {
  static const TypeDescription kType = type<Representative>("Representative", {
      field<&Representative::party>("party", 1).must(),
      field<&Representative::authority_doc>("authority_doc", 2).must(),
  });
  return kType;
}

template <>
const TypeDescription& describe<Topic>() {
  static const TypeDescription kType = type<Topic>("Topic", {
      field<&Topic::section>("section", 1).must().slug(),
      field<&Topic::category>("category", 2).slug(),
      field<&Topic::subcategory>("subcategory", 3).slug(),
      field<&Topic::classifier_version>("classifier_version", 4).chars(60),
      field<&Topic::by>("by", 5).must().codes(codes::kTopicBy),
      field<&Topic::confidence>("confidence", 6).range(0, 1),
      field<&Topic::primary>("primary", 7),
  });
  return kType;
}

template <>
const TypeDescription& describe<Place>() {
  static const TypeDescription kType = type<Place>("Place", {
      field<&Place::kato>("kato", 1).is(Format::kKato).chars(9),
      field<&Place::address>("address", 2).chars(1000).personal(kAddress),
      field<&Place::lat>("lat", 3).range(-90, 90).personal(kAddress),
      field<&Place::lon>("lon", 4).range(-180, 180).personal(kAddress),
  });
  return kType;
}

template <>
const TypeDescription& describe<Contested>() {
  static const TypeDescription kType = type<Contested>("Contested", {
      field<&Contested::act_or_action>("act_or_action", 1).must().codes(codes::kActOrAction),
      field<&Contested::doc_no>("doc_no", 2).chars(100),
      field<&Contested::date>("date", 3).date(),
      field<&Contested::body>("body", 4),
      field<&Contested::official>("official", 5).chars(300).personal(kName),
  });
  return kType;
}

template <>
const TypeDescription& describe<ReceivedBy>() {
  static const TypeDescription kType = type<ReceivedBy>("ReceivedBy", {
      field<&ReceivedBy::name>("name", 1).must().chars(300).personal(kName),
      field<&ReceivedBy::post>("post", 2).chars(300),
  });
  return kType;
}

template <>
const TypeDescription& describe<Extension>() {
  static const TypeDescription kType = type<Extension>("Extension", {
      field<&Extension::decided_at>("decided_at", 1).must().time(),
      field<&Extension::by>("by", 2).must().chars(300).personal(kName),
      field<&Extension::reason>("reason", 3).must().chars(4000).personal(kFreeText),
      field<&Extension::until>("until", 4).must().date(),
      field<&Extension::notified_at>("notified_at", 5).time(),
  });
  return kType;
}

template <>
const TypeDescription& describe<Clock>() {
  static const TypeDescription kType = type<Clock>("Clock", {
      field<&Clock::purpose>("purpose", 1).must().slug(),
      field<&Clock::rule_id>("rule_id", 2).must().chars(60),
      field<&Clock::rule_version>("rule_version", 3).must().chars(60),
      field<&Clock::law>("law", 4).must().chars(200),
      field<&Clock::article>("article", 5).must().chars(200),
      field<&Clock::day_kind>("day_kind", 6).must().codes(codes::kDayKind),
      field<&Clock::length>("length", 7).must().range(0, 10'000),
      field<&Clock::first_day>("first_day", 8).must().codes(codes::kFirstDay),
      field<&Clock::start_event>("start_event", 9).must().slug(),
      field<&Clock::start_at>("start_at", 10).must().time(),
      field<&Clock::due_date>("due_date", 11).must().date(),
      field<&Clock::calendar_version>("calendar_version", 12).must().chars(60),
      field<&Clock::status>("status", 13).must().codes(codes::kClockStatus),
      field<&Clock::extensions>("extensions", 14),
      field<&Clock::explanation>("explanation", 15).chars(4000),
  });
  return kType;
}

template <>
const TypeDescription& describe<Assignment>() {
  static const TypeDescription kType = type<Assignment>("Assignment", {
      field<&Assignment::body>("body", 1).must(),
      field<&Assignment::unit>("unit", 2).chars(300),
      field<&Assignment::executor>("executor", 3).chars(300).personal(kName),
      field<&Assignment::co_executors>("co_executors", 4).chars(300).personal(kName),
      field<&Assignment::since>("since", 5).must().time(),
  });
  return kType;
}

template <>
const TypeDescription& describe<Lawsuit>() {
  static const TypeDescription kType = type<Lawsuit>("Lawsuit", {
      field<&Lawsuit::number>("number", 1).must().chars(100),
      field<&Lawsuit::court>("court", 2).must().chars(300),
      field<&Lawsuit::date>("date", 3).must().date(),
      field<&Lawsuit::id>("id", 4).chars(100),
  });
  return kType;
}

template <>
const TypeDescription& describe<Archive>() {
  static const TypeDescription kType = type<Archive>("Archive", {
      field<&Archive::nomination>("nomination", 1).must().codes(codes::kNomination),
      field<&Archive::date>("date", 2).must().date(),
  });
  return kType;
}

template <>
const TypeDescription& describe<Attachment>() {
  static const TypeDescription kType = type<Attachment>("Attachment", {
      field<&Attachment::id>("id", 1).must().chars(100),
      field<&Attachment::name>("name", 2).must().chars(255).personal(kFreeText),
      field<&Attachment::mime>("mime", 3).must().is(Format::kMime).chars(120),
      field<&Attachment::size>("size", 4).must().range(0, 9e15),
      field<&Attachment::sha256>("sha256", 5).must().is(Format::kSha256).chars(64),
      field<&Attachment::description>("description", 6).chars(2000).personal(kFreeText),
  });
  return kType;
}

template <>
const TypeDescription& describe<Signature>() {
  static const TypeDescription kType = type<Signature>("Signature", {
      field<&Signature::format>("format", 1).must().codes(codes::kSignatureFormat),
      field<&Signature::algorithm_oid>("algorithm_oid", 2).is(Format::kOid).chars(100),
      field<&Signature::signer_iin>("signer_iin", 3).is(Format::kIin).chars(12).personal(kIdentity),
      field<&Signature::signer_bin>("signer_bin", 4).is(Format::kBin).chars(12).personal(kIdentity),
      field<&Signature::certificate_serial>("certificate_serial", 5).is(Format::kHex).chars(80),
      field<&Signature::policy>("policy", 6).is(Format::kOid).chars(100),
      field<&Signature::signed_element_id>("signed_element_id", 7).chars(200),
      field<&Signature::tsp_time>("tsp_time", 8).time(),
      field<&Signature::revocation_result>("revocation_result", 9).codes(codes::kRevocation),
      field<&Signature::checked_at>("checked_at", 10).time(),
      // A detached signature holds the signer's certificate, hence the signer's name and number.
      field<&Signature::value>("value", 11).is(Format::kBase64).chars(100'000).personal(kIdentity),
  });
  return kType;
}

template <>
const TypeDescription& describe<Hearing>() {
  static const TypeDescription kType = type<Hearing>("Hearing", {
      field<&Hearing::held>("held", 1),
      field<&Hearing::mode>("mode", 2).codes(codes::kHearingMode),
      field<&Hearing::notified_at>("notified_at", 3).time(),
      field<&Hearing::objection>("objection", 4).chars(4000).personal(kFreeText),
      field<&Hearing::waived_reason>("waived_reason", 5).codes(codes::kWaivedReason),
      field<&Hearing::minutes_ref>("minutes_ref", 6).chars(200),
  });
  return kType;
}

template <>
const TypeDescription& describe<AppealRoute>() {
  static const TypeDescription kType = type<AppealRoute>("AppealRoute", {
      field<&AppealRoute::higher_body>("higher_body", 1),
      field<&AppealRoute::term_days>("term_days", 2).range(1, 3660),
      field<&AppealRoute::term_months>("term_months", 3).range(1, 120),
      field<&AppealRoute::court>("court", 4).chars(300),
  });
  return kType;
}

template <>
const TypeDescription& describe<Measure>() {
  static const TypeDescription kType = type<Measure>("Measure", {
      field<&Measure::type>("type", 1).must().chars(300).personal(kFreeText),
      field<&Measure::due>("due", 2).date(),
      field<&Measure::done>("done", 3).date(),
  });
  return kType;
}

template <>
const TypeDescription& describe<Rating>() {
  static const TypeDescription kType = type<Rating>("Rating", {
      field<&Rating::score>("score", 1).must().range(1, 5),
      field<&Rating::comment>("comment", 2).chars(4000).personal(kFreeText),
      field<&Rating::at>("at", 3).must().time(),
  });
  return kType;
}

// clang-format on

}  // namespace hub::model
