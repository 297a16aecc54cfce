#include "hub/exchange/inbound.h"

#include <algorithm>
#include <filesystem>

#include "hub/base/ids.h"
#include "hub/base/log.h"
#include "hub/base/metrics.h"
#include "hub/base/text.h"
#include "hub/exchange/clock_rows.h"
#include "hub/exchange/event_texts.h"
#include "hub/exchange/outgoing.h"
#include "hub/exchange/transitions.h"
#include "hub/model/codec.h"
#include "hub/model/codes.h"
#include "hub/rules/procedure.h"

namespace hub::exchange {
namespace {

using store::AppealRow;
using store::OutboxState;

// Of an item that is put off: in the quarantine table and in the inbox.
constexpr const char* kWaiting = "waiting";
constexpr const char* kInProgress = "in_progress";

// Judged and accepted.
bool isTaken(const store::InboxRow& row) { return row.status != kInProgress && row.answer.empty(); }

void tellQuarantined(const Inbound::Agency& agency, const PreparedItem& item,
                     const std::string& code, const std::string& text) {
  logWarning(
      "inbound.quarantined",
      {{"agency", agency.alias}, {"item_id", item.item.item_id}, {"code", code}, {"detail", text}});
}

std::string actorOf(const std::string& alias) { return "agency:" + alias; }

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

std::string anyReference(const otinish::Inbound& item) {
  for (const auto& text :
       {item.correlation_id, item.in_reply_to, item.external_id, item.reg_number}) {
    if (!text.empty()) return text;
  }
  return {};
}

// Bounded: an adapter's free text must not make metric series.
std::string knownType(const std::string& type) {
  return type == "status/1" || type == "decision/1" ? type : "other";
}

std::string summaryOf(const std::vector<Error>& problems) {
  std::string text;
  for (std::size_t i = 0; i < problems.size() && i < 5; ++i) {
    text += (i ? "; " : "") + problems[i].code;
    if (!problems[i].field.empty()) text += " at " + problems[i].field;
    if (!problems[i].text.empty()) text += ": " + problems[i].text;
  }
  return text;
}

// The delivery of the appeal itself is finished once the agency registered, decided or refused it.
Status settleOutbox(store::Tx& tx, const AppealRow& appeal, OutboxState state,
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

// What followed the appeal (a withdrawal, a changed term) and is answered by the item.
Result<std::optional<store::OutboxRow>> followingMessage(store::Tx& tx,
                                                         const Inbound::Agency& agency,
                                                         const PreparedItem& item,
                                                         const AppealRow& appeal) {
  const auto& message_id = item.item.in_reply_to;
  if (!isUuid(message_id)) return std::optional<store::OutboxRow>();
  auto row = tx.findOutboxByMessageId(message_id);
  if (row.ok() && row->has_value() &&
      ((*row)->type == "appeal/1" || (*row)->destination != agency.alias ||
       (*row)->appeal != appeal.id)) {
    row->reset();
  }
  return row;
}

bool isReceipt(std::string_view status) {
  return status == "delivered" || status == "registered" || status == "in_work";
}

// Its delivery is finished by the receipt for it.
Status settleFollowing(store::Tx& tx, store::OutboxRow row, bool refused) {
  const auto state = refused ? OutboxState::kRejected : OutboxState::kDelivered;
  if (row.state == state || row.state == OutboxState::kDead) return {};
  row.state = state;
  row.last_code = refused ? "agency.refused" : "";
  row.last_text = refused ? "the agency refused the message" : "";
  return tx.updateOutbox(row);
}

std::string localDay(Instant at) {
  auto local = toLocal(at, "Asia/Almaty");
  return local.ok() ? formatDate(local->date) : std::string();
}

// The consideration term that runs is met or missed at `at`; an extended one stays "extended". One whose
// due date is unknown stays so, and one that was found missed is missed whatever the body says later.
// False if it ended in time by `at`, and the news came later than its end. Nothing is to be sent up any
// more (APPC 91(4)).
Result<bool> closeConsiderClock(store::Tx& tx, const AppealRow& appeal, Instant at, Instant now) {
  if (auto closed = tx.closeClock(appeal.id, "send_up", localDay(now)); !closed) {
    return closed.status();
  }
  auto clocks = tx.clocks(appeal.id);
  if (!clocks) return clocks.status();
  const auto runs = [](const store::ClockRow& clock) {
    return clock.status == "running" && !clock.due_date.empty() &&
           (clock.name == "consider" || clock.name == "consider_extended");
  };
  const auto newest = std::find_if(clocks->rbegin(), clocks->rend(), runs);
  if (newest == clocks->rend()) return true;
  const bool late = clockDay(*newest, at) > newest->due_date;
  if (auto s = tx.setClockStatus(appeal.id, newest->name, late ? "missed" : "met"); !s) return s;
  return late || clockDay(*newest, now) <= newest->due_date;
}

rules::LocalText newsCameLate(const std::string& day) {
  return {"Орган бұл туралы мерзім өткеннен кейін хабарлады: " + day,
          "Орган сообщил об этом после срока: " + day,
          "The body told of it after the term: " + day};
}

// The same news under another id, as a file that is written twice under two names.
Result<bool> toldBefore(store::Tx& tx, const Inbound::Agency& agency, const AppealRow& appeal,
                        const PreparedItem& item) {
  auto told = tx.hasEventOf(appeal.id, item.content_sha256);
  if (told.ok() && *told) {
    metrics::count("hub_inbound_duplicates_total", "Items an agency sent again.",
                   {{"agency", agency.alias}});
  }
  return told;
}

}  // namespace

std::vector<PreparedItem> Inbound::prepare(const std::vector<otinish::Inbound>& items) const {
  std::vector<PreparedItem> prepared;
  prepared.reserve(items.size());
  for (const auto& item : items) {
    PreparedItem one;
    one.item = item;
    one.content_sha256 = sha256Hex(item.problem_code.empty() ? item.body : item.raw);
    if (one.item.item_id.empty()) one.item.item_id = one.content_sha256;
    if (!item.problem_code.empty()) {
      one.problems.push_back({item.problem_code, maskText(item.problem_text), "", 0});
    } else if (item.type != "status/1" && item.type != "decision/1") {
      one.problems.push_back({"exchange.type_not_allowed", "an agency sent " + item.type, "", 0});
    } else {
      auto message = item.form == "json" ? model::decodeJson(item.body, limits_, item.type)
                                         : model::decodeXml(item.body, limits_);
      if (!message) {
        one.problems = message.status().errors();
      } else if (model::typeOf(message->payload) != item.type) {
        one.problems.push_back({"model.unknown_type", "the payload is not a " + item.type, "", 0});
      } else {
        one.message = std::move(*message);
      }
    }
    prepared.push_back(std::move(one));
  }
  return prepared;
}

Status Inbound::applyItems(store::Tx& tx, const Agency& agency,
                           const std::vector<PreparedItem>& items, Instant now,
                           int* put_off) const {
  *put_off = 0;
  bool all_taken = true;
  for (const auto& item : items) {
    auto judgement = applyOne(tx, agency, item, now);
    if (!judgement) return judgement.status();
    all_taken = all_taken && judgement->code.empty() && !judgement->put_off;
    if (judgement->put_off) {
      ++*put_off;
    } else if (auto s = settle(tx, agency, item.item.item_id, *judgement); !s) {
      return s;
    }
  }
  return all_taken ? closeKept(tx, agency.alias, agency.subject, now) : Status();
}

Status Inbound::settle(store::Tx& tx, const Agency& agency, const std::string& item_id,
                       const Judgement& judgement) const {
  if (!agency.owes_settlement) return {};
  store::SettledRow row;
  row.destination = agency.alias;
  row.item_id = item_id;
  row.accepted = judgement.code.empty();
  row.code = judgement.code;
  row.text = judgement.text;
  row.reference = judgement.message_id;
  return tx.addSettled(row);
}

PreparedItem Inbound::preparedFrom(const store::QuarantineRow& row) const {
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
  return std::move(prepare({item}).front());
}

Status Inbound::judgeWaiting(store::Tx& tx, const Agency& agency,
                             const std::vector<store::QuarantineRow>& rows, Instant now,
                             int* waiting) const {
  *waiting = 0;
  for (const auto& kept : rows) {
    auto current = tx.findQuarantine(kept.id);
    if (!current) return current.status();
    if (!current->has_value() || (*current)->state != kWaiting || !kept.item) continue;
    auto row = std::move(**current);
    auto item = preparedFrom(kept);
    item.waits_since = row.at;
    Agency who = agency;
    who.evidence = kept.item->evidence;
    who.signers = Evidence::fromText(kept.item->signer);
    auto judgement = applyOne(tx, who, item, now, &row);
    if (!judgement) return judgement.status();
    if (judgement->put_off) {
      ++*waiting;
      continue;
    }
    // Refused, it is open now; anything else is done with.
    if (row.state == kWaiting) {
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

// The item by itself, whatever became of one of its id before.
Result<Inbound::Judgement> Inbound::judge(store::Tx& tx, const Agency& agency,
                                          const PreparedItem& item, Instant now) const {
  Judgement judgement;
  if (!item.problems.empty()) {
    judgement.code = item.problems.front().code;
    judgement.text = summaryOf(item.problems);
    return judgement;
  }
  bool contradiction = false;
  auto appeal = resolve(tx, agency.alias, item.item, &contradiction);
  if (!appeal) return appeal.status();
  if (contradiction) {
    judgement.code = "exchange.contradictory_references";
    judgement.text = "the item's references name different appeals";
  } else if (!appeal->has_value() && mayComeSoon(agency, item, now)) {
    judgement.put_off = true;
  } else if (!appeal->has_value()) {
    judgement.code = "exchange.unknown_appeal";
    judgement.text = "no appeal fits the item's references";
  } else if ((*appeal)->destination != agency.alias) {
    judgement.code = "exchange.not_addressee";
    judgement.text = "the appeal was not sent to this agency";
  } else {
    return item.item.type == "decision/1" ? applyDecision(tx, agency, item, **appeal, now)
                                          : applyStatus(tx, agency, item, **appeal, now);
  }
  return judgement;
}

Result<Inbound::Judgement> Inbound::applyOne(store::Tx& tx, const Agency& agency,
                                             const PreparedItem& item, Instant now,
                                             store::QuarantineRow* waited) const {
  Judgement judgement;
  auto known = tx.findInbox(agency.alias, item.item.item_id);
  if (!known) return known.status();
  bool changed = false;
  if (known->has_value()) {
    const auto& before = **known;
    const bool same = before.content_sha256 == item.content_sha256;
    if (same && before.status == kInProgress && !waited) {
      judgement.put_off = true;
      return judgement;
    }
    if (same && before.status != kInProgress) {
      // Once done, always answered the same; `answer` keeps the refusal of a quarantined item.
      judgement.message_id = before.message_id;
      judgement.code = before.answer;
      metrics::count("hub_inbound_duplicates_total", "Items an agency sent again.",
                     {{"agency", agency.alias}});
      return judgement;
    }
    // What was refused did nothing, so that it may come again mended: by the agency, or because the
    // adapter translates it now. What was taken stays as it was taken.
    changed = isTaken(before);
  }
  if (changed) {
    judgement.code = "exchange.item_changed";
    judgement.text = "the item id was used before for other content";
  } else {
    auto judged = judge(tx, agency, item, now);
    if (!judged) return judged.status();
    judgement = std::move(*judged);
    if (judgement.put_off) {
      if (waited || !agency.owes_settlement) return judgement;
      if (auto s = keepWaiting(tx, agency, item, now); !s) return s;
      return judgement;
    }
  }
  if (changed) {
    auto again = keepChanged(tx, agency, item, judgement, now);
    if (!again) return again.status();
    if (*again) return judgement;
  } else if (!judgement.code.empty() && waited) {
    waited->state = "open";
    waited->code = judgement.code;
    waited->text = judgement.text;
    tellQuarantined(agency, item, judgement.code, judgement.text);
  } else if (!judgement.code.empty()) {
    if (auto s = keepItem(tx, agency, item, judgement, now); !s) return s;
  }
  metrics::count("hub_inbound_items_total", "Items received from agencies.",
                 {{"agency", agency.alias},
                  {"type", knownType(item.item.type)},
                  {"result", judgement.code.empty() ? "accepted" : "quarantined"}});
  if (changed) return judgement;  // a changed item never replaces the first one's record
  if (known->has_value() && judgement.code.empty()) {
    auto s =
        closeOpen(tx, {agency.alias, item.item.item_id, "", now, "", "the item was taken later"});
    if (!s) return s;
  }
  if (auto s = noteInbox(tx, agency, item, judgement, now); !s) return s;
  return judgement;
}

// Once for each content; false if this one is new. One that differs every time is kept within bounds only:
// the agency hears each time that it is refused.
Result<bool> Inbound::keepChanged(store::Tx& tx, const Agency& agency, const PreparedItem& item,
                                  const Judgement& judgement, Instant now) const {
  PreparedItem seen;
  seen.item.item_id = item.item.item_id + "#" + item.content_sha256;
  seen.content_sha256 = item.content_sha256;
  auto known = tx.findInbox(agency.alias, seen.item.item_id);
  if (!known) return known.status();
  if (known->has_value()) {
    metrics::count("hub_inbound_duplicates_total", "Items an agency sent again.",
                   {{"agency", agency.alias}});
    return true;
  }
  // Of its own: what strangers push must not use up what is kept of the agency.
  if (!mayKeep(agency.alias + "#changed", now)) {
    logWarning("inbound.changed_not_kept", {{"agency", agency.alias},
                                            {"item_id", item.item.item_id},
                                            {"sha256", item.content_sha256}});
    return false;
  }
  if (auto s = keepItem(tx, agency, item, judgement, now); !s) return s;
  if (auto s = noteInbox(tx, agency, seen, judgement, now); !s) return s;
  return false;
}

store::QuarantineRow Inbound::rowOf(const Agency& agency, const PreparedItem& item,
                                    const Judgement& judgement, Instant now) const {
  const auto& came = item.item;
  store::QuarantineRow row;
  row.party = agency.alias;
  row.item_id = came.item_id;
  row.at = now;
  row.code = judgement.code;
  row.text = judgement.text;
  row.correlation = anyReference(came);
  row.raw = came.raw.empty() ? came.body : came.raw;
  row.state = "open";
  row.kind = "item";
  if (!came.problem_code.empty()) row.subject = agency.subject;
  row.item = store::QuarantinedItem{came.type,        came.form,           came.correlation_id,
                                    came.in_reply_to, came.external_id,    came.reg_number,
                                    agency.evidence,  agency.signers.text, came.body};
  if (!came.problem_code.empty()) {
    row.item->type = row.item->form = row.item->body = "";
    row.request = agency.request;
    if (row.request && row.request->body == row.raw) row.request->body.clear();
  }
  return row;
}

Status Inbound::keepItem(store::Tx& tx, const Agency& agency, const PreparedItem& item,
                         const Judgement& judgement, Instant now) const {
  if (auto added = tx.addQuarantine(rowOf(agency, item, judgement, now)); !added) {
    return added.status();
  }
  tellQuarantined(agency, item, judgement.code, judgement.text);
  return {};
}

// The hub keeps it, not the adapter's cursor: what the agency says of other appeals goes on, and an
// adapter never has to guess why an answer of it did not count.
Status Inbound::keepWaiting(store::Tx& tx, const Agency& agency, const PreparedItem& item,
                            Instant now) const {
  Judgement judgement;
  judgement.code = "exchange.unknown_appeal";
  judgement.text = "waits for the deliveries that were open when it came";
  auto row = rowOf(agency, item, judgement, now);
  row.state = kWaiting;
  if (auto added = tx.addQuarantine(row); !added) return added.status();
  store::InboxRow seen;
  seen.party = agency.alias;
  seen.item_id = item.item.item_id;
  seen.status = kInProgress;
  seen.content_sha256 = item.content_sha256;
  seen.at = now;
  return tx.putInbox(seen);
}

Status Inbound::noteInbox(store::Tx& tx, const Agency& agency, const PreparedItem& item,
                          const Judgement& judgement, Instant now) const {
  store::InboxRow row;
  row.party = agency.alias;
  row.item_id = item.item.item_id;
  row.status = "completed";
  row.message_id = judgement.message_id;
  row.content_sha256 = item.content_sha256;
  row.answer = judgement.code;
  row.at = now;
  return tx.putInbox(row);
}

Status Inbound::judgeAgain(store::Tx& tx, const Agency& agency, const PreparedItem& item,
                           Instant now, Error* refusal) const {
  auto judgement = judge(tx, agency, item, now);
  if (!judgement) return judgement.status();
  if (!judgement->code.empty()) {
    *refusal = {judgement->code, judgement->text, "", 0};
    return {};
  }
  auto known = tx.findInbox(agency.alias, item.item.item_id);
  if (!known) return known.status();
  // The id may stand for other content that was taken: that record stays.
  if (known->has_value() && isTaken(**known)) return {};
  return noteInbox(tx, agency, item, *judgement, now);
}

Status Inbound::takeAgain(store::Tx& tx, const Agency& agency, const PreparedItem& item,
                          Instant now, Error* refusal) const {
  auto known = tx.findInbox(agency.alias, item.item.item_id);
  if (!known) return known.status();
  if (known->has_value() && isTaken(**known)) {
    if ((*known)->content_sha256 == item.content_sha256) return {};
    *refusal = {"exchange.item_changed", "the item id was used before for other content", "", 0};
    return {};
  }
  return judgeAgain(tx, agency, item, now, refusal);
}

bool Inbound::isNobodys(const Error& reason) {
  return reason.code == "trust.signature_missing" || reason.code == "trust.malformed" ||
         reason.code == "trust.dtd_refused";
}

bool Inbound::countKept(Kept& kept, Instant now) {
  constexpr int kKeptPerHourMax = 100;
  if (now - kept.since >= std::chrono::hours(1)) kept = {now, 0, 0};
  return ++kept.count <= kKeptPerHourMax;
}

bool Inbound::mayKeep(const std::string& party, Instant now) const {
  std::lock_guard lock(mutex_);
  return countKept(kept_[party], now);
}

bool Inbound::mayKeepNobodys(const std::string& party, Instant now) const {
  std::lock_guard lock(mutex_);
  return countKept(nobodys_[party], now);
}

bool Inbound::mayKeepWhole(const std::string& party, std::size_t bytes, Instant now) const {
  constexpr std::size_t kBytesPerHourMax = 32 * 1024 * 1024;
  std::lock_guard lock(mutex_);
  auto& kept = kept_[party];
  if (now - kept.since >= std::chrono::hours(1)) kept = {now, 0, 0};
  if (bytes > kBytesPerHourMax - kept.bytes) return false;
  kept.bytes += bytes;
  return true;
}

Status Inbound::closeOpen(store::Tx& tx, const store::QuarantineClosing& closing) const {
  auto with_author = closing;
  with_author.by = "hub";
  auto closed = tx.closeQuarantine(with_author);
  if (!closed) return closed.status();
  if (*closed == 0) return {};
  metrics::count("hub_quarantine_mended_total", "Kept items that succeeded when they came again.",
                 {{"agency", closing.party}}, *closed);
  logInfo("quarantine.mended",
          {{"agency", closing.party}, {"items", static_cast<long long>(*closed)}});
  return {};
}

Status Inbound::closeKept(store::Tx& tx, const std::string& party, const std::string& subject,
                          Instant now) const {
  if (subject.empty()) return {};
  return closeOpen(tx, {party, "", subject, now, "", "the same succeeded later"});
}

Status Inbound::keepRefused(store::Tx& tx, const std::string& party, const Error& reason,
                            const Refused& refused, Instant now) const {
  const auto& [kind, raw, correlation, subject, request] = refused;
  const std::size_t bytes_max = kind == "push" && isNobodys(reason) ? 4 * 1024 : 64 * 1024;
  std::string digest = sha256Hex(raw);
  // The same content may come without a signature first and with one later.
  std::string item_id = kind + ":" + reason.code + ":" + digest;
  auto known = tx.findInbox(party, item_id);
  if (!known) return known.status();
  if (known->has_value()) {
    // What was closed because the same succeeded, and fails anew, is news.
    if (subject.empty()) return {};
    auto open = tx.hasOpenQuarantine(party, subject);
    if (!open) return open.status();
    if (*open) return {};
  }
  store::QuarantineRow row;
  row.party = party;
  row.item_id = item_id;
  row.at = now;
  row.code = reason.code;
  row.text = maskText(reason.text);
  row.correlation = correlation;
  row.raw = request ? raw : raw.substr(0, bytes_max);
  row.request = request;
  row.state = "open";
  row.kind = kind;
  row.subject = subject;
  if (auto added = tx.addQuarantine(row); !added) return added.status();
  store::InboxRow seen;
  seen.party = party;
  seen.item_id = item_id;
  seen.status = "completed";
  seen.content_sha256 = digest;
  seen.answer = reason.code;
  seen.at = now;
  return tx.putInbox(seen);
}

bool Inbound::mayComeSoon(const Agency& agency, const PreparedItem& item, Instant now) const {
  constexpr std::size_t kItemsMax = 10'000;
  constexpr auto kPutOffMax = std::chrono::hours(1);
  if (!agency.oldest_open) return false;
  auto oldest = agency.oldest_open();
  // Bounded: a delivery that never gets through must not keep what is nobody's for ever.
  auto waits = [&](Instant since) {
    return oldest && *oldest <= since && now - since < kPutOffMax;
  };
  if (agency.owes_settlement) return waits(item.waits_since.value_or(now));
  std::lock_guard lock(mutex_);
  if (first_seen_.size() > kItemsMax) first_seen_.clear();
  auto seen = first_seen_.try_emplace(agency.alias + " " + item.item.item_id, now).first;
  if (waits(seen->second)) return true;
  first_seen_.erase(seen);
  return false;
}

// A decision may name only files whose bytes are in the store, with their true size.
std::string Inbound::attachmentProblem(const model::Decision& decision) const {
  if (!attachments_) return {};
  for (std::size_t i = 0; i < decision.attachments.size(); ++i) {
    auto path = attachments_->path(decision.attachments[i].sha256);
    std::error_code error;
    auto size = path.ok() ? std::filesystem::file_size(*path, error) : 0;
    if (!path || error || static_cast<std::int64_t>(size) != decision.attachments[i].size) {
      return "attachment " + std::to_string(i) + " did not come with these bytes";
    }
  }
  return {};
}

// A term that an event of the appeal opens, where the body that has it counts.
rules::EventClockRequest Inbound::eventRequest(const AppealRow& appeal, Instant at) const {
  rules::EventClockRequest request;
  request.kind = appeal.kind;
  request.procedure = appeal.procedure;
  request.special_kind = appeal.kind_special;
  request.event_at = at;
  if (!law_) return request;
  const auto law = law_->get();
  auto today = toLocal(at, law->data().default_zone);
  if (!today) return request;
  if (const auto* body = law->bodyByBin(appeal.body_bin, today->date)) {
    request.level = body->level;
    request.zone = body->zone;
  }
  return request;
}

// APPC 76(3): once, before the term ends, up to two months, for kinds whose term can be extended at all;
// never a shorter term. A term counted anew at another body (76(2)) can be extended there.
Result<bool> Inbound::extensionIsLawful(store::Tx& tx, const AppealRow& appeal,
                                        const model::StatusUpdate& status, Instant decided) const {
  if (!status.until || *status.until < appeal.due_date) return false;
  auto clocks = tx.clocks(appeal.id);
  if (!clocks) return clocks.status();
  for (auto clock = clocks->rbegin(); clock != clocks->rend(); ++clock) {
    if (clock->name == "consider_extended" && clock->status != "cancelled") return false;
    if (clock->name != "consider") continue;
    if (clock->status != "running" && clock->status != "unknown") return false;
    if (!clock->due_date.empty() && clockDay(*clock, decided) > clock->due_date) return false;
    break;
  }
  if (!law_) return true;
  auto request = eventRequest(appeal, decided);
  request.clock = "extend";
  auto clock = rules::computeEventClock(*law_->get(), request);
  return clock.ok() && clock->due_date && *status.until <= formatDate(*clock->due_date);
}

// APPC 76(3): the term the body chose within the two months, and three working days to tell the
// applicant, both from the decision to extend.
Status Inbound::openExtension(store::Tx& tx, const AppealRow& appeal,
                              const model::StatusUpdate& status, Instant decided) const {
  auto request = eventRequest(appeal, decided);
  request.clock = "extend";
  store::ClockRow term;
  Result<rules::Clock> extend =
      law_ ? rules::computeEventClock(*law_->get(), request)
           : Result<rules::Clock>(Status::failure("rules.no_such_term", "no law book"));
  if (extend.ok()) term = clockRow(appeal.id, *extend, "running");
  term.appeal = appeal.id;
  term.name = "consider_extended";
  term.start_at = request.event_at;
  term.due_date = *status.until;
  term.status = "running";
  term.explanation = kBodyDecided;
  if (auto s = tx.addClock(term); !s || !law_) return s;
  request.clock = "extension_notice";
  auto notice = rules::computeEventClock(*law_->get(), request);
  if (!notice) {
    return notice.error().code == "rules.no_such_term" ? Status() : notice.status();
  }
  return tx.addClock(clockRow(appeal.id, *notice, notice->due_date ? "running" : "unknown"));
}

// What the delivery of such a decision opens by the procedure: the time to execute it (APPC 86(3)) and to
// complain of it, three months (92(1)), or six if it does not say where to complain (92(1-1)).
Status Inbound::openTermsOfDecision(store::Tx& tx, const AppealRow& appeal,
                                    const model::Decision& decision, Instant now) const {
  if (!law_) return {};
  const auto law = law_->get();
  std::vector<std::string> names;
  const auto* procedure = law->data().procedure.get();
  if (!procedure) {
    names = {"complaint_window"};
  } else {
    for (const auto& row : procedure->data().rows) {
      const bool of_decision = row.action == "decision_sign" || row.action == "deliver_decision";
      if (!of_decision || !procedure->isFor(row, appeal.kind, appeal.procedure)) continue;
      for (const auto& name : rules::openedBy(row, decision.outcome)) names.push_back(name);
    }
  }
  auto request = eventRequest(appeal, now);
  for (const auto& name : names) {
    const bool says_where = decision.appeal_route.has_value();
    request.clock = name == "complaint_window" && !says_where ? "complaint_window_long" : name;
    auto clock = rules::computeEventClock(*law, request);
    if (!clock && clock.error().code == "rules.no_such_term") continue;
    if (!clock) return clock.status();
    auto row = clockRow(appeal.id, *clock, clock->due_date ? "running" : "unknown");
    if (auto s = tx.addClock(row); !s) return s;
  }
  return {};
}

Result<Inbound::Judgement> Inbound::keepMessage(store::Tx& tx, const Agency& agency,
                                                model::Message& message, const AppealRow& appeal,
                                                const PreparedItem& item, Instant now) const {
  Judgement judgement;
  std::string type(model::typeOf(message.payload));
  auto& envelope = message.envelope;
  envelope.message_id = newUuid7(now);
  envelope.correlation_id = appeal.hub_id;
  if (isUuid(item.item.in_reply_to)) envelope.causation_id = item.item.in_reply_to;
  envelope.from = agency.alias;
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
  row.party = agency.alias;
  row.at = now;
  row.body = model::encodeXml(message);
  store::JournalRow journal;
  journal.at = now;
  journal.direction = "in";
  journal.party = agency.alias;
  journal.message_id = row.message_id;
  journal.type = type;
  journal.body_sha256 = sha256Hex(row.body);
  journal.signature = agency.evidence.empty() ? "none" : "verified:" + agency.evidence;
  if (!agency.signers.sha256.empty()) journal.signature += " sha256:" + agency.signers.sha256;
  if (auto status = tx.addMessage(row); !status) return status;
  if (auto position = tx.addJournal(journal); !position) return position.status();
  if (!item.item.external_id.empty()) {
    if (auto status = tx.addExternalId(appeal.id, agency.alias, item.item.external_id, now);
        !status) {
      return status;
    }
  }
  judgement.message_id = row.message_id;
  return judgement;
}

Result<Inbound::Judgement> Inbound::applyStatus(store::Tx& tx, const Agency& agency,
                                                const PreparedItem& item, AppealRow appeal,
                                                Instant now) const {
  model::Message message = item.message;
  auto& status = std::get<model::StatusUpdate>(message.payload);
  auto next = appealStateAfterStatus(appeal.state, status.status);
  // After the decision such news tells that the act was executed, APPC 86(3).
  const bool act_executed = status.status == "executed" && appeal.state == "executed";
  if (act_executed) next = appeal.state;
  auto following = followingMessage(tx, agency, item, appeal);
  if (!following) return following.status();
  // A no to what followed the appeal is no refusal of the appeal.
  const bool says_no =
      following->has_value() && (status.status == "refused" || status.status == "not_registered");
  if (says_no) next = appeal.state;
  // The same words may answer two messages: what tells a repeated no is that its message was refused already.
  const bool seen =
      says_no ? (*following)->state == OutboxState::kRejected : !next || *next == appeal.state;
  if (seen) {
    auto told = toldBefore(tx, agency, appeal, item);
    if (!told) return told.status();
    if (*told) {
      if (following->has_value()) {
        if (auto s = settleFollowing(tx, **following, says_no); !s) return s;
      }
      return Judgement();
    }
  }
  status.appeal_ref = refTo(appeal);
  if (status.at.empty()) status.at = formatInstant(now);
  if (!status.body) status.body = model::BodyRef{appeal.body_bin, std::nullopt, {}};
  auto kept = keepMessage(tx, agency, message, appeal, item, now);
  if (!kept || !kept->code.empty()) return kept;
  if (following->has_value()) {
    if (auto s = settleFollowing(tx, **following, says_no); !s) return s;
    // A receipt for it says nothing new of the case.
    if (isReceipt(status.status)) return kept;
  }

  std::string before = appeal.state;
  std::string detail = status.until.value_or("");
  // When the body decided to extend: what it says, within what can be.
  Instant decided = now;
  if (auto said = parseInstant(status.at); said.ok() && *said >= appeal.received_at) {
    decided = std::min(*said, now);
  }
  bool lawful = true;
  if (status.status == "extended") {
    auto answer = extensionIsLawful(tx, appeal, status, decided);
    if (!answer) return answer.status();
    lawful = *answer;
  }
  if (!lawful) next = before;
  std::string type = says_no  ? "message_refused"
                     : !next  ? "status_late"
                     : lawful ? "status_" + status.status
                              : "status_unlawful";
  auto event = makeEvent(appeal.id, type, now, actorOf(agency.alias), before, next.value_or(before),
                         status.status, detail, item.content_sha256);
  event.evidence = agency.signers.text;
  if (auto added = tx.addEvent(event); !added) return added;
  if (!next || says_no) return kept;
  if (act_executed) {
    for (const char* term : {"execute", "send_back"}) {
      if (auto closed = tx.closeClock(appeal.id, term, localDay(now)); !closed) {
        return closed.status();
      }
    }
    return kept;
  }
  if (isFinal(*next)) {
    if (auto told = closeConsiderClock(tx, appeal, now, now); !told) return told.status();
  }
  if (status.status == "refused") {
    if (auto s = settleOutbox(tx, appeal, OutboxState::kRejected, "agency.refused",
                              "the agency refused the appeal");
        !s) {
      return s;
    }
  } else if (auto s = settleOutbox(tx, appeal, OutboxState::kDelivered, "", ""); !s) {
    return s;
  }
  if (status.status == "extended" && status.until && lawful) {
    auto s = tx.setClockStatus(appeal.id, "consider", "extended");
    if (!s && s.error().code != "store.not_found") return s;
    if (s = openExtension(tx, appeal, status, decided); !s) return s;
    appeal.due_date = *status.until;
  }
  appeal.state = *next;
  if (appeal.state != before) appeal.state_since = now;
  appeal.updated_at = now;
  if (auto s = tx.updateAppeal(appeal); !s) return s;
  return kept;
}

Result<Inbound::Judgement> Inbound::applyDecision(store::Tx& tx, const Agency& agency,
                                                  const PreparedItem& item, AppealRow appeal,
                                                  Instant now) const {
  Judgement refused;
  model::Message message = item.message;
  auto& decision = std::get<model::Decision>(message.payload);
  // What the hub recorded at the term's end is no act of the body: its own, though late, is the first.
  bool decided_before =
      !appeal.decision_outcome.empty() && appeal.decision_outcome != "deemed_refused";
  if (!model::outcomeAllowed(appeal.kind, decision.outcome)) {
    refused.code = "exchange.outcome_not_allowed";
    refused.text = "outcome " + decision.outcome + " for kind " + appeal.kind;
    return refused;
  }
  auto next = appealStateAfterDecision(appeal.state, decision.outcome);
  if (decided_before) {
    auto told = toldBefore(tx, agency, appeal, item);
    if (!told) return told.status();
    if (*told) return Judgement();
  }
  if (!next || (decided_before && !decision.supersedes)) {
    refused.code = "exchange.already_decided";
    refused.text = "the appeal is in state " + appeal.state;
    return refused;
  }
  if (!decision.body.bin.empty() && decision.body.bin != appeal.body_bin) {
    refused.code = "exchange.foreign_body";
    refused.text = "the decision is given for another body than the one the appeal was sent to";
    return refused;
  }
  if (auto problem = attachmentProblem(decision); !problem.empty()) {
    refused.code = "exchange.attachment_missing";
    refused.text = problem;
    return refused;
  }
  if (auto said = parseInstant(decision.decided_at); said.ok()) {
    // By days: many systems know the day of a decision only.
    const auto registered = appeal.registered_at.value_or(appeal.received_at);
    if (localDay(*said) < localDay(registered)) {
      refused.code = "exchange.decided_before_registration";
      refused.text = "decided on " + localDay(*said) + ", registered on " + localDay(registered);
      return refused;
    }
  }
  decision.appeal_ref = refTo(appeal);
  if (decision.decision_id.empty()) decision.decision_id = newUuid7(now);
  if (decision.body.bin.empty()) decision.body.bin = appeal.body_bin;
  if (decision.language.empty()) decision.language = appeal.language;
  if (decision.decided_at.empty()) decision.decided_at = formatInstant(now);
  if (decision.signer == model::Party{}) {
    decision.signer.type = "state_body";
    decision.signer.bin = decision.body.bin;
    if (decision.body.name) decision.signer.org_name = decision.body.name;
  }
  if (decision.signatures.empty() && !agency.evidence.empty()) {
    model::Signature signature;
    signature.format = agency.evidence;
    signature.signer_bin = decision.body.bin;
    if (!agency.signers.serial.empty()) signature.certificate_serial = agency.signers.serial;
    signature.checked_at = formatInstant(now);
    decision.signatures.push_back(signature);
  }
  auto kept = keepMessage(tx, agency, message, appeal, item, now);
  if (!kept || !kept->code.empty()) return kept;
  for (const auto& attachment : decision.attachments) {
    store::AttachmentRow row{attachment.sha256, attachment.size, attachment.mime, now};
    if (auto s = tx.addAttachment(row); !s) return s;
  }
  if (auto s = settleOutbox(tx, appeal, OutboxState::kDelivered, "", ""); !s) {
    return s;
  }
  bool told_in_time = true;
  if (!decided_before) {
    auto decided_at = parseInstant(decision.decided_at);
    auto told = closeConsiderClock(tx, appeal, decided_at.ok() ? *decided_at : now, now);
    if (!told) return told.status();
    told_in_time = *told;
    if (auto s = openTermsOfDecision(tx, appeal, decision, now); !s) return s;
  }
  bool language_fits = model::answerLanguageAllowed(appeal.language, decision.language);
  auto event = makeEvent(appeal.id, decided_before ? "decision_corrected" : "decided", now,
                         actorOf(agency.alias), appeal.state, *next, decision.outcome, "",
                         item.content_sha256);
  event.evidence = agency.signers.text;
  if (!language_fits) addSentence(event, answerLanguageRemark());
  if (!told_in_time) addSentence(event, newsCameLate(localDay(now)));
  if (auto s = tx.addEvent(event); !s) return s;
  if (appeal.state != *next) appeal.state_since = now;
  appeal.state = *next;
  appeal.decision_outcome = decision.outcome;
  appeal.decision_character = decision.answer_character.value_or("");
  appeal.updated_at = now;
  if (auto s = tx.updateAppeal(appeal); !s) return s;
  return kept;
}

}  // namespace hub::exchange
