#include "hub/exchange/quarantine.h"

#include "hub/base/log.h"
#include "hub/base/metrics.h"
#include "hub/exchange/event_texts.h"

namespace hub::exchange {
namespace {

Status mustBeOpen(const store::QuarantineRow& row) {
  if (row.state == "open") return {};
  return Status::failure("exchange.quarantine_closed", "the item is " + row.state);
}

Status notReplayable(const store::QuarantineRow& row) {
  std::string why = row.kind == "push"     ? "a push whose signature was refused is signed anew"
                    : row.kind == "answer" ? "the answer to a call comes again with the call"
                    : row.kind == "item"
                        ? "no adapter could translate the item, and only the agency "
                          "can give it to the adapter again"
                        : "it was kept by an older release";
  return Status::failure("exchange.not_replayable", why);
}

PreparedItem preparedFrom(const Inbound& inbound, const store::QuarantineRow& row) {
  const auto& kept = *row.item;
  otinish::Inbound item;
  item.item_id = row.item_id;
  item.type = kept.type;
  item.form = kept.form;
  item.body = kept.body;
  item.correlation_id = kept.correlation_id;
  item.in_reply_to = kept.in_reply_to;
  item.external_id = kept.external_id;
  item.reg_number = kept.reg_number;
  return std::move(inbound.prepare({item}).front());
}

}  // namespace

Result<store::QuarantineRow> Quarantine::find(store::RowId id, bool with_content) const {
  auto row = store_.findQuarantine(id, with_content);
  if (!row) return row.status();
  if (!row->has_value()) return Status::failure("store.not_found", "no such item");
  return std::move(**row);
}

void Quarantine::audit(const char* event, const store::QuarantineRow& row,
                       const Caller& caller) const {
  logInfo(event, {{"client", caller.client},
                  {"item", static_cast<long long>(row.id)},
                  {"agency", row.party},
                  {"code", row.code},
                  {"bytes", static_cast<long long>(row.bytes)}});
}

Result<std::string> Quarantine::raw(store::RowId id, const Caller& caller) const {
  auto row = find(id, true);
  if (!row) return row.status();
  audit("audit.quarantine_read", *row, caller);
  return std::move(row->raw);
}

Result<store::QuarantineRow> Quarantine::replay(store::RowId id, const Caller& caller) const {
  auto row = find(id, true);
  if (!row) return row.status();
  if (auto s = mustBeOpen(*row); !s) return s;
  if (!row->item) return notReplayable(*row);
  auto item = preparedFrom(inbound_, *row);
  Inbound::Agency who{row->party, row->item->evidence};
  who.signers.text = row->item->signer;
  Error refusal;
  store::QuarantineRow after;
  auto status = store_.write([&](store::Tx& tx) -> Status {
    auto current = tx.findQuarantine(id);
    if (!current) return current.status();
    if (!current->has_value()) return Status::failure("store.not_found", "no such item");
    after = std::move(**current);
    if (auto s = mustBeOpen(after); !s) return s;
    refusal = {};
    if (auto s = inbound_.judgeAgain(tx, who, item, clock_.now(), &refusal); !s) return s;
    if (!refusal.code.empty()) {
      after.code = refusal.code;
      after.text = refusal.text;
    } else {
      after.state = "resolved";
      after.closed_at = clock_.now();
      after.closed_by = "operator:" + caller.client;
      after.note = "accepted when judged again";
    }
    return tx.updateQuarantine(after);
  });
  if (!status) return status;
  audit("audit.quarantine_replayed", after, caller);
  metrics::count(
      "hub_quarantine_replays_total", "Kept items that were judged again.",
      {{"agency", after.party}, {"result", refusal.code.empty() ? "accepted" : "refused"}});
  if (!refusal.code.empty()) return Status::failure(refusal.code, refusal.text, refusal.field);
  return after;
}

Result<store::QuarantineRow> Quarantine::resolve(store::RowId id, const std::string& note,
                                                 const Caller& caller) const {
  auto words = operatorWords(note, "/note");
  if (!words) return words.status();
  store::QuarantineRow after;
  auto status = store_.write([&](store::Tx& tx) -> Status {
    auto current = tx.findQuarantine(id);
    if (!current) return current.status();
    if (!current->has_value()) return Status::failure("store.not_found", "no such item");
    after = std::move(**current);
    if (auto s = mustBeOpen(after); !s) return s;
    after.state = "resolved";
    after.closed_at = clock_.now();
    after.closed_by = "operator:" + caller.client;
    after.note = *words;
    return tx.updateQuarantine(after);
  });
  if (!status) return status;
  audit("audit.quarantine_resolved", after, caller);
  return after;
}

}  // namespace hub::exchange
