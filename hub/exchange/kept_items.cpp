#include "hub/exchange/kept_items.h"

#include <algorithm>

#include "hub/base/log.h"
#include "hub/base/metrics.h"

namespace hub::exchange {
namespace {

// Of an item that is put off: in the quarantine table and in the inbox.
constexpr const char* kWaiting = "waiting";
constexpr const char* kInProgress = "in_progress";

// How the log calls an item: NAME#ROW@DIGEST without the name. Names of files are the agency's choice and
// may tell of a person; row and digest find the item in the quarantine, where the name stands.
std::string loggedId(const std::string& item_id) {
  const auto mark = item_id.rfind('#');
  if (mark == item_id.npos) return item_id;
  const auto row_end = item_id.find_first_not_of("0123456789", mark + 1);
  const bool has_name = row_end != item_id.npos && row_end > mark + 1 && item_id[row_end] == '@';
  return has_name ? item_id.substr(mark) : item_id;
}

// The adapter's words may be the agency's, and those may name a person: they stand in the quarantine.
void tellQuarantined(const ItemSource& source, const PreparedItem& item, const std::string& code,
                     const std::string& text) {
  logWarning("inbound.quarantined",
             {{"agency", source.alias},
              {"item_id", loggedId(item.item.item_id)},
              {"code", code},
              {"detail", item.item.problem_code.empty() ? text : std::string()}});
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
  row.appeal = judgement.appeal;
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

Status keepOpen(store::Tx& tx, const ItemSource& source, const store::QuarantineRow& row,
                const PreparedItem& item) {
  if (auto added = tx.addQuarantine(row); !added) return added.status();
  tellQuarantined(source, item, row.code, row.text);
  return {};
}

std::size_t bytesOf(const store::QuarantineRow& row) {
  return row.raw.size() + row.item->body.size() + (row.request ? row.request->body.size() : 0);
}

// Its record may have been taken over by one that named another appeal under the same id.
Result<bool> waitsAlready(store::Tx& tx, const ItemSource& source, const PreparedItem& item) {
  auto known = tx.findInbox(source.alias, item.item.item_id);
  if (!known) return known.status();
  if (!known->has_value()) return false;
  auto rows = tx.waitingItems(source.alias, item.item.item_id);
  if (!rows) return rows.status();
  const auto& came = item.item;
  return std::any_of(rows->begin(), rows->end(), [&](const store::QuarantineRow& row) {
    const auto& kept = row.item;
    return kept && kept->type == came.type && kept->form == came.form &&
           kept->correlation_id == came.correlation_id && kept->in_reply_to == came.in_reply_to &&
           kept->external_id == came.external_id && kept->reg_number == came.reg_number &&
           kept->body == came.body;
  });
}

void tellNoRoomToWait(const ItemSource& source, const std::string& item_id, KeepBudget::Room room) {
  metrics::count("hub_inbound_no_room_to_wait_total",
                 "Early items that were not kept: the agency has to give them again.",
                 {{"agency", source.alias}});
  if (room != KeepBudget::Room::kJustUsedUp) return;
  logError("inbound.no_room_to_wait",
           {{"agency", source.alias},
            {"first_item_id", loggedId(item_id)},
            {"detail", "too many items wait for deliveries; the agency gives them again"}});
}

// There was no room for it.
void tellNotKept(const ItemSource& source, const std::string& item_id, KeepBudget::Room room) {
  metrics::count("hub_inbound_not_kept_total",
                 "Refused items that were not kept: the agency's bound was reached.",
                 {{"agency", source.alias}});
  if (room != KeepBudget::Room::kJustUsedUp) return;
  logError("inbound.not_kept", {{"agency", source.alias},
                                {"first_item_id", loggedId(item_id)},
                                {"detail", "too many refused items; more are counted only"}});
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

void openWaited(store::QuarantineRow& waited, const ItemSource& source, const PreparedItem& item,
                const Judgement& judgement, Instant now) {
  waited.state = "open";
  waited.opened_at = now;
  waited.code = judgement.code;
  waited.text = judgement.text;
  waited.appeal = judgement.appeal;
  tellQuarantined(source, item, judgement.code, judgement.text);
}

Result<bool> KeptItems::keepRefused(store::Tx& tx, const ItemSource& source,
                                    const PreparedItem& item, const Judgement& judgement,
                                    Instant now) {
  const auto row = rowOf(source, item, judgement, now);
  const auto room = refused_.roomForItem(source.alias, bytesOf(row), now);
  if (room != KeepBudget::Room::kEnough) {
    tellNotKept(source, row.item_id, room);
    return false;
  }
  if (auto s = keepOpen(tx, source, row, item); !s) return s;
  return true;
}

// The hub keeps it, not the adapter's cursor: what the agency says of other appeals goes on, and an
// adapter never has to guess why an answer of it did not count.
Result<bool> KeptItems::keepWaiting(store::Tx& tx, const ItemSource& source,
                                    const PreparedItem& item, Instant now) {
  Judgement judgement;
  judgement.code = "exchange.unknown_appeal";
  judgement.text = "waits for the deliveries that were open when it came";
  auto row = rowOf(source, item, judgement, now);
  row.state = kWaiting;
  auto before = waitsAlready(tx, source, item);
  if (!before) return before.status();
  if (!*before) {
    const auto room = waiting_.roomForItem(source.alias, bytesOf(row), now);
    if (room != KeepBudget::Room::kEnough) {
      tellNoRoomToWait(source, row.item_id, room);
      return false;
    }
    if (auto added = tx.addQuarantine(row); !added) return added.status();
  }
  store::InboxRow seen;
  seen.party = source.alias;
  seen.item_id = item.item.item_id;
  seen.status = kInProgress;
  seen.content_sha256 = item.content_sha256;
  seen.at = now;
  seen.about = item.about_sha256;
  if (auto s = tx.putInbox(seen); !s) return s;
  return true;
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
  if (const auto room = budget_.roomFor(source.alias, now); room != KeepBudget::Room::kEnough) {
    tellNotKept(source, item.item.item_id, room);
    return false;
  }
  if (auto s = keepOpen(tx, source, rowOf(source, item, judgement, now), item); !s) return s;
  if (auto s = noteJudged(tx, source, seen, judgement, now); !s) return s;
  return false;
}

}  // namespace hub::exchange
