#include "hub/exchange/answered_deliveries.h"

#include "hub/base/ids.h"

namespace hub::exchange {
namespace {

using store::OutboxState;

Status settleAppeal(store::Tx& tx, const store::AppealRow& appeal, OutboxState state,
                    const std::string& code, const std::string& text) {
  auto rows = tx.outboxOf(appeal.id);
  if (!rows) return rows.status();
  for (auto& row : *rows) {
    bool same = row.destination == appeal.destination && row.type == "appeal/1";
    if (!same || row.state == state || row.state == OutboxState::kDead) continue;
    row.state = state;
    row.last_code = code;
    row.last_text = text;
    if (auto status = tx.updateOutbox(row); !status) return status;
  }
  return {};
}

}  // namespace

Status appealWasDelivered(store::Tx& tx, const store::AppealRow& appeal) {
  return settleAppeal(tx, appeal, OutboxState::kDelivered, "", "");
}

Status appealWasRefused(store::Tx& tx, const store::AppealRow& appeal) {
  return settleAppeal(tx, appeal, OutboxState::kRejected, "agency.refused",
                      "the agency refused the appeal");
}

Result<std::optional<store::OutboxRow>> followingMessage(store::Tx& tx, const ItemSource& source,
                                                         const PreparedItem& item,
                                                         const store::AppealRow& appeal) {
  const auto& message_id = item.item.in_reply_to;
  if (!isUuid(message_id)) return std::optional<store::OutboxRow>();
  auto row = tx.findOutboxByMessageId(message_id);
  if (row.ok() && row->has_value() &&
      ((*row)->type == "appeal/1" || (*row)->destination != source.alias ||
       (*row)->appeal != appeal.id)) {
    row->reset();
  }
  return row;
}

Status settleFollowing(store::Tx& tx, store::OutboxRow row, bool refused) {
  const auto state = refused ? OutboxState::kRejected : OutboxState::kDelivered;
  if (row.state == state || row.state == OutboxState::kDead) return {};
  row.state = state;
  row.last_code = refused ? "agency.refused" : "";
  row.last_text = refused ? "the agency refused the message" : "";
  return tx.updateOutbox(row);
}

}  // namespace hub::exchange
