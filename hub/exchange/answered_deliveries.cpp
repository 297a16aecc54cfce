#include "hub/exchange/answered_deliveries.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "hub/base/ids.h"
#include "hub/base/log.h"
#include "hub/base/text.h"
#include "hub/exchange/arrival.h"
#include "hub/exchange/event_notes.h"
#include "hub/exchange/event_texts.h"
#include "hub/exchange/transitions.h"

namespace hub::exchange {
namespace {

using store::OutboxState;
using Found = std::optional<store::OutboxRow>;

constexpr char kRefused[] = "agency.refused";  // by an item, not by the answer to the delivery

Status settleAppeal(store::Tx& tx, const store::AppealRow& appeal, OutboxState state,
                    const std::string& code, const std::string& text) {
  auto rows = tx.outboxOf(appeal.id);
  if (!rows) return rows.status();
  for (auto& row : *rows) {
    bool same = row.destination == appeal.destination && row.type == "appeal/1";
    if (!same || row.state == state) continue;
    // A dead letter of an open case is about its files: a person hands them over.
    if (row.state == OutboxState::kDead && !caseIdIn(row.external_id).empty()) continue;
    row.state = state;
    row.last_code = code;
    row.last_text = text;
    if (auto status = tx.updateOutbox(row); !status) return status;
  }
  return {};
}

std::string refusedBecause(std::string what, std::string_view note) {
  const auto shown = shownNote(note);
  return shown.empty() ? what : what + ": " + shown;
}

// The agency has the case in its own register.
bool tellsOfACase(const store::EventRow& event) {
  constexpr std::array<std::string_view, 7> kTypes = {
      "status_registered",       "status_assigned",
      "status_in_work",          "status_nonconforming_notice",
      "status_hearing_notified", "status_hearing_held",
      "status_extended"};
  return std::find(kTypes.begin(), kTypes.end(), event.type) != kTypes.end();
}

bool isAppeal(const store::OutboxRow& row) { return row.type == "appeal/1"; }

// News of a term asks for no answer: a no that names nothing is rather one to the appeal, which people at the
// reception desk then see.
bool mayBeUnanswered(const store::OutboxRow& row) {
  return row.state == OutboxState::kAwaiting && row.type != "status/1";
}

Result<Found> unansweredMessage(store::Tx& tx, const ItemSource& source, const PreparedItem& item,
                                const store::AppealRow& appeal) {
  auto rows = tx.outboxOf(appeal.id);
  if (!rows) return rows.status();
  const auto newest = [&](auto fits) {
    return std::find_if(rows->rbegin(), rows->rend(), [&](const store::OutboxRow& row) {
      return row.destination == source.alias && fits(row);
    });
  };
  const auto last = newest([](const auto& row) { return isAppeal(row) || mayBeUnanswered(row); });
  auto events = tx.events(appeal.id);
  if (!events) return events.status();
  bool has_case = false, answered = false, refused_so = false;
  for (auto event = events->rbegin(); event != events->rend() && !directs(*event); ++event) {
    if (event->actor != actorOf(source)) continue;
    has_case = has_case || tellsOfACase(*event);
    refused_so = refused_so ||
                 (event->type == "message_refused" && event->payload_sha256 == item.content_sha256);
    // What the body said of the case since then is its answer.
    answered = answered || (last != rows->rend() && event->at > last->created_at &&
                            event->type != "message_refused" && event->reason != "delivered");
  }
  if (last != rows->rend() && !isAppeal(*last) && has_case && !answered) return Found(*last);
  if (!refused_so) return Found();
  // The same no under another id: what it refused is refused already.
  const auto refused =
      newest([](const auto& row) { return !isAppeal(row) && row.state == OutboxState::kRejected; });
  return refused == rows->rend() ? Found() : Found(*refused);
}

}  // namespace

Status appealWasDelivered(store::Tx& tx, const store::AppealRow& appeal) {
  return settleAppeal(tx, appeal, OutboxState::kDelivered, "", "");
}

Status appealWasRefused(store::Tx& tx, const store::AppealRow& appeal, std::string_view note) {
  return settleAppeal(tx, appeal, OutboxState::kRejected, kRefused,
                      refusedBecause("the agency refused the appeal", note));
}

bool knowsRefused(const store::OutboxRow& row) {
  return row.state == OutboxState::kRejected &&
         (row.last_code == kRefused || !row.external_id.empty());
}

Result<bool> mayHaveTheAppeal(store::Store& store, const store::OutboxRow& following) {
  auto rows = store.outboxOf(following.appeal);
  if (!rows) return rows.status();
  const auto last = std::find_if(rows->rbegin(), rows->rend(), [&](const store::OutboxRow& row) {
    return isAppeal(row) && row.destination == following.destination && row.id < following.id;
  });
  if (last == rows->rend() || last->state != OutboxState::kRejected) return true;
  // Stopped after an attempt that may have reached it. It never will tell of a case then.
  const bool stopped = last->last_code == "exchange.case_over";
  return stopped && last->attempts > 0 && following.last_code != "adapter.case_unknown";
}

Result<std::vector<store::OutboxRow>> openWithdrawals(store::Tx& tx, const ItemSource& source,
                                                      const store::AppealRow& appeal) {
  auto rows = tx.outboxOf(appeal.id);
  if (!rows) return rows.status();
  std::erase_if(*rows, [&](const store::OutboxRow& row) {
    return row.destination != source.alias || row.type != "withdrawal/1" ||
           row.state != OutboxState::kAwaiting;
  });
  return rows;
}

Status withdrawalsAnswered(store::Tx& tx, const ItemSource& source,
                           const store::AppealRow& appeal) {
  auto open = openWithdrawals(tx, source, appeal);
  if (!open) return open.status();
  for (const auto& row : *open) {
    if (auto s = settleFollowing(tx, row, false); !s) return s;
  }
  return {};
}

bool needsNoAnswer(const store::AppealRow& appeal, const store::OutboxRow& row) {
  if (isFinal(appeal.state)) return true;
  const bool of_case = isAppeal(row) || row.type == "withdrawal/1";
  return of_case && appeal.destination != row.destination;
}

bool isStopped(const store::OutboxRow& row) {
  return row.last_code == "exchange.case_over" || row.last_code == kElsewhere;
}

void closeUnanswered(store::OutboxRow& row, const std::string& why) {
  row.state = OutboxState::kDelivered;
  row.escalated = false;
  row.last_code = "exchange.case_over";
  row.last_text = why;
}

Result<std::optional<store::OutboxRow>> followingMessage(store::Tx& tx, const ItemSource& source,
                                                         const PreparedItem& item,
                                                         const store::AppealRow& appeal,
                                                         bool is_no) {
  const auto& message_id = item.item.in_reply_to;
  if (is_no && message_id.empty()) return unansweredMessage(tx, source, item, appeal);
  if (!isUuid(message_id)) return Found();
  auto row = tx.findOutboxByMessageId(message_id);
  if (row.ok() && row->has_value() &&
      ((*row)->type == "appeal/1" || (*row)->destination != source.alias ||
       (*row)->appeal != appeal.id)) {
    row->reset();
  }
  return row;
}

std::vector<std::string> idsIn(const std::string& external_id) {
  std::vector<std::string> ids = split(external_id, '\n');
  std::erase(ids, "");
  return ids;
}

std::string caseIdIn(const std::string& external_id) {
  const auto ids = idsIn(external_id);
  return ids.empty() || isOfMessage(ids.front()) ? std::string() : ids.front();
}

bool isOfMessage(std::string_view id) { return id.starts_with("message:"); }

namespace {

// Whether somebody waits for what becomes of it. News of a term waits for no answer.
bool isUnanswered(const store::OutboxRow& row) {
  return row.state == OutboxState::kAwaiting ||
         (row.state == OutboxState::kDelivered && row.type == "status/1");
}

Status makeDead(store::Tx& tx, store::OutboxRow row, const ItemSource& source,
                const PreparedItem& item, const store::AppealRow& appeal, Instant now) {
  row.state = OutboxState::kDead;
  row.last_code = item.item.problem_code;
  row.last_text = maskText(item.item.problem_text);
  if (auto s = tx.updateOutbox(row); !s) return s;
  auto event = makeEvent(appeal.id, "delivery_failed", now, actorOf(source), appeal.state,
                         appeal.state, row.last_code, "", item.content_sha256);
  event.evidence = source.signers.text;
  return tx.addEvent(event);
}

}  // namespace

Result<bool> deliveryWasLost(store::Tx& tx, const ItemSource& source, const PreparedItem& item,
                             const store::AppealRow& appeal, Instant now) {
  auto rows = tx.outboxOf(appeal.id);
  if (!rows) return rows.status();
  for (auto& row : *rows) {
    if (row.destination != source.alias) continue;
    const auto ids = idsIn(row.external_id);
    if (std::find(ids.begin(), ids.end(), item.item.external_id) == ids.end()) continue;
    if (!isUnanswered(row)) return true;
    if (auto s = makeDead(tx, row, source, item, appeal, now); !s) return s;
    return true;
  }
  // Of an attempt that another one followed.
  return isOfMessage(item.item.external_id);
}

Result<bool> messageWasNotTaken(store::Tx& tx, const ItemSource& source, const PreparedItem& item,
                                Instant now) {
  if (!isUuid(item.item.in_reply_to)) return true;
  auto row = tx.findOutboxByMessageId(item.item.in_reply_to);
  if (!row) return row.status();
  if (!row->has_value() || (*row)->destination != source.alias) return true;
  if ((*row)->state == OutboxState::kInFlight) return false;
  if (!isUnanswered(**row)) return true;
  auto appeal = tx.appeal((*row)->appeal);
  if (!appeal) return appeal.status();
  if (auto s = makeDead(tx, **row, source, item, *appeal, now); !s) return s;
  return true;
}

Status settleFollowing(store::Tx& tx, store::OutboxRow row, bool refused, std::string_view note) {
  const auto state = refused ? OutboxState::kRejected : OutboxState::kDelivered;
  if (row.state == state || row.state == OutboxState::kDead) return {};
  row.state = state;
  row.last_code = refused ? kRefused : "";
  row.last_text = refused ? refusedBecause("the agency refused the message", note) : "";
  return tx.updateOutbox(row);
}

}  // namespace hub::exchange
