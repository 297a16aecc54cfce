#include "hub/web/render.h"

#include "contracts/adapter/verbs.h"
#include "hub/web/shown_evidence.h"

namespace hub::web {

void writeAppeal(JsonWriter& json, const store::AppealRow& row) {
  json.text("hub_id", row.hub_id)
      .textIf("reg_number", row.reg_number)
      .text("source_system", row.source_system)
      .text("source_id", row.source_id)
      .text("kind", row.kind)
      .textIf("language", row.language)
      .textIf("character", row.character)
      .textIf("topic", row.topic)
      .textIf("kato", row.kato)
      .textIf("body", row.body_bin)
      .textIf("destination", row.destination)
      .text("state", row.state)
      .instant("state_since", row.state_since)
      .instant("received_at", row.received_at)
      .instantIf("registered_at", row.registered_at)
      .textIf("registration_date", row.registration_date)
      .textIf("due_date", row.due_date)
      .textIf("executor", row.executor)
      .textIf("decision_outcome", row.decision_outcome)
      .textIf("decision_character", row.decision_character)
      .instant("updated_at", row.updated_at)
      .text("content_sha256", row.content_sha256);
}

void writeClock(JsonWriter& json, const store::ClockRow& row, const std::string& explanation) {
  json.text("name", row.name)
      .text("status", row.status)
      .text("due_date", row.due_date)
      .instant("start_at", row.start_at)
      .textIf("start_event", row.start_event)
      .number("length", row.length)
      .text("day_kind", row.day_kind)
      .textIf("first_day", row.first_day)
      .text("law", row.law)
      .text("article", row.article)
      .text("rule_id", row.rule_id)
      .text("rule_version", row.rule_version)
      .text("calendar_version", row.calendar_version)
      .textIf("occasion", row.occasion)
      .textIf("explanation", explanation);
}

const std::string& inLanguage(const std::string& language, const std::string& kk,
                              const std::string& ru, const std::string& en) {
  const std::string& wanted = language == "kk" ? kk : language == "ru" ? ru : en;
  if (!wanted.empty()) return wanted;
  if (!ru.empty()) return ru;
  return kk.empty() ? en : kk;
}

void writeEvent(JsonWriter& json, const store::EventRow& row, const std::string& language,
                bool whole) {
  json.number("seq", row.seq)
      .text("event_id", row.event_id)
      .text("type", row.type)
      .instant("at", row.at)
      .text("actor", row.actor)
      .textIf("from_state", row.from_state)
      .textIf("to_state", row.to_state)
      .textIf("reason", row.reason)
      .textIf("text", inLanguage(language, row.text_kk, row.text_ru, row.text_en))
      .textIf("evidence", whole ? row.evidence : shownEvidence(row.evidence))
      .textIf("payload_sha256", row.payload_sha256)
      .textIf("previous_sha256", row.previous_sha256);
}

void writeOutbox(JsonWriter& json, const store::OutboxRow& row) {
  json.number("id", row.id)
      .text("message_id", row.message_id)
      .text("type", row.type)
      .text("destination", row.destination)
      .text("state", store::toString(row.state))
      .number("attempts", row.attempts)
      .instant("created_at", row.created_at)
      .instant("next_at", row.next_at)
      // Further lines name the message; the appeal's external_ids have them.
      .textIf("external_id", row.external_id.substr(0, row.external_id.find('\n')))
      .textIf("last_code", row.last_code)
      .textIf("last_text", row.last_text)
      .flag("escalated", row.escalated);
}

std::string_view outcomeName(int outcome) {
  switch (static_cast<otinish::Outcome>(outcome)) {
    case otinish::Outcome::kDone:
      return "DONE";
    case otinish::Outcome::kPending:
      return "PENDING";
    case otinish::Outcome::kRetry:
      return "RETRY";
    case otinish::Outcome::kRejected:
      return "REJECTED";
    case otinish::Outcome::kUnsupported:
      return "UNSUPPORTED";
    case otinish::Outcome::kMisconfigured:
      return "MISCONFIGURED";
    case otinish::Outcome::kFault:
      break;
  }
  return "FAULT";
}

void writeAttempt(JsonWriter& json, const store::AttemptRow& row) {
  json.number("number", row.number)
      .instant("started_at", row.started_at)
      .instant("ended_at", row.ended_at)
      .text("outcome", outcomeName(row.outcome))
      .textIf("code", row.code)
      .textIf("text", row.text);
}

void writeAgency(JsonWriter& json, const exchange::AgencyStatus& agency,
                 const std::string& language, bool whole, bool admin) {
  json.text("alias", agency.alias)
      .text("name", inLanguage(language, agency.name_kk, agency.name_ru, agency.name_en))
      .text("state", hosting::toString(agency.instance.state));
  if (!whole) return;
  json.flag("configured", agency.configured)
      .textIf("adapter_file", admin ? agency.adapter_file : std::string())
      .textIf("hosting", agency.hosting)
      .textIf("adapter", agency.instance.about_name)
      .textIf("adapter_version", agency.instance.about_version)
      .number("restarts", agency.instance.restarts)
      .textIf("last_problem", agency.instance.last_problem)
      .textIf("breaker", agency.breaker)
      .textIf("collect_breaker", agency.collect_breaker)
      .numberOrNull("waiting", agency.waiting)
      .numberOrNull("retrying", agency.retrying)
      .numberOrNull("awaiting", agency.awaiting)
      .numberOrNull("overdue", agency.overdue)
      .numberOrNull("dead", agency.dead)
      .numberOrNull("rejected", agency.rejected)
      .numberOrNull("quarantined", agency.quarantined)
      .numberOrNull("unsigned", agency.nobodys)
      .textIf("not_counted", agency.not_counted)
      .instantIf("oldest_waiting", agency.oldest_waiting)
      .instantIf("last_success", agency.last_success)
      .instantIf("last_failure", agency.last_failure);
  const exchange::AgencyStatus::Problem* newest = nullptr;
  for (const auto& problem : agency.problems) {
    if (newest == nullptr || problem.at > newest->at) newest = &problem;
  }
  if (newest == nullptr) return;
  json.text("last_code", newest->code).textIf("last_text", newest->text).beginArray("problems");
  for (const auto& problem : agency.problems) {
    json.beginObject()
        .text("way", problem.way)
        .text("code", problem.code)
        .textIf("text", problem.text)
        .instant("at", problem.at)
        .endObject();
  }
  json.endArray();
}

std::string renderReceipt(const exchange::Receipt& receipt,
                          const std::vector<std::string>& unknown) {
  JsonWriter json;
  json.beginObject()
      .text("hub_id", receipt.appeal.hub_id)
      .textIf("reg_number", receipt.appeal.reg_number)
      .text("source_system", receipt.appeal.source_system)
      .text("source_id", receipt.appeal.source_id)
      .text("content_sha256", receipt.appeal.content_sha256)
      .text("state", receipt.appeal.state)
      .instant("received_at", receipt.appeal.received_at)
      .instantIf("registered_at", receipt.appeal.registered_at)
      .textIf("registration_date", receipt.appeal.registration_date)
      .textIf("due_date", receipt.appeal.due_date)
      .textIf("body", receipt.appeal.body_bin)
      .textIf("body_name", receipt.destination_name)
      .text("message_id", receipt.message_id);
  if (!unknown.empty()) {
    json.beginArray("unknown");
    for (const auto& path : unknown) json.text({}, path);
    json.endArray();
  }
  const store::JournalRow& record = receipt.record;
  json.beginObject("record")
      .number("position", record.position)
      .instant("at", record.at)
      .text("direction", record.direction)
      .text("party", record.party)
      .text("message_id", record.message_id)
      .text("type", record.type)
      .text("body_sha256", record.body_sha256)
      .text("signature", record.signature)
      .text("text", store::journalText(record))
      .endObject();
  json.beginObject("proof").number("position", receipt.proof.position).beginArray("path");
  for (const auto& hash : receipt.proof.path_hex) json.text({}, hash);
  const store::TreeHead& head = receipt.proof.head;
  json.endArray()
      .beginObject("head")
      .number("size", head.size)
      .text("root", head.root_hex)
      .instant("at", head.at)
      .text("signature", head.signature)
      .endObject()
      .endObject()
      .endObject();
  return json.take();
}

}  // namespace hub::web
