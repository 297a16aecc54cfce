#include "hub/model/validate.h"

#include <algorithm>
#include <chrono>
#include <set>

#include "hub/base/text.h"
#include "hub/model/codec_common.h"
#include "hub/model/codes.h"

namespace hub::model {
namespace {

constexpr auto kClockSkew = std::chrono::minutes(10);
// A day later than UTC's may already be today in Kazakhstan (UTC+5).
constexpr auto kAheadOfUtc = std::chrono::hours(6);
constexpr std::size_t kErrorsMax = 200;

class Validator {
 public:
  Validator(const ValidateOptions& options, const Limits& limits)
      : options_(options),
        limits_(limits),
        today_(std::chrono::floor<std::chrono::days>(options.now + kAheadOfUtc)) {}

  void message(const Message& message);
  std::vector<Error> take() { return std::move(errors_); }

 private:
  bool submitted() const { return options_.profile == Profile::kSubmitted; }
  void add(std::string_view code, std::string_view text, const Path& at) {
    if (errors_.size() < kErrorsMax)
      errors_.push_back({std::string(code), std::string(text), at.text(), 0});
  }
  void add(const Status& status, const Path& at) {
    if (!status.ok()) add(status.error().code, status.error().text, at);
  }

  // By the field descriptions.
  void object(const TypeDescription& type, const void* object, const Path& at);
  void value(const FieldDescription& field, const void* value, const Path& at);
  void text(const FieldDescription& field, const std::string& text, const Path& at);
  void shape(const FieldDescription& field, const std::string& text, const Path& at);
  void range(const FieldDescription& field, double number, const Path& at) {
    if (!(number >= field.min && number <= field.max))
      add("model.out_of_range", "The number is outside its range", at);
  }

  // Rules that join fields.
  void rules(const Envelope& envelope, std::string_view type);
  void rules(const Appeal& appeal, const Path& at);
  void rules(const Decision& decision, const Path& at);
  void rules(const StatusUpdate& status, const Path& at);
  void rules(const Supplement& supplement, const Path& at);
  void rules(const Withdrawal& withdrawal, const Path& at);
  void rules(const Receipt& receipt, const Path& at);
  void rules(const Query& query, const Path& at);
  void rules(const Answer& answer, const Path& at);
  void party(const Party& party, const Path& at);
  void applicant(const Party& party, bool complaint, const Path& at);
  void complaint(const Appeal& appeal, const Path& at);
  void number(const Appeal& appeal, const Path& at);
  void answerChannels(const Appeal& appeal, const Path& at);
  void ref(const Ref& ref, const Path& at);
  void attachments(const std::vector<Attachment>& attachments, const Path& at);
  void identity(std::string_view kind, const std::string& value, const Path& at);
  void notFuture(const std::string& timestamp, std::string_view name, const Path& at);
  void notFuture(const std::optional<std::string>& timestamp, std::string_view name,
                 const Path& at) {
    if (timestamp) notFuture(*timestamp, name, at);
  }
  void dateNotFuture(const std::optional<std::string>& date, std::string_view name, const Path& at);
  void inOrder(const std::string& first, const std::string& then, std::string_view name,
               const Path& at);

