#include "hub/exchange/action_effects.h"

#include <algorithm>
#include <utility>

#include "hub/base/ids.h"
#include "hub/exchange/answer_words.h"
#include "hub/exchange/answered_deliveries.h"
#include "hub/exchange/event_texts.h"
#include "hub/exchange/outgoing.h"

namespace hub::exchange {
namespace {

Result<std::int64_t> journalled(store::Tx& tx, const store::MessageRow& message,
                                const std::string& signature) {
  store::JournalRow record;
  record.at = message.at;
  record.direction = "in";
  record.party = message.party;
  record.message_id = message.message_id;
  record.type = message.type;
  record.body_sha256 = sha256Hex(message.body);
  record.signature = signature;
  return tx.addJournal(record);
}

// Its every try ended so that the body has nothing of it.
Result<bool> reachedNobody(store::Tx& tx, const store::OutboxRow& row) {
  if (!row.external_id.empty()) return false;
  if (row.attempts == 0) return true;
  auto tries = tx.attempts(row.id);
  if (!tries) return tries.status();
  return std::all_of(tries->begin(), tries->end(), [](const store::AttemptRow& one) {
    return broughtNothing(static_cast<otinish::Outcome>(one.outcome), one.code);
  });
}

// Whether the body's system may have got what is stopped: nobody tells it that the case is none of its business.
Result<bool> stopDelivery(store::Tx& tx, store::RowId appeal, const std::string& action,
                          const HoldBack& hold_back) {
  auto rows = tx.outboxOf(appeal);
  if (!rows) return rows.status();
  bool maybe_there = false;
  for (auto& row : *rows) {
    if (row.state == store::OutboxState::kAwaiting) {
      closeUnanswered(row, action);
      if (auto s = tx.updateOutbox(row); !s) return s;
      continue;
    }
    const bool waits =
        row.state == store::OutboxState::kPending || row.state == store::OutboxState::kRetryWait ||
        row.state == store::OutboxState::kHeld || row.state == store::OutboxState::kDead;
    if (row.type != "appeal/1" || !waits) continue;
    const auto kept = hold_back ? hold_back(row.destination, row.id) : KeptBack::kFree;
    if (kept == KeptBack::kUnderWay) {
      return Status::failure("exchange.busy", "a delivery to the body is under way");
    }
    auto never_reached = reachedNobody(tx, row);
    if (!never_reached) return never_reached.status();
    if (kept == KeptBack::kMaybeSent || !*never_reached) maybe_there = true;
    row.state = store::OutboxState::kRejected;
    row.last_code = "exchange.case_over";
    row.last_text = action;
    if (auto s = tx.updateOutbox(row); !s) return s;
  }
  return maybe_there;
}

rules::LocalText maybeThere(const std::string& alias) {
  return {"Жеткізу тоқтатылды, бірақ " + alias +
              " жүйесі өтінішті алып үлгерген болуы мүмкін: ондағы іс жабылуға тиіс",
          "Передача остановлена, но система " + alias +
              " могла успеть получить обращение: тогда дело там следует закрыть",
          "The delivery was stopped, but the system of " + alias +
              " may have got the appeal: then the case there is to be closed"};
}

Status writePart(store::Tx& tx, PartOfCase& part, Instant now) {
  auto taken = tx.findByNumber(part.row.reg_number);
  if (!taken) return taken.status();
  if (taken->has_value()) return Status::failure("exchange.busy", "another part was made just now");
  auto position = journalled(tx, part.message, "none");
  if (!position) return position.status();
  part.row.journal_position = *position;
  auto id = tx.addAppeal(part.row);
  if (!id) return id.status();
  part.row.id = part.message.appeal = *id;
  for (auto event : part.events) {
    event.appeal = *id;
    if (auto s = tx.addEvent(event); !s) return s;
  }
  for (auto clock : part.clocks) {
    clock.appeal = *id;
    if (auto s = tx.addClock(clock); !s) return s;
  }
  return queueMessage(tx, part.message, now);
}

}  // namespace

Status writeEffects(store::Tx& tx, const store::AppealRow& seen, const std::string& action,
                    Instant now, const HoldBack& hold_back, ActionEffects& effects) {
  auto current = tx.appeal(seen.id);
  if (!current) return current.status();
  if (current->state != seen.state || current->updated_at != seen.updated_at ||
      current->due_date != seen.due_date) {
    return Status::failure("exchange.busy", "the appeal changed just now");
  }
  for (const auto& term : effects.ended) {
    auto s = term.number > 0 ? tx.setClockStatusAt(seen.id, term.number, term.status)
                             : tx.setClockStatus(seen.id, term.clock, term.status);
    if (!s) return s;
  }
  for (const auto& clock : effects.opened) {
    if (auto s = tx.addClock(clock); !s) return s;
  }
  bool maybe_there = false;
  if (effects.stops_delivery) {
    auto stopped = stopDelivery(tx, seen.id, action, hold_back);
    if (!stopped) return stopped.status();
    maybe_there = *stopped;
  }
  if (effects.decision) {
    if (auto s = tx.addMessage(*effects.decision); !s) return s;
    if (auto s = journalled(tx, *effects.decision, "made:cms"); !s) return s.status();
  }
  for (auto event : effects.events) {
    if (std::exchange(maybe_there, false)) addSentence(event, maybeThere(seen.destination));
    if (auto s = tx.addEvent(event); !s) return s;
  }
  if (effects.at_earlier) {
    if (auto s = tx.addEvent(*effects.at_earlier); !s) return s;
  }
  if (effects.same_case) {
    if (auto s = tx.putHint(*effects.same_case); !s) return s;
  }
  for (const auto& message : effects.deliveries) {
    if (auto s = queueMessage(tx, message, now); !s) return s;
  }
  if (effects.part) {
    if (auto s = writePart(tx, *effects.part, now); !s) return s;
  }
  if (effects.after.state != seen.state) effects.after.state_since = now;
  effects.after.updated_at = now;
  return tx.updateAppeal(effects.after);
}

}  // namespace hub::exchange
