#include "hub/exchange/receipts.h"

#include <utility>
#include <variant>

#include "hub/model/codec.h"

namespace hub::exchange {
namespace {

// The state at acceptance: the first one the events tell of where the appeal goes.
Result<std::string> whenGiven(store::Store& store, const store::AppealRow& appeal) {
  auto events = store.events(appeal.id);
  if (!events) return events.status();
  for (const auto& event : *events) {
    if (event.to_state == "routed" || event.to_state == "awaiting_routing") {
      return event.to_state;
    }
  }
  return Status::failure("store.not_found", "the appeal has no event of its routing");
}

}  // namespace

Result<model::Message> Receipts::acceptedMessage(const std::string& message_id) const {
  auto row = store_.message(message_id);
  if (!row) return row.status();
  if (!row->has_value()) return Status::failure("store.not_found", "no such message");
  auto message = model::decodeXml((*row)->body, limits_);
  if (message.ok() && !std::holds_alternative<model::Appeal>(message->payload)) {
    return Status::failure("store.corrupt", "the message is no appeal");
  }
  return message;
}

Result<Receipt> Receipts::receiptOf(const store::AppealRow& appeal) const {
  auto record = store_.journal(appeal.journal_position);
  if (!record) return record.status();
  if (!record->has_value()) {
    return Status::failure("store.not_found", "the appeal has no journal record");
  }
  auto proof = store_.prove(appeal.journal_position);
  if (!proof) return proof.status();
  Receipt receipt{appeal, (*record)->message_id, "", **record, std::move(*proof)};
  // A receipt says what was so when it was given, however often it is asked for.
  auto given = whenGiven(store_, appeal);
  if (!given) return given.status();
  receipt.appeal.state = *given;
  auto message = acceptedMessage((*record)->message_id);
  if (!message) return message.status();
  const auto& competent = std::get<model::Appeal>(message->payload).competent_body;
  const bool directed = *given == "routed" && competent;
  receipt.appeal.body_bin = directed ? competent->bin : "";
  receipt.appeal.destination = directed ? message->envelope.to : "";
  auto clocks = store_.clocks(appeal.id);
  if (!clocks) return clocks.status();
  for (const auto& clock : *clocks) {
    if (clock.name != "consider") continue;
    receipt.appeal.due_date = clock.due_date;
    break;
  }
  if (auto day = toLocal((*record)->at, "Asia/Almaty"); day.ok()) {
    const auto law = law_.get();
    if (const auto* body = law->bodyByBin(receipt.appeal.body_bin, day->date)) {
      receipt.destination_name = body->names.en;
    }
  }
  return receipt;
}

Result<Talon> Receipts::talon(const store::AppealRow& appeal) const {
  auto receipt = receiptOf(appeal);
  if (!receipt) return receipt.status();
  auto message = acceptedMessage(receipt->message_id);
  if (!message) return message.status();
  const auto& submitted = std::get<model::Appeal>(message->payload);
  auto clocks = store_.clocks(appeal.id);
  if (!clocks) return clocks.status();
  return talonOf(submitted, receipt->appeal, *clocks, *law_.get());
}

}  // namespace hub::exchange