  const ValidateOptions& options_;
  const Limits& limits_;
  Date today_;  // the latest that it is already
  std::vector<Error> errors_;
};

void Validator::object(const TypeDescription& type, const void* object, const Path& at) {
  for (const FieldDescription& field : type.fields) {
    const std::size_t n = field.count(object);
    if (n == 0 && field.mandatory && !(field.hub_owned && submitted()))
      add("model.required", "A mandatory field is absent", Path{&at, field.name});
    if (n > limits_.list_items_max)
      add("model.too_many", "More items than list_items_max", Path{&at, field.name});
    for (std::size_t i = 0; i < std::min(n, limits_.list_items_max); ++i)
      value(field, field.at(object, i),
            Path{&at, field.name, field.repeated ? static_cast<long>(i) : -1});
  }
}

void Validator::value(const FieldDescription& field, const void* value, const Path& at) {
  switch (field.kind) {
    case Kind::kStruct:
      return object(field.sub(), value, at);
    case Kind::kInt:
      return range(field, static_cast<double>(*static_cast<const std::int64_t*>(value)), at);
    case Kind::kDouble:
      return range(field, *static_cast<const double*>(value), at);
    case Kind::kBool:
      return;
    default:
      return text(field, *static_cast<const std::string*>(value), at);
  }
}

void Validator::text(const FieldDescription& field, const std::string& text, const Path& at) {
  if (!isUtf8(text) || !isXmlText(text))
    return add("model.bad_character", "A character that XML cannot carry", at);
  std::size_t max = field.length_max;
  if (field.kind == Kind::kText) max = limits_.text_chars_max;
  if (text.size() > max && utf8Length(text) > max)
    return add("model.too_long", "The text is longer than " + std::to_string(max) + " characters",
               at);
  if (trim(text).empty()) return add("model.blank", "The field is present but blank", at);
  if (field.codes && !hasCode(*field.codes, text))
    return add("model.unknown_code", "Not a code of the list " + std::string(field.codes->name),
               at);
  if (field.kind == Kind::kDate && !parseDate(text).ok())
    return add("model.bad_date", "Not a date as 2026-03-17", at);
  if (field.kind == Kind::kTimestamp && !parseInstant(text).ok())
    return add("model.bad_timestamp", "Not a timestamp as 2026-03-17T05:00:00Z", at);
  shape(field, text, at);
}

void Validator::shape(const FieldDescription& field, const std::string& text, const Path& at) {
  if (field.format == Format::kIin) return add(checkIin(text, options_.identity, today_), at);
  if (field.format == Format::kBin) return add(checkBin(text, options_.identity), at);
  if (!matches(field.format, text))
    add("model.bad_format", "The value has not the field's shape", at);
}

void Validator::notFuture(const std::string& timestamp, std::string_view name, const Path& at) {
  Result<Instant> instant = parseInstant(timestamp);
  if (instant.ok() && *instant > options_.now + kClockSkew)
    add("model.future_date", "The time lies in the future", Path{&at, name});
}

void Validator::dateNotFuture(const std::optional<std::string>& date, std::string_view name,
                              const Path& at) {
  if (!date) return;
  Result<Date> day = parseDate(*date);
  if (day.ok() && *day > today_)
    add("model.future_date", "The date lies in the future", Path{&at, name});
}

void Validator::inOrder(const std::string& first, const std::string& then, std::string_view name,
                        const Path& at) {
  Result<Instant> a = parseInstant(first), b = parseInstant(then);
  if (a.ok() && b.ok() && *b < *a)
    add("model.date_order", "The time lies before the event it follows", Path{&at, name});
}

void Validator::rules(const Envelope& envelope, std::string_view type) {
  const Path at{nullptr, "envelope"};
  if (hasCode(codes::kMessageType, envelope.type) && envelope.type != type)
    add("model.type_mismatch", "The envelope names another type than the payload has",
        Path{&at, "type"});
  notFuture(envelope.sent_at, "sent_at", at);
}

void Validator::ref(const Ref& ref, const Path& at) {
  if (!ref.hub_id && !ref.reg_number && !(ref.system && ref.id) && ref != Ref{})
    add("model.ref_empty", "hub_id, reg_number, or system with id is needed", at);
}

void Validator::party(const Party& party, const Path& at) {
  if (party.type == "person" && !party.iin && !party.names)
    add("model.party_identity", "A person needs an IIN or names", at);
  if ((party.type == "company" || party.type == "state_body") && !party.bin && !party.org_name)
    add("model.party_identity", "A company needs a BIN or a name", at);
  dateNotFuture(party.birth_date, "birth_date", at);
  dateNotFuture(party.registered_on, "registered_on", at);
}

void Validator::applicant(const Party& p, bool complaint, const Path& at) {
  party(p, at);
  if (!p.postal_address)
    add("model.required", "An applicant needs a postal address", Path{&at, "postal_address"});
  if (complaint && !p.actual_address)  // APPC 93(2)
    add("model.required", "A complaint needs the actual address", Path{&at, "actual_address"});
}

void Validator::complaint(const Appeal& appeal, const Path& at) {
  if (appeal.kind == "complaint" && !appeal.contested)  // APPC 93(2)
    add("model.required", "A complaint names what it contests", Path{&at, "contested"});
  if (!appeal.contested) return;
  const Path here{&at, "contested"};
  dateNotFuture(appeal.contested->date, "date", here);
}

// APPC 4: a petition is collective and electronic.
void Validator::number(const Appeal& appeal, const Path& at) {
  const bool collective = appeal.character == "collective";
  if (collective && appeal.applicants_count.value_or(0) < 2)
    add("model.applicants_count", "A collective appeal has at least two applicants",
        Path{&at, "applicants_count"});
  if (appeal.character == "individual" && appeal.applicants_count.value_or(1) != 1)
    add("model.applicants_count", "An individual appeal has one applicant",
        Path{&at, "applicants_count"});
  if (appeal.character == "individual" && appeal.applicant.size() > 1)
    add("model.applicants_count", "An individual appeal has one applicant", Path{&at, "applicant"});
  const auto named = static_cast<std::int64_t>(appeal.applicant.size());
  if (collective && appeal.applicants_count.value_or(0) >= 2 && *appeal.applicants_count < named)
    add("model.applicants_count", "Fewer than the applicants named", Path{&at, "applicants_count"});
  if (appeal.kind == "petition" && (!collective || appeal.form != "electronic"))
    add("model.petition_form", "A petition is collective and electronic", Path{&at, "character"});
}

void Validator::answerChannels(const Appeal& appeal, const Path& at) {
  auto any = [&](auto has) {
    return std::any_of(appeal.applicant.begin(), appeal.applicant.end(), has) ||
           (appeal.representative && has(appeal.representative->party));
  };
  const bool phone = any([](const Party& p) { return !p.phone.empty(); });
  const bool email = any([](const Party& p) { return !p.email.empty(); });
  for (std::size_t i = 0; i < appeal.answer_channel.size(); ++i) {
    const std::string& channel = appeal.answer_channel[i];
    if ((channel == "sms" && !phone) || (channel == "email" && !email))
      add("model.answer_channel", "The answer channel has no contact",
          Path{&at, "answer_channel", static_cast<long>(i)});
  }
}

void Validator::attachments(const std::vector<Attachment>& list, const Path& at) {
  std::set<std::string_view> ids;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Path here{&at, "attachments", static_cast<long>(i)};
    if (list[i].size > 0 && static_cast<std::size_t>(list[i].size) > limits_.attachment_bytes_max)
      add("model.attachment_too_large", "Larger than attachment_bytes_max", Path{&here, "size"});
    if (!ids.insert(list[i].id).second)
      add("model.duplicate_id", "Two attachments have one id", Path{&here, "id"});
  }
}

void Validator::rules(const Appeal& appeal, const Path& at) {
  for (std::size_t i = 0; i < appeal.applicant.size(); ++i)
    applicant(appeal.applicant[i], appeal.kind == "complaint",
              Path{&at, "applicant", static_cast<long>(i)});
  const Path deputy{&at, "representative"};
  if (appeal.representative) party(appeal.representative->party, Path{&deputy, "party"});
  complaint(appeal, at);
  number(appeal, at);
  answerChannels(appeal, at);
  attachments(appeal.attachments, at);
  notFuture(appeal.received_at, "received_at", at);
  notFuture(appeal.registered_at, "registered_at", at);
  notFuture(appeal.contacts_confirmed_at, "contacts_confirmed_at", at);
  dateNotFuture(appeal.outgoing_date, "outgoing_date", at);
  if (appeal.registered_at) inOrder(appeal.received_at, *appeal.registered_at, "registered_at", at);
  for (std::size_t i = 0; i < appeal.previous_appeal.size(); ++i)
    ref(appeal.previous_appeal[i], Path{&at, "previous_appeal", static_cast<long>(i)});
  for (std::size_t i = 0; i < appeal.place.size(); ++i)
    if (appeal.place[i].lat.has_value() != appeal.place[i].lon.has_value())
      add("model.coordinates", "Latitude and longitude go together",
          Path{&at, "place", static_cast<long>(i)});
  if (std::count_if(appeal.topic.begin(), appeal.topic.end(),
                    [](const Topic& t) { return t.primary; }) > 1)
    add("model.primary_topic", "At most one topic is primary", Path{&at, "topic"});
}

void Validator::rules(const Decision& decision, const Path& at) {
  if (submitted() && outcomeIsHubOnly(decision.outcome))  // APPC 91(2), 100(5): by operation of law
    add("model.outcome_hub_only", "Only the hub records a deemed refusal", Path{&at, "outcome"});
  if (submitted() && decision.official.empty())  // who decided decides whether he might, APPC 97(2)
    add("model.required", "A body names the official who decided", Path{&at, "official"});
  ref(decision.appeal_ref, Path{&at, "appeal_ref"});
  if (!decision.signer.type.empty()) party(decision.signer, Path{&at, "signer"});
  attachments(decision.attachments, at);
  notFuture(decision.decided_at, "decided_at", at);
  notFuture(decision.delivered_at, "delivered_at", at);
  if (decision.delivered_at)
    inOrder(decision.decided_at, *decision.delivered_at, "delivered_at", at);
  if (decision.appeal_route && decision.appeal_route->term_days &&
      decision.appeal_route->term_months)
    add("model.term_twice", "A term in days or in months, not both", Path{&at, "appeal_route"});
}

void Validator::rules(const StatusUpdate& status, const Path& at) {
  ref(status.appeal_ref, Path{&at, "appeal_ref"});
  notFuture(status.at, "at", at);
  if (status.status == "extended" && !status.until)  // APPC 76(3)
    add("model.required", "An extension names the new date", Path{&at, "until"});
}

void Validator::rules(const Supplement& supplement, const Path& at) {
  ref(supplement.appeal_ref, Path{&at, "appeal_ref"});
  attachments(supplement.attachments, at);
  notFuture(supplement.submitted_at, "submitted_at", at);
  if (!supplement.text && supplement.attachments.empty())
    add("model.supplement_empty", "A supplement brings text or files", at);
}

void Validator::rules(const Withdrawal& withdrawal, const Path& at) {
  ref(withdrawal.appeal_ref, Path{&at, "appeal_ref"});
  notFuture(withdrawal.withdrawn_at, "withdrawn_at", at);
}

void Validator::rules(const Receipt& receipt, const Path& at) { notFuture(receipt.at, "at", at); }

void Validator::identity(std::string_view kind, const std::string& value, const Path& at) {
  if (value.empty()) return;
  if (kind == "iin") add(checkIin(value, options_.identity, today_), at);
  if (kind == "bin") add(checkBin(value, options_.identity), at);
}

void Validator::rules(const Query& query, const Path& at) {
  identity(query.kind, query.value, Path{&at, "value"});
}

void Validator::rules(const Answer& answer, const Path& at) {
  identity(answer.kind, answer.value, Path{&at, "value"});
  if (answer.party) party(*answer.party, Path{&at, "party"});
  if (answer.status) rules(*answer.status, Path{&at, "status"});
  if (answer.result == "found" && !answer.party && !answer.status && !answer.data)
    add("model.answer_empty", "Found, but nothing is given", at);
}

void Validator::message(const Message& message) {
  const PayloadDescription& p = payloadOf(message.payload);
  object(describe<Envelope>(), &message.envelope, Path{nullptr, "envelope"});
  object(p.describe(), payloadObject(message.payload), Path{nullptr, p.element});
  rules(message.envelope, p.type);
  std::visit(
      [&](const auto& payload) {
        rules(payload, Path{nullptr, p.element});
      },
      message.payload);
}

}  // namespace

std::vector<Error> validate(const Message& message, const ValidateOptions& options,
                            const Limits& limits) {
  Validator validator(options, limits);
  validator.message(message);
  return validator.take();
}

}  // namespace hub::model
