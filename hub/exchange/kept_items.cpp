#include "hub/exchange/kept_items.h"

#include "hub/base/log.h"

namespace hub::exchange {
namespace {

// Of an item that is put off: in the quarantine table and in the inbox.
constexpr const char* kWaiting = "waiting";
constexpr const char* kInProgress = "in_progress";

void tellQuarantined(const ItemSource& source, const PreparedItem& item, const std::string& code,
                     const std::string& text) {
  logWarning(
      "inbound.quarantined",
      {{"agency", source.alias}, {"item_id", item.item.item_id}, {"code", code}, {"detail", text}});
}

std::string anyReference(const otinish::Inbound& item) {
  for (const auto& text :
       {item.correlation_id, item.in_reply_to, item.external_id, item.reg_number}) {
    if (!text.empty()) return text;
  }
  return {};
}

store::QuarantineRow rowOf(const ItemSource& source, const PreparedItem& item,
                           const Judgement& judgement, Instant now) {
  const auto& came = item.item;
  store::QuarantineRow row;
  row.party = source.alias;
  row.item_id = came.item_id;
  row.at = now;
  row.code = judgement.code;
  row.text = judgement.text;
  row.correlation = anyReference(came);
  row.raw = came.raw.empty() ? came.body : came.raw;
  row.state = "open";
  row.kind = "item";
  if (!came.problem_code.empty()) row.subject = source.subject;
  row.item = store::QuarantinedItem{came.type,        came.form,           came.correlation_id,
                                    came.in_reply_to, came.external_id,    came.reg_number,
                                    source.evidence,  source.signers.text, came.body};
  if (!came.problem_code.empty()) {
    row.item->type = row.item->form = row.item->body = "";
    row.request = source.request;
    if (row.request && row.request->body == row.raw) row.request->body.clear();
  }
  return row;
}

}  // namespace

bool isSame(const store::InboxRow& before, const PreparedItem& item) {
  return before.content_sha256 == item.content_sha256 &&
         (isTaken(before) || before.about == item.about_sha256);
}

bool isTaken(const store::InboxRow& row) { return !isWaiting(row) && row.answer.empty(); }
bool isWaiting(const store::InboxRow& row) { return row.status == kInProgress; }
bool isWaiting(const store::QuarantineRow& row) { return row.state == kWaiting; }

Status noteJudged(store::Tx& tx, const ItemSource& source, const PreparedItem& item,
                  const Judgement& judgement, Instant now) {
  store::InboxRow row;
  row.party = source.alias;
  row.item_id = item.item.item_id;
  row.status = "completed";
  row.message_id = judgement.message_id;
  row.content_sha256 = item.content_sha256;
  row.answer = judgement.code;
  row.at = now;
  if (!judgement.code.empty()) row.about = item.about_sha256;
  return tx.putInbox(row);
}

Status keepItem(store::Tx& tx, const ItemSource& source, const PreparedItem& item,
                const Judgement& judgement, Instant now) {
  if (auto added = tx.addQuarantine(rowOf(source, item, judgement, now)); !added) {
    return added.status();
  }
  tellQuarantined(source, item, judgement.code, judgement.text);
  return {};
}

void openWaited(store::QuarantineRow& waited, const ItemSource& source, const PreparedItem& item,
                const Judgement& judgement) {
  waited.state = "open";
  waited.code = judgement.code;
  waited.text = judgement.text;
  tellQuarantined(source, item, judgement.code, judgement.text);
}

// The hub keeps it, not the adapter's cursor: what the agency says of other appeals goes on, and an
// adapter never has to guess why an answer of it did not count.
Status keepWaiting(store::Tx& tx, const ItemSource& source, const PreparedItem& item, Instant now) {
  Judgement judgement;
  judgement.code = "exchange.unknown_appeal";
  judgement.text = "waits for the deliveries that were open when it came";
  auto row = rowOf(source, item, judgement, now);
  row.state = kWaiting;
  if (auto added = tx.addQuarantine(row); !added) return added.status();
  store::InboxRow seen;
  seen.party = source.alias;
  seen.item_id = item.item.item_id;
  seen.status = kInProgress;
  seen.content_sha256 = item.content_sha256;
  seen.at = now;
  seen.about = item.about_sha256;
  return tx.putInbox(seen);
}

Result<bool> ChangedItems::keep(store::Tx& tx, const ItemSource& source, const PreparedItem& item,
                                const Judgement& judgement, Instant now) {
  PreparedItem seen;
  seen.item.item_id = item.item.item_id + "#" + item.content_sha256;
  seen.content_sha256 = item.content_sha256;
  auto known = tx.findInbox(source.alias, seen.item.item_id);
  if (!known) return known.status();
  if (known->has_value()) {
    countDuplicate(source);
    return true;
  }
  if (!budget_.mayKeep(source.alias, now)) {
    logWarning("inbound.changed_not_kept", {{"agency", source.alias},
                                            {"item_id", item.item.item_id},
                                            {"sha256", item.content_sha256}});
    return false;
  }
  if (auto s = keepItem(tx, source, item, judgement, now); !s) return s;
  if (auto s = noteJudged(tx, source, seen, judgement, now); !s) return s;
  return false;
}

}  // namespace hub::exchange
