#include "hub/exchange/outgoing.h"

#include "hub/base/ids.h"
#include "hub/model/codec.h"

namespace hub::exchange {

store::MessageRow outgoing(model::Message message, const std::string& type,
                           const store::AppealRow& appeal, const std::string& node_name,
                           Instant now) {
  auto& envelope = message.envelope;
  envelope.message_id = newUuid7(now);
  envelope.correlation_id = appeal.hub_id;
  envelope.from = node_name;
  envelope.to = appeal.destination;
  envelope.type = type;
  envelope.sent_at = formatInstant(now);
  store::MessageRow row;
  row.message_id = envelope.message_id;
  row.appeal = appeal.id;
  row.type = type;
  row.direction = "out";
  row.party = appeal.destination;
  row.at = now;
  row.body = model::encodeXml(message);
  return row;
}

model::Ref refTo(const store::AppealRow& appeal) {
  model::Ref ref;
  ref.hub_id = appeal.hub_id;
  if (!appeal.reg_number.empty()) ref.reg_number = appeal.reg_number;
  return ref;
}

Status queueMessage(store::Tx& tx, const store::MessageRow& message, Instant now) {
  if (auto s = tx.addMessage(message); !s) return s;
  store::OutboxRow row;
  row.message_id = message.message_id;
  row.destination = message.party;
  row.appeal = message.appeal;
  row.type = message.type;
  row.created_at = row.next_at = now;
  auto added = tx.addOutbox(row);
  return added ? Status() : added.status();
}

}  // namespace hub::exchange
