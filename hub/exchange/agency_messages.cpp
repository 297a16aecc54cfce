#include "hub/exchange/agency_messages.h"

#include <algorithm>

#include "hub/base/ids.h"
#include "hub/model/codec.h"

namespace hub::exchange {

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

Result<std::string> AgencyMessages::decisionNamed(store::Tx& tx, const store::AppealRow& appeal,
                                                  const std::string& name) const {
  auto rows = tx.messagesOf(appeal.id, "decision/1");
  if (!rows) return rows.status();
  for (const auto& row : *rows) {
    auto message = model::decodeXml(row.body, limits_);
    if (!message) return message.status();
    const auto* decision = std::get_if<model::Decision>(&message->payload);
    if (decision == nullptr) continue;
    const auto& ids = decision->external_ids;
    const bool meant = decision->decision_id == name || row.message_id == name ||
                       std::any_of(ids.begin(), ids.end(),
                                   [&](const auto& external) { return external.id == name; });
    if (meant) return decision->decision_id;
  }
  return std::string();
}

Result<bool> toldBefore(store::Tx& tx, const ItemSource& source, const store::AppealRow& appeal,
                        const PreparedItem& item) {
  auto told = tx.hasEventOf(appeal.id, item.content_sha256);
  if (told.ok() && *told) countDuplicate(source);
  return told;
}

}  // namespace hub::exchange
