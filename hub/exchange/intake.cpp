#include "hub/exchange/intake.h"

#include <algorithm>
#include <chrono>

#include "hub/base/ids.h"
#include "hub/base/log.h"
#include "hub/base/metrics.h"
#include "hub/exchange/arrival.h"
#include "hub/exchange/clock_rows.h"
#include "hub/exchange/complained_of.h"
#include "hub/exchange/event_texts.h"
#include "hub/model/unknown_paths.h"
#include "hub/rules/deadlines.h"
#include "hub/rules/number.h"

namespace hub::exchange {

// One appeal on its way in.
struct Intake::Draft {
  std::shared_ptr<const rules::LawBook> law;  // one state of the law for the whole appeal
  model::Message message;
  std::string content_sha256;
  Instant now;
  Instant received_at;
  Instant registered_at;
  Date registered_day;
  rules::Route route;
  std::vector<rules::Clock> clocks;
  std::vector<store::ClockRow> first_body_clocks;  // of a complaint that comes to its first body
  std::string due_date;
  std::string registration_date;  // what APPC 64(3) takes for it
  int number_year = 0;            // of that day
  ComplainedOf complained_of;
  bool told_unaccounted = false;  // by the submitter
  model::Appeal& appeal() { return std::get<model::Appeal>(message.payload); }
};

namespace {

constexpr const char* kSchemaVersion = "1";
constexpr const char* kPublicService = "public_service";  // Law 88

// The usual procedure of a kind, as the law book's vocabulary says; "" for an unknown kind, which
// computeClocks refuses.
std::string procedureOf(const rules::LawBook& law, const std::string& kind) {
  const auto& kinds = law.data().vocabulary.kinds;
  auto found = kinds.find(kind);
  return found == kinds.end() ? std::string() : found->second.procedure;
}

// Registration is the one term that has ended when intake is done (APPC 64(3)): in time if the
// local day of registration is not after the due day.
std::string statusOf(const rules::Clock& clock, Date registered) {
  if (!clock.due_date) return "unknown";
  if (clock.name != "register") return "running";
  return registered <= *clock.due_date ? "met" : "missed";
}

rules::LocalText afterHours(const std::string& day) {
  return {
      "Жұмыс уақытынан тыс түсті: тіркелген күні — " + day + " (ӘРПК 64-бап 3-бөлік)",
      "Поступило вне рабочего времени: днём регистрации считается " + day + " (АППК ст. 64(3))",
      "It came outside working hours: the day of registration is " + day + " (APPC art. 64(3))"};
}

rules::LocalText toldUnaccounted(bool accounted) {
  if (accounted) {
    return {
        "Жіберуші оны есепке алынбайды деп көрсетті, бірақ өтініштің бұл түрі есепке алынады "
        "(ӘРПК 69-бап 3-бөлігі)",
        "Отправитель указал, что оно не подлежит учёту, но обращения этого вида учитываются "
        "(АППК ст. 69(3))",
        "The submitter says that it is not accounted, but appeals of this kind are (APPC art. "
        "69(3))"};
  }
  return {"Жіберушінің айтуынша есепке алынбайды (ӘРПК 69-бап 3-бөлігі)",
          "По слову отправителя не подлежит учёту (АППК ст. 69(3))",
          "Not accounted, as the submitter says (APPC art. 69(3))"};
}

// The law book names the words of its question ("/kind"); a submitter looks for "/appeal/kind".
Status underAppeal(const Status& status) {
  auto errors = status.errors();
  for (auto& error : errors) {
    if (error.field == "/special_kind") error.field = "/kind_special";
    if (!error.field.empty()) error.field = "/appeal" + error.field;
  }
  return Status(std::move(errors));
}

const model::Topic* primaryTopic(const model::Appeal& appeal) {
  for (const auto& topic : appeal.topic) {
    if (topic.primary) return &topic;
  }
  return appeal.topic.empty() ? nullptr : &appeal.topic.front();
}

// APPC 69(3): of what concerns public services, complaints alone. That a proposal advertises, or that a message is
// one of a currency contract, the submitter sees and the hub does not; of other kinds nobody takes one out of the
// account by saying so.
bool isAccounted(const model::Appeal& appeal) {
  if (appeal.procedure == kPublicService) return appeal.kind == "complaint";
  const bool may_be_not = appeal.kind == "proposal" || appeal.kind == "message";
  return appeal.accounted || !may_be_not;
}

Status lawReadAnew() {
  return Status::failure("exchange.busy", "the law data were read anew just now");
}

// A bare appeal, the usual form at the API, or a whole message: told by its envelope.
Result<model::Message> decodeJsonAppeal(const std::string& document, const Limits& limits) {
  return model::decodeJsonOrMessage(document, limits, "appeal/1");
}

}  // namespace

// The same mistake gets the same answer as in JSON: a schema tells of its own rules, not of ours. What only the
// schema finds is told by it.
Result<model::Message> Intake::decodeXmlAppeal(const std::string& document) const {
  auto message = schema_.validateAndDecode(document, limits_);
  if (message.ok() || message.error().code != "model.xsd") return message;
  auto read = model::decodeXml(document, limits_);
  if (!read || model::typeOf(read->payload) != "appeal/1") return read;
  model::ValidateOptions options{model::Profile::kSubmitted, identity_, clock_.now()};
  if (auto errors = model::validate(*read, options, limits_); !errors.empty()) {
    return Status(std::move(errors));
  }
  return message;
}

Result<model::Message> Intake::decode(const std::string& document, Form form) const {
  auto message =
      form == Form::kXml ? decodeXmlAppeal(document) : decodeJsonAppeal(document, limits_);
  if (message.ok() && model::typeOf(message->payload) != "appeal/1") {
    const std::string type(model::typeOf(message->payload));
    if (type == "supplement/1") {
      return Status::failure("exchange.not_an_appeal",
                             "the document is a supplement/1; no door takes one: what completes an "
                             "appeal is a new appeal whose previous_appeal names it");
    }
    if (type == "withdrawal/1") {
      return Status::failure(
          "exchange.not_an_appeal",
          "the document is a withdrawal/1; POST the action withdraw to the appeal's :act");
    }
    return Status::failure("exchange.not_an_appeal", "the document is a " + type);
  }
  return message;
}

Status Intake::checkAttachments(const model::Appeal& appeal) const {
  std::vector<Error> errors;
  for (std::size_t i = 0; i < appeal.attachments.size(); ++i) {
    const auto& attachment = appeal.attachments[i];
    std::string field = "/appeal/attachments/" + std::to_string(i);
    auto stored = store_.findAttachment(attachment.sha256);
    if (!stored) return stored.status();
    if (!stored->has_value()) {
      errors.push_back({"exchange.attachment_missing", "upload it first", field + "/sha256", 0});
    } else if ((*stored)->bytes != attachment.size) {
      errors.push_back({"exchange.attachment_size",
                        "the stored file has " + std::to_string((*stored)->bytes) + " bytes",
                        field + "/size", 0});
    }
  }
  return errors.empty() ? Status() : Status(std::move(errors));
}

// Fills what the hub owns: identifiers, times, procedure, competent body, clocks.
Status Intake::complete(Draft& draft) const {
  auto& appeal = draft.appeal();
  draft.law = law_.get();
  draft.now = clock_.now();
  draft.received_at = draft.now;
  if (!appeal.received_at.empty()) {
    auto received = parseInstant(appeal.received_at);
    if (!received) return received.status();
    draft.received_at = std::min(*received, draft.now);
  }
  draft.registered_at = draft.now;
  auto today = toLocal(draft.registered_at, draft.law->data().default_zone);
  if (!today) return today.status();
  draft.registered_day = today->date;
  appeal.hub_id = newUuid7(draft.now);
  appeal.schema_version = kSchemaVersion;
  if (appeal.procedure.empty()) appeal.procedure = procedureOf(*draft.law, appeal.kind);
  appeal.received_at = formatInstant(draft.received_at);
  appeal.registered_at = formatInstant(draft.registered_at);
  appeal.state_since = formatInstant(draft.now);
  draft.told_unaccounted = !appeal.accounted;
  appeal.accounted = isAccounted(appeal);
  direct(draft);
  if (auto status = openClocks(draft); !status) return status;
  auto complained_of = casesComplainedOf(store_, limits_, appeal);
  if (!complained_of) return complained_of.status();
  draft.complained_of = std::move(*complained_of);
  auto& envelope = draft.message.envelope;
  envelope.message_id = newUuid7(draft.now);
  envelope.correlation_id = appeal.hub_id;
  envelope.from = node_name_;
  envelope.to = draft.route.to_reception ? "reception" : draft.route.destination;
  envelope.type = "appeal/1";
  envelope.sent_at = formatInstant(draft.now);
  return {};
}

// Chooses the competent body (APPC 64, 65).
void Intake::direct(Draft& draft) const {
  auto& appeal = draft.appeal();
  rules::RouteRequest route;
  route.kind = appeal.kind;
  route.addressee_bin = appeal.addressee_body.bin;
  for (const auto& topic : appeal.topic) {
    rules::TopicRef ref{topic.section, topic.category.value_or("")};
    if (topic.primary)
      route.topics.insert(route.topics.begin(), ref);
    else
      route.topics.push_back(ref);
  }
  for (const auto& place : appeal.place) {
    if (place.kato) route.katos.push_back(*place.kato);
  }
  route.date = draft.registered_day;
  draft.route = rules::route(*draft.law, route);
  if (draft.route.to_reception) {
    appeal.state = "awaiting_routing";
    return;
  }
  appeal.state = "routed";
  appeal.competent_body = model::BodyRef{draft.route.body_bin, draft.route.names.ru, {}};
  if (appeal.addressee_body.bin.empty()) appeal.addressee_body = *appeal.competent_body;
}

Status Intake::openClocks(Draft& draft) const {
  auto& appeal = draft.appeal();
  rules::ClockRequest request;
  request.kind = appeal.kind;
  request.procedure = appeal.procedure;
  request.special_kind = appeal.kind_special.value_or("");
  request.level = draft.route.level;
  request.received_at = draft.received_at;
  // The hours of the body that registers: the competent one or, while that is not known, the addressee.
  const auto& bin = draft.route.body_bin.empty() ? appeal.addressee_body.bin : draft.route.body_bin;
  if (const auto* body = draft.law->bodyByBin(bin, draft.registered_day)) {
    request.zone = body->zone;
    request.cut_off_minute = body->closes_minute;
    auto today = toLocal(draft.registered_at, body->zone);
    if (!today) return today.status();
    draft.registered_day = today->date;
  }
  auto clocks = rules::computeClocks(*draft.law, request);
  if (!clocks) return underAppeal(clocks.status());
  draft.clocks = std::move(*clocks);
  if (auto s = openUrgentClock(draft, request); !s) return s;
  auto day = rules::registrationDay(draft.clocks);
  draft.number_year = static_cast<int>(day.value_or(draft.registered_day).year());
  if (day) draft.registration_date = formatDate(*day);
  appeal.clocks.clear();
  for (const auto& clock : draft.clocks) {
    if (!clock.due_date) {
      // The register keeps the term as unknown; the agency's document holds dated terms only.
      logError("intake.clock_unknown", {{"clock", clock.name},
                                        {"rule", clock.rule_id},
                                        {"code", clock.problem},
                                        {"correlation_id", appeal.hub_id}});
      metrics::count("hub_clocks_unknown_total", "Terms without a due date: calendar missing.",
                     {{"clock", clock.name}});
      continue;
    }
    appeal.clocks.push_back(modelClock(clockRow(0, clock, statusOf(clock, draft.registered_day))));
    if (clock.name == "consider") draft.due_date = formatDate(*clock.due_date);
  }
  return openFirstBodyClocks(draft);
}

// What tells of a crime or a threat is acted upon at once (APPC 64(7-2)), on a day off, too.
Status Intake::openUrgentClock(Draft& draft, const rules::ClockRequest& intake) const {
  const auto& flag = draft.appeal().urgent_flag;
  if (!flag) return {};
  rules::EventClockRequest request;
  request.clock = "react";
  request.kind = intake.kind;
  request.procedure = intake.procedure;
  request.special_kind = intake.special_kind;
  request.level = intake.level;
  request.event_at = draft.received_at;
  request.zone = intake.zone;
  auto clock = rules::computeEventClock(*draft.law, request);
  if (!clock && clock.error().code == "rules.no_such_term") return {};  // an older wording has none
  if (!clock) return underAppeal(clock.status());
  draft.clocks.push_back(std::move(*clock));
  metrics::count("hub_urgent_appeals_total", "Appeals that tell of a crime or a threat.",
                 {{"flag", *flag}});
  return {};
}

Status Intake::openFirstBodyClocks(Draft& draft) const {
  if (draft.route.to_reception) return {};
  const Arrival arrival{*draft.law, draft.appeal(), {}, draft.route.body_bin, draft.received_at};
  auto clocks = firstBodyTerms(store_, arrival);
  if (!clocks) return clocks.status();
  draft.first_body_clocks = std::move(*clocks);
  for (const auto& clock : draft.first_body_clocks) {
    if (!clock.due_date.empty()) draft.appeal().clocks.push_back(modelClock(clock));
  }
  return {};
}

Status Intake::storeNew(store::Tx& tx, Draft& draft, const Caller& caller,
                        Accepted& accepted) const {
  auto& appeal = draft.appeal();
  bool company = !appeal.applicant.empty() && appeal.applicant.front().type == "company";
  int year = draft.number_year;
  auto serial = tx.nextNumber((company ? "ЗТ-" : "ЖТ-") + std::to_string(year));
  if (!serial) return serial.status();
  auto number = rules::formatNumber({company, year, static_cast<std::uint32_t>(*serial), {}});
  if (!number) return number.status();
  appeal.reg_number = *number;

  store::MessageRow message;
  message.message_id = draft.message.envelope.message_id;
  message.type = "appeal/1";
  message.direction = "in";
  message.party = caller.client;
  message.at = draft.now;
  message.body = model::encodeXml(draft.message);
  std::string digest = sha256Hex(message.body);
  auto& record = accepted.record;
  record.at = draft.now;
  record.direction = "in";
  record.party = caller.client;
  record.message_id = message.message_id;
  record.type = "appeal/1";
  record.body_sha256 = digest;
  record.signature = "none";
  auto position = tx.addJournal(record);
  if (!position) return position.status();
  record.position = *position;

  auto& row = accepted.appeal;
  row.hub_id = appeal.hub_id;
  row.source_system = appeal.source_system;
  row.source_id = appeal.source_id;
  row.content_sha256 = draft.content_sha256;
  row.reg_number = *number;
  row.kind = appeal.kind;
  row.language = appeal.language;
  row.character = appeal.character;
  if (const auto* topic = primaryTopic(appeal)) row.topic = topic->section;
  if (!appeal.place.empty()) row.kato = appeal.place.front().kato.value_or("");
  row.body_bin = draft.route.body_bin;
  row.destination = draft.route.destination;
  row.state = appeal.state;
  row.state_since = draft.now;
  row.received_at = draft.received_at;
  row.registered_at = draft.registered_at;
  row.registration_date = draft.registration_date;
  row.procedure = appeal.procedure;
  row.kind_special = appeal.kind_special.value_or("");
  row.due_date = draft.due_date;
  row.journal_position = *position;
  row.updated_at = draft.now;
  auto id = tx.addAppeal(row);
  if (!id) return id.status();
  row.id = *id;
  message.appeal = row.id;
  if (auto s = tx.addMessage(message); !s) return s;
  std::string actor = "door:" + caller.client;
  if (auto s = tx.addEvent(makeEvent(row.id, "received", draft.received_at, actor, "", "received",
                                     "", "", draft.content_sha256));
      !s) {
    return s;
  }
  const std::string due = draft.due_date.empty() ? "" : spokenDate(draft.due_date);
  auto registered =
      makeEvent(row.id, "registered", draft.now, "hub", "received", "registered", "", due, digest);
  if (draft.registration_date > formatDate(draft.registered_day)) {
    addSentence(registered, afterHours(spokenDate(draft.registration_date)));
  }
  if (draft.told_unaccounted) addSentence(registered, toldUnaccounted(appeal.accounted));
  if (auto s = tx.addEvent(registered); !s) return s;
  std::string_view routed = draft.route.to_reception ? "awaiting_routing" : "routed";
  auto event =
      makeEvent(row.id, routed, draft.now, "hub", "registered", row.state, draft.route.rule_id);
  fillTexts(event, draft.route.names);
  addSentence(event, draft.route.explanation);
  if (auto s = tx.addEvent(event); !s) return s;
  for (const auto& clock : draft.clocks) {
    if (auto s = tx.addClock(clockRow(row.id, clock, statusOf(clock, draft.registered_day))); !s) {
      return s;
    }
  }
  for (auto clock : draft.first_body_clocks) {
    clock.appeal = row.id;
    if (auto s = tx.addClock(clock); !s) return s;
  }
  if (!draft.route.to_reception) {
    store::OutboxRow outbox;
    outbox.message_id = message.message_id;
    outbox.destination = row.destination;
    outbox.appeal = row.id;
    outbox.type = "appeal/1";
    outbox.created_at = draft.now;
    outbox.next_at = draft.now;
    if (auto added = tx.addOutbox(outbox); !added) return added.status();
  }
  const auto& contested = appeal.contested;
  const bool of_act = contested && contested->act_or_action == "act";
  if (auto s = linkComplaint(tx, *draft.law, draft.complained_of, row, of_act, draft.now); !s) {
    return s;
  }
  accepted.journal_position = *position;
  accepted.created = true;
  accepted.message_id = message.message_id;
  message.body.shrink_to_fit();  // it grew by doubling, and thousands may wait for delivery
  accepted.body = std::move(message.body);
  return {};
}

Status Intake::keep(store::Tx& tx, Draft& draft, const Caller& caller, Accepted& accepted) const {
  accepted = {};
  auto known = tx.findBySource(draft.appeal().source_system, draft.appeal().source_id);
  if (!known) return known.status();
  if (!known->has_value()) {
    // The review that follows a reload does not see what is stored after it.
    if (law_.get() != draft.law) return lawReadAnew();
    return storeNew(tx, draft, caller, accepted);
  }
  if ((*known)->content_sha256 != draft.content_sha256) {
    return Status::failure("exchange.duplicate_key", "other content was accepted under this key",
                           "/appeal/source_id");
  }
  accepted.appeal = **known;
  return {};
}

Result<Intake::Accepted> Intake::accept(const std::string& document, Form form,
                                        const Caller& caller) const {
  if (auto healthy = store_.healthy(); !healthy) return healthy;
  auto message = decode(document, form);
  if (!message) return message.status();
  Draft draft;
  draft.message = std::move(*message);
  auto& appeal = draft.appeal();
  // A body's system that is bound to no source submits under its own name: other sources' keys are not its to take.
  const bool bound = !caller.source_system.empty() || !caller.body.empty();
  const std::string own = caller.source_system.empty() ? caller.client : caller.source_system;
  if (appeal.source_system.empty()) appeal.source_system = own;
  if (bound && appeal.source_system != own) {
    return Status::failure("exchange.source_not_allowed", "this client submits for " + own,
                           "/appeal/source_system");
  }
  model::ValidateOptions options{model::Profile::kSubmitted, identity_, clock_.now()};
  if (auto errors = model::validate(draft.message, options, limits_); !errors.empty()) {
    metrics::count("hub_appeals_refused_total", "Submitted appeals that were refused.",
                   {{"code", errors.front().code}});
    return Status(std::move(errors));
  }
  if (auto status = checkAttachments(appeal); !status) return status;
  auto unknown = model::unknownPaths(draft.message);
  // What the submitter said, before the hub adds its own: the same again must hash the same.
  draft.content_sha256 = sha256Hex(model::encodePayloadXml(draft.message));
  if (auto status = complete(draft); !status) {
    // What was taken in once has its receipt, though it would be refused today.
    auto known = store_.findBySource(appeal.source_system, appeal.source_id);
    if (!known) return known.status();
    if (!*known || (*known)->content_sha256 != draft.content_sha256) return status;
  }

  Accepted accepted;
  auto status = store_.write(
      store::repeatable([&](store::Tx& tx) { return keep(tx, draft, caller, accepted); }));
  if (!status && law_.get() != draft.law) return accept(document, form, caller);
  if (!status) return status;
  accepted.destination_name = draft.route.names.en;
  accepted.unknown = std::move(unknown);
  if (accepted.created) {
    if (!appeal.applicant.empty()) {
      const auto& party = appeal.applicant.front();
      accepted.person = party.iin.value_or(party.bin.value_or(""));
    }
    accepted.text = std::move(appeal.subject_text);
    metrics::count("hub_appeals_accepted_total", "Appeals accepted.",
                   {{"kind", accepted.appeal.kind}, {"language", accepted.appeal.language}});
  }
  return accepted;
}

}  // namespace hub::exchange
