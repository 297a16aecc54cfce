#include "hub/exchange/inbound.h"

#include <optional>
#include <string_view>

#include "hub/base/metrics.h"
#include "hub/exchange/answered_deliveries.h"
#include "hub/exchange/refused.h"

namespace hub::exchange {
namespace {

using store::AppealRow;

// The appeal the item's references name; `contradiction` if they name different ones.
Result<std::optional<AppealRow>> resolve(store::Tx& tx, const std::string& alias,
                                         const otinish::Inbound& item, bool* contradiction) {
  using Found = Result<std::optional<AppealRow>>;
  std::optional<AppealRow> appeal;
  auto take = [&](const std::string& reference, auto&& find) -> Status {
    if (reference.empty()) return {};
    Found found = find(reference);
    if (!found) return found.status();
    if (!found->has_value()) return {};
    if (appeal && appeal->id != (*found)->id) *contradiction = true;
    if (!appeal) appeal = std::move(**found);
    return {};
  };
  Status status = take(item.correlation_id, [&](const auto& id) { return tx.findByHubId(id); });
  if (status) {
    status = take(item.in_reply_to, [&](const auto& id) { return tx.findByMessageId(id); });
  }
  if (status) {
    status = take(item.external_id, [&](const auto& id) { return tx.findByExternalId(alias, id); });
  }
  if (status) {
    status = take(item.reg_number, [&](const auto& id) { return tx.findByNumber(id); });
  }
  if (!status) return status;
  return appeal;
}

// Whose a refused item is, for whoever looks for what became of it; 0 if its references name none, or several.
Result<store::RowId> namedAppeal(store::Tx& tx, const std::string& alias,
                                 const otinish::Inbound& item) {
  bool contradiction = false;
  auto appeal = resolve(tx, alias, item, &contradiction);
  if (!appeal) return appeal.status();
  return appeal->has_value() && !contradiction ? (*appeal)->id : 0;
}

// The carrier's word on one of our messages, not an agency's on an appeal.
constexpr std::string_view kNotDelivered = "adapter.not_delivered";
// An agency's word on one of our messages that is no word on the appeal: nobody listed what it means.
constexpr std::string_view kNotTaken = "adapter.refused_by_agency";

Judgement unknownAppeal() {
  Judgement judgement;
  judgement.code = "exchange.unknown_appeal";
  judgement.text = "no appeal fits the item's references";
  return judgement;
}

// Bounded: an adapter's free text must not make metric series.
std::string knownType(const std::string& type) {
  return type == "status/1" || type == "decision/1" ? type : "other";
}

}  // namespace

std::vector<PreparedItem> Inbound::prepare(const std::vector<otinish::Inbound>& items) const {
  return prepareItems(items, limits_);
}

PreparedItem Inbound::preparedFrom(const store::QuarantineRow& row) const {
  return exchange::preparedFrom(row, limits_);
}

Status Inbound::applyItems(store::Tx& tx, const ItemSource& source,
                           const std::vector<PreparedItem>& items, Instant now, int* put_off,
                           int* not_kept) const {
  *put_off = 0;
  if (not_kept) *not_kept = 0;
  bool all_taken = true;
  for (const auto& item : items) {
    auto judgement = applyOne(tx, source, item, now);
    if (!judgement) return judgement.status();
    all_taken = all_taken && judgement->code.empty() && !judgement->put_off;
    if (judgement->put_off) {
      ++*put_off;
      if (not_kept && judgement->not_kept) ++*not_kept;
    } else if (auto s = settle(tx, source, item.item.item_id, *judgement); !s) {
      return s;
    }
  }
  return all_taken ? closeKept(tx, source.alias, source.subject, now) : Status();
}

Status Inbound::settle(store::Tx& tx, const ItemSource& source, const std::string& item_id,
                       const Judgement& judgement) const {
  if (!source.owes_settlement) return {};
  store::SettledRow row;
  row.destination = source.alias;
  row.item_id = item_id;
  row.accepted = judgement.code.empty();
  row.code = judgement.code;
  row.text = judgement.text;
  row.reference = judgement.message_id;
  return tx.addSettled(row);
}

Status Inbound::judgeWaiting(store::Tx& tx, const ItemSource& source,
                             const std::vector<store::QuarantineRow>& rows, Instant now,
                             int* waiting) const {
  *waiting = 0;
  for (const auto& kept : rows) {
    auto current = tx.findQuarantine(kept.id);
    if (!current) return current.status();
    if (!current->has_value() || !isWaiting(**current) || !kept.item) continue;
    auto row = std::move(**current);
    auto item = preparedFrom(kept);
    item.waits_since = row.at;
    ItemSource who = source;
    who.evidence = kept.item->evidence;
    who.signers = Evidence::fromText(kept.item->signer);
    auto judgement = applyOne(tx, who, item, now, &row);
    if (!judgement) return judgement.status();
    if (judgement->put_off) {
      ++*waiting;
      continue;
    }
    // Refused, it is open now; anything else is done with.
    if (isWaiting(row)) {
      row.state = "resolved";
      row.closed_at = now;
      row.closed_by = "hub";
      row.note = judgement->code.empty() ? "accepted after it waited for a delivery"
                                         : "judged meanwhile: " + judgement->code;
    }
    if (auto s = tx.updateQuarantine(row); !s) return s;
    if (auto s = settle(tx, who, row.item_id, *judgement); !s) return s;
  }
  return {};
}

Status Inbound::endWaiting(store::Tx& tx, const store::QuarantineRow& row, Instant now) const {
  const ItemSource who{row.party, row.item ? row.item->evidence : "", true};
  const Judgement refused{row.code, row.text, {}};
  if (row.item) {
    const auto item = preparedFrom(row);
    auto known = tx.findInbox(row.party, row.item_id);
    if (!known) return known.status();
    // The id may stand for other content by now: that record stays.
    if (!known->has_value() || (isWaiting(**known) && isSame(**known, item))) {
      if (auto s = noteJudged(tx, who, item, refused, now); !s) return s;
    }
  }
  return settle(tx, who, row.item_id, refused);
}

// The item by itself, whatever became of one of its id before.
Result<Judgement> Inbound::judge(store::Tx& tx, const ItemSource& source, const PreparedItem& item,
                                 Instant now) const {
  Judgement judgement;
  const bool undelivered = item.item.problem_code == kNotDelivered;
  const auto ofNobody = [&] {
    return undelivered ? Judgement{std::string(kNotDelivered), item.problems.front().text, {}}
                       : unknownAppeal();
  };
  if (!item.problems.empty() && !undelivered) {
    judgement.code = item.problems.front().code;
    judgement.text = summaryOf(item.problems);
    return judgement;
  }
  bool contradiction = false;
  auto appeal = resolve(tx, source.alias, item.item, &contradiction);
  if (!appeal) return appeal.status();
  if (contradiction) {
    judgement.code = "exchange.contradictory_references";
    judgement.text = "the item's references name different appeals";
  } else if (!appeal->has_value() && early_.mayComeSoon(source, item, now)) {
    judgement.put_off = true;
  } else if (!appeal->has_value()) {
    judgement = ofNobody();
  } else if ((*appeal)->destination != source.alias) {
    judgement.code = "exchange.not_addressee";
    judgement.text = "the appeal was not sent to this agency";
  } else if (undelivered) {
    auto found = deliveryWasLost(tx, source, item, **appeal, now);
    if (!found) return found.status();
    if (!*found) judgement = ofNobody();
  } else {
    return item.item.type == "decision/1"
               ? decisions_.apply(tx, source, item, std::move(**appeal), now)
               : statuses_.apply(tx, source, item, **appeal, now);
  }
  return judgement;
}

Result<Judgement> Inbound::applyOne(store::Tx& tx, const ItemSource& source,
                                    const PreparedItem& item, Instant now,
                                    store::QuarantineRow* waited) const {
  Judgement judgement;
  auto known = tx.findInbox(source.alias, item.item.item_id);
  if (!known) return known.status();
  bool changed = false;
  if (known->has_value()) {
    const auto& before = **known;
    const bool same = isSame(before, item);
    if (same && isWaiting(before) && !waited) {
      judgement.put_off = true;
      return judgement;
    }
    if (same && !isWaiting(before)) {
      // Once done, always answered the same; `answer` keeps the refusal of a quarantined item.
      judgement.message_id = before.message_id;
      judgement.code = before.answer;
      countDuplicate(source);
      return judgement;
    }
    // What was refused did nothing, so that it may come again mended: by the agency, also in its references
    // alone, or because the adapter translates it now. What was taken stays as it was taken.
    changed = isTaken(before);
  }
  if (changed) {
    judgement.code = "exchange.item_changed";
    judgement.text = "the item id was used before for other content";
  } else {
    auto judged = judge(tx, source, item, now);
    if (!judged) return judged.status();
    judgement = std::move(*judged);
    const bool not_taken = item.item.problem_code == kNotTaken;
    if (not_taken) {
      // Here and not in judge(): what is judged again is no new word on a message that went out again since.
      auto ended = messageWasNotTaken(tx, source, item, now);
      if (!ended) return ended.status();
      judgement.put_off = !*ended;
    }
    if (judgement.put_off) {
      if (waited || !source.owes_settlement) return judgement;
      // A message's fate is no item to keep: the carrier tells it again.
      judgement.not_kept = not_taken || item.item.problem_code == kNotDelivered;
      if (judgement.not_kept) return judgement;
      auto waits = kept_.keepWaiting(tx, source, item, now);
      if (!waits) return waits.status();
      judgement.not_kept = !*waits;
      return judgement;
    }
  }
  early_.forget(source, item);
  if (!judgement.code.empty()) {
    auto named = namedAppeal(tx, source.alias, item.item);
    if (!named) return named.status();
    judgement.appeal = *named;
  }
  bool kept = true;
  if (changed) {
    auto again = changed_.keep(tx, source, item, judgement, now);
    if (!again) return again.status();
    if (*again) return judgement;
  } else if (!judgement.code.empty() && waited) {
    openWaited(*waited, source, item, judgement, now);
  } else if (!judgement.code.empty()) {
    auto room = kept_.keepRefused(tx, source, item, judgement, now);
    if (!room) return room.status();
    kept = *room;
  }
  metrics::count("hub_inbound_items_total", "Items received from agencies.",
                 {{"agency", source.alias},
                  {"type", knownType(item.item.type)},
                  {"result", judgement.code.empty() ? "accepted"
                             : kept                 ? "quarantined"
                                                    : "refused"}});
  // A changed item never replaces the first one's record; of what found no room there is none.
  if (changed || !kept) return judgement;
  if (known->has_value() && judgement.code.empty()) {
    if (auto s = closeKeptItem(tx, source.alias, item.item.item_id, now); !s) return s;
  }
  if (auto s = noteJudged(tx, source, item, judgement, now); !s) return s;
  return judgement;
}

Status Inbound::judgeAgain(store::Tx& tx, const ItemSource& source, const PreparedItem& item,
                           Instant now, Error* refusal) const {
  auto judgement = judge(tx, source, item, now);
  if (!judgement) return judgement.status();
  if (!judgement->code.empty()) {
    *refusal = {judgement->code, judgement->text, "", 0};
    return {};
  }
  if (auto s = settle(tx, source, item.item.item_id, *judgement); !s) return s;
  auto known = tx.findInbox(source.alias, item.item.item_id);
  if (!known) return known.status();
  // The id may stand for other content that was taken: that record stays.
  if (known->has_value() && isTaken(**known)) return {};
  return noteJudged(tx, source, item, *judgement, now);
}

Status Inbound::takeAgain(store::Tx& tx, const ItemSource& source, const PreparedItem& item,
                          Instant now, Error* refusal) const {
  auto known = tx.findInbox(source.alias, item.item.item_id);
  if (!known) return known.status();
  if (known->has_value() && isTaken(**known)) {
    if ((*known)->content_sha256 == item.content_sha256) return {};
    *refusal = {"exchange.item_changed", "the item id was used before for other content", "", 0};
    return {};
  }
  return judgeAgain(tx, source, item, now, refusal);
}

}  // namespace hub::exchange
