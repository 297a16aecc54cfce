#include "hub/exchange/agency_messages.h"

#include <algorithm>

#include "hub/base/ids.h"
#include "hub/base/log.h"
#include "hub/exchange/arrival.h"
#include "hub/model/codec.h"

namespace hub::exchange {
std::optional<model::Message> readKept(const store::MessageRow& row, const Limits& limits) {
  auto message = model::decodeXml(row.body, limits);
  if (message) return std::move(*message);
  logError("message.unreadable", {{"party", row.party},
                                  {"message_id", row.message_id},
                                  {"type", row.type},
                                  {"code", message.error().code}});
  return std::nullopt;
}

Result<Judgement> AgencyMessages::keep(store::Tx& tx, const ItemSource& source,
                                       model::Message& message, const store::AppealRow& appeal,
                                       const PreparedItem& item, Instant now) const {
  Judgement judgement;
  std::string type(model::typeOf(message.payload));
  auto& envelope = message.envelope;
  envelope.message_id = newUuid7(now);
  envelope.correlation_id = appeal.hub_id;
  if (isUuid(item.item.in_reply_to)) envelope.causation_id = item.item.in_reply_to;
  envelope.from = source.alias;
  envelope.to = "hub";
  envelope.type = type;
  envelope.sent_at = formatInstant(now);
  model::ValidateOptions options{model::Profile::kCanonical, identity_, now};
  auto errors = model::validate(message, options, limits_);
  if (!errors.empty()) {
    judgement.code = errors.front().code;
    judgement.text = summaryOf(errors);
    return judgement;
  }
  store::MessageRow row;
  row.message_id = envelope.message_id;
  row.appeal = appeal.id;
  row.type = type;
  row.direction = "in";
  row.party = source.alias;
  row.at = now;
  row.body = model::encodeXml(message);
  store::JournalRow journal;
  journal.at = now;
  journal.direction = "in";
  journal.party = source.alias;
  journal.message_id = row.message_id;
  journal.type = type;
  journal.body_sha256 = sha256Hex(row.body);
  journal.signature = source.evidence.empty() ? "none" : "verified:" + source.evidence;
  if (!source.signers.sha256.empty()) journal.signature += " sha256:" + source.signers.sha256;
  if (auto status = tx.addMessage(row); !status) return status;
  if (auto position = tx.addJournal(journal); !position) return position.status();
  if (!item.item.external_id.empty()) {
    if (auto status = tx.addExternalId(appeal.id, source.alias, item.item.external_id, now);
        !status) {
      return status;
    }
  }
  judgement.message_id = row.message_id;
  return judgement;
}

Result<NamedDecision> AgencyMessages::decisionNamed(store::Tx& tx, const store::AppealRow& appeal,
                                                    const std::string& name) const {
  auto rows = tx.messagesOf(appeal.id, "decision/1");
  if (!rows) return rows.status();
  NamedDecision named;
  for (const auto& row : *rows) {
    const auto message = readKept(row, limits_);
    const auto* decision = message ? std::get_if<model::Decision>(&message->payload) : nullptr;
    if (decision == nullptr) continue;
    named.in_force = false;  // this one came later
    const auto& ids = decision->external_ids;
    const bool meant = decision->decision_id == name || row.message_id == name ||
                       std::any_of(ids.begin(), ids.end(),
                                   [&](const auto& external) { return external.id == name; });
    if (meant) named = {decision->decision_id, true};
  }
  return named;
}

Result<std::optional<model::Appeal>> AgencyMessages::documentOf(
    store::Tx& tx, const store::AppealRow& appeal) const {
  auto rows = tx.messagesOf(appeal.id, "appeal/1");
  if (!rows) return rows.status();
  std::optional<model::Appeal> document;
  if (rows->empty()) return document;
  auto message = readKept(rows->back(), limits_);
  if (message && std::holds_alternative<model::Appeal>(message->payload)) {
    document = std::move(std::get<model::Appeal>(message->payload));
  }
  return document;
}

Result<std::vector<ToldStatus>> AgencyMessages::statusesTold(store::Tx& tx,
                                                             const ItemSource& source,
                                                             const store::AppealRow& appeal) const {
  auto events = tx.events(appeal.id);
  if (!events) return events.status();
  const auto routed = std::find_if(events->rbegin(), events->rend(), directs);
  auto rows = tx.messagesOf(appeal.id, "status/1");
  if (!rows) return rows.status();
  std::vector<ToldStatus> told;
  for (const auto& row : *rows) {
    if (row.direction != "in" || row.party != source.alias) continue;
    if (routed != events->rend() && row.at < routed->at) continue;
    const auto message = readKept(row, limits_);
    const auto* status = message ? std::get_if<model::StatusUpdate>(&message->payload) : nullptr;
    if (status != nullptr) told.push_back({status->status, status->at, row.at});
  }
  return told;
}

Result<bool> toldBefore(store::Tx& tx, const ItemSource& source, const store::AppealRow& appeal,
                        const PreparedItem& item) {
  auto told = tx.hasEventOf(appeal.id, item.content_sha256);
  if (told.ok() && *told) countDuplicate(source);
  return told;
}

}  // namespace hub::exchange
