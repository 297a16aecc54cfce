#include "hub/exchange/retry.h"

#include "hub/exchange/answered_deliveries.h"
#include "hub/exchange/event_texts.h"
#include "hub/exchange/transitions.h"

namespace hub::exchange {
namespace {

// An appeal that came back to a body by another way went there under a new message: the old one would make a second
// case. What was stopped with its case, or for another body, is sent again by a new order alone.
Status checkNewest(store::Tx& tx, const store::OutboxRow& row) {
  if (row.type != "appeal/1") return {};
  if (row.state == store::OutboxState::kRejected && isStopped(row)) {
    return Status::failure("exchange.not_retryable",
                           "the delivery was stopped when the appeal went another way");
  }
  auto rows = tx.outboxOf(row.appeal);
  if (!rows) return rows.status();
  for (const auto& other : *rows) {
    if (other.id > row.id && other.type == row.type && other.destination == row.destination) {
      return Status::failure(
          "exchange.not_retryable",
          "the appeal was sent there again later, as delivery " + std::to_string(other.id));
    }
  }
  return {};
}

}  // namespace

Result<std::string> retryDelivery(store::Store& store, store::RowId outbox, const Caller& caller,
                                  const Clock& clock,
                                  const std::function<bool(const std::string&)>& connected) {
  std::string destination;
  auto status = store.write([&](store::Tx& tx) -> Status {
    auto row = tx.findOutbox(outbox);
    if (!row) return row.status();
    if (!row->has_value()) return Status::failure("store.not_found", "no such delivery");
    auto& found = **row;
    bool overdue = found.state == store::OutboxState::kAwaiting && found.escalated;
    bool with_agency = found.state == store::OutboxState::kAwaiting && !overdue;
    if (found.state == store::OutboxState::kDelivered || with_agency) {
      return Status::failure("exchange.not_retryable",
                             "the delivery is " + std::string(store::toString(found.state)));
    }
    auto finished = tx.appeal(found.appeal);
    if (!finished) return finished.status();
    if (isFinal(finished->state)) {
      return Status::failure("exchange.not_retryable", "the appeal is " + finished->state);
    }
    // Once the appeal was directed elsewhere, this delivery would make a second case of it, or end one that
    // is nobody's business any more.
    const bool of_case = found.type == "appeal/1" || found.type == "withdrawal/1";
    if (of_case && finished->destination != found.destination) {
      return Status::failure("exchange.not_retryable",
                             "the appeal was directed to " + finished->destination);
    }
    if (found.type == "appeal/1" && knowsRefused(found)) {
      return Status::failure("exchange.not_retryable",
                             "the body had this message and gave the case back: direct the appeal "
                             "to a body, which makes a new message");
    }
    if (auto s = checkNewest(tx, found); !s) return s;
    if (!connected(found.destination)) {
      return Status::failure("exchange.body_not_connected",
                             "no agency '" + found.destination + "' is configured");
    }
    destination = found.destination;
    found.state = store::OutboxState::kPending;
    found.next_at = clock.now();
    if (overdue) found.escalated = false;  // the new wait may be in vain, too
    auto appeal = tx.appeal(found.appeal);
    if (!appeal) return appeal.status();
    std::string before = appeal->state;
    if (before == "awaiting_routing" && found.type == "appeal/1") {
      appeal->state = "routed";
      appeal->state_since = clock.now();
    }
    appeal->updated_at = clock.now();
    auto event = makeEvent(found.appeal, "retry_requested", clock.now(),
                           "operator:" + caller.client, before, appeal->state);
    if (auto s = tx.addEvent(event); !s) return s;
    if (auto s = tx.updateAppeal(*appeal); !s) return s;
    return tx.updateOutbox(found);
  });
  if (!status) return status;
  return destination;
}

}  // namespace hub::exchange
