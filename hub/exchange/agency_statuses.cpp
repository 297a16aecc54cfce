#include "hub/exchange/agency_statuses.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

#include "hub/exchange/answered_deliveries.h"
#include "hub/exchange/arrival.h"
#include "hub/exchange/case_file.h"
#include "hub/exchange/event_texts.h"
#include "hub/exchange/named_term.h"
#include "hub/exchange/outgoing.h"
#include "hub/exchange/sub_order_events.h"
#include "hub/exchange/suspension.h"
#include "hub/exchange/transitions.h"

namespace hub::exchange {
namespace {

constexpr const char* kComplaint = "complaint";
constexpr const char* kLeft = "left_without_consideration";

bool isReceipt(std::string_view status) {
  return status == "delivered" || status == "registered" || status == "in_work";
}

bool isOfWithdrawal(std::string_view status) {
  return status == "withdrawn" || status == "withdrawal_refused" || status == "terminated";
}

Status settleAll(store::Tx& tx, const std::vector<store::OutboxRow>& answered) {
  for (const auto& row : answered) {
    if (auto s = settleFollowing(tx, row, false); !s) return s;
  }
  return {};
}

// The day that it names, unless it was over by then; the text of an extension has it already. `law`: nullptr if
// there is none.
void addDay(store::EventRow& event, const model::StatusUpdate& status, Instant decided,
            const rules::LawBook* law) {
  if (!status.until || status.status == "extended" || *status.until < localDay(decided)) return;
  // Of a step of the procedure it is the last day of a term.
  const bool ends_term = law && isStep(status.status) && !actionOfStatus(status.status).empty();
  const auto named = ends_term ? workedDay(*law, *status.until) : NamedDay{*status.until, {}};
  const std::string day = spokenDate(named.day);
  addSentence(event, {day + " дейін", "До " + day, "Until " + day});
  addSentence(event, whyMoved(named.day_off));
}

// What it says, within what can be: not before the appeal was sent to the body that says so, else what follows would be
// that of the body before (hadBefore).
Result<Instant> decidedAt(store::Tx& tx, const ItemSource& source,
                          const model::StatusUpdate& status, const store::AppealRow& appeal,
                          Instant now) {
  auto said = parseInstant(status.at);
  if (!said || *said < appeal.received_at) return now;
  auto rows = tx.outboxOf(appeal.id);
  if (!rows) return rows.status();
  const auto sent = std::find_if(rows->rbegin(), rows->rend(), [&](const auto& row) {
    return row.type == "appeal/1" && row.destination == source.alias;
  });
  const Instant decided = std::min(*said, now);
  constexpr auto kAfter = std::chrono::microseconds(1);
  return sent == rows->rend() ? decided : std::max(decided, sent->created_at + kAfter);
}

}  // namespace

Result<Judgement> AgencyStatuses::apply(store::Tx& tx, const ItemSource& source,
                                        const PreparedItem& item, const store::AppealRow& appeal,
                                        Instant now) const {
  model::Message message = item.message;
  auto& status = std::get<model::StatusUpdate>(message.payload);
  const std::string note = status.note.value_or("");
  auto next = appealStateAfterStatus(appeal.state, status.status);
  // The Code ends no complaint so: one that is not considered is left, 95(1).
  const bool left = appeal.kind == kComplaint && next == "terminated";
  if (left) next = kLeft;
  if (next && isWithdrawing(appeal.state)) {
    auto back = goesOn(tx, appeal, *next);
    if (!back) return back.status();
    next = std::move(*back);
  }
  auto withdrawals = isOfWithdrawal(status.status) ? openWithdrawals(tx, source, appeal)
                                                   : std::vector<store::OutboxRow>();
  if (!withdrawals) return withdrawals.status();
  auto late = isLate(tx, source, appeal, status, next, !withdrawals->empty(), now);
  if (!late) return late.status();
  if (*late) {
    next = appeal.state;
    withdrawals->clear();
  }
  // After the decision such news tells that the act was executed, APPC 86(3).
  const bool act_executed = status.status == "executed" && appeal.state == "executed";
  if (act_executed) next = appeal.state;
  auto following = followingMessage(tx, source, item, appeal, isNo(status.status));
  if (!following) return following.status();
  // A no to what followed the appeal is no refusal of the appeal.
  const bool says_no = following->has_value() && isNo(status.status);
  if (says_no) next = appeal.state;
  const auto said_at = decidedAt(tx, source, status, appeal, now);
  if (!said_at) return said_at.status();
  const Instant decided = *said_at;
  auto lawful = isLawful(tx, appeal, status, decided);
  if (!lawful) return lawful.status();
  if (!*lawful && next) next = appeal.state;
  auto undoes = undoesRefusal(tx, source, appeal, status, *lawful);
  if (!undoes) return undoes.status();
  if (*undoes) next = status.status;
  // The same words may answer two messages: what tells a repeated no is that its message was refused already.
  const bool seen = says_no ? (*following)->state == store::OutboxState::kRejected
                            : !next || *next == appeal.state;
  if (seen) {
    auto told = toldBefore(tx, source, appeal, item);
    if (!told) return told.status();
    if (*told) {
      if (following->has_value()) {
        if (auto s = settleFollowing(tx, **following, says_no, note); !s) return s;
      }
      if (auto s = settleAll(tx, *withdrawals); !s) return s;
      return Judgement();
    }
  }
  status.appeal_ref = refTo(appeal);
  if (status.at.empty()) status.at = formatInstant(now);
  if (!status.body) status.body = model::BodyRef{appeal.body_bin, std::nullopt, {}};
  auto kept = messages_.keep(tx, source, message, appeal, item, now);
  if (!kept || !kept->code.empty()) return kept;
  if (auto s = settleAll(tx, *withdrawals); !s) return s;
  if (following->has_value()) {
    if (auto s = settleFollowing(tx, **following, says_no, note); !s) return s;
    // A receipt for it says nothing new of the case.
    if (isReceipt(status.status)) return kept;
  }

  NamedDay extended_to;  // APPC 76(5)
  if (status.status == "extended" && status.until && terms_.law()) {
    extended_to = workedDay(*terms_.law(), *status.until);
    status.until = extended_to.day;
  }
  std::optional<WayUp::Way> up;
  // After the refusal that the law presumes, too: the body has no other way out of the case.
  if ((next || appeal.state == kDeemedRefused) && !says_no && !*late) {
    auto way = way_up_.of(tx, appeal, status.status, status.forwarded_to, decided, now);
    if (!way) return way.status();
    up = std::move(*way);
  }
  if (up) next = up->row->to;
  const bool not_taken = !next || (*late && isStep(status.status));
  std::string type = says_no     ? "message_refused"
                     : not_taken ? "status_late"
                     : *lawful   ? "status_" + status.status
                                 : "status_unlawful";
  auto event = up ? way_up_.event(*up, actorOf(source), item.content_sha256)
                  : makeEvent(appeal.id, type, now, actorOf(source), appeal.state,
                              next.value_or(appeal.state), status.status, status.until.value_or(""),
                              item.content_sha256);
  event.evidence = source.signers.text;
  if (!not_taken) addDay(event, status, decided, terms_.law().get());
  if (!not_taken) addSentence(event, whyMoved(extended_to.day_off));
  if (auto added = tx.addEvent(event); !added) return added;
  if (!next || says_no) return kept;
  if (isFinal(appeal.state) && !up && !*undoes) {
    if (!act_executed) return kept;
    if (auto s = terms_.closeExecution(tx, appeal, now); !s) return s;
    return kept;
  }
  if (status.status == "in_work") {  // it acts upon a crime or a threat, too: APPC 64(7-2)
    auto reacted = tx.closeClock(appeal.id, "react", localDay(decided));
    if (!reacted) return reacted.status();
  }
  const bool extends = status.status == "extended" && status.until && *lawful;
  if (extends && !appeal.due_date.empty() && localDay(now) > appeal.due_date) {
    if (auto s = tx.addEvent(termToCheck(appeal.id, *next, decided, now)); !s) return s;
  }
  if (isFinal(*next)) {
    if (auto s = withdrawalsAnswered(tx, source, appeal); !s) return s;
    auto broken = bars_.brokenBy(
        tx, appeal,
        {.outcome = left ? kLeft : status.status,
         .at = decided,
         .by_status = true,
         .forwarded_to = status.forwarded_to ? status.forwarded_to->bin : std::string()});
    if (!broken) return broken.status();
    if (auto s = bars_.record(tx, appeal, *broken, event); !s) return s;
  }
  auto moved = move(tx, appeal, status,
                    {*next, extends, decided, up ? &*up : nullptr, actorOf(source)}, now);
  if (!moved) return moved;
  return kept;
}

Result<bool> AgencyStatuses::isLawful(store::Tx& tx, const store::AppealRow& appeal,
                                      const model::StatusUpdate& status, Instant decided) const {
  if (status.status != "extended") return true;
  auto extension = status;
  if (extension.until && terms_.law()) {
    extension.until = workedDay(*terms_.law(), *extension.until).day;
  }
  return terms_.extensionIsLawful(tx, appeal, extension, decided);
}

// Signed within the term, an extension is there from its day (APPC 76(3)), whenever the body tells of it: then nothing was
// refused. Not where it names no day or nobody signed its word, nor once the applicant complained of the refusal.
Result<bool> AgencyStatuses::undoesRefusal(store::Tx& tx, const ItemSource& source,
                                           const store::AppealRow& appeal,
                                           const model::StatusUpdate& status, bool lawful) const {
  const bool presumed = appeal.state == kDeemedRefused && appeal.decision_outcome == kDeemedRefused;
  if (!presumed || status.status != "extended" || !status.until || !lawful) return false;
  if (source.evidence.empty() || !parseInstant(status.at).ok()) return false;
  return terms_.presumedRefusalIsUnused(tx, appeal);
}

Result<bool> AgencyStatuses::isLate(store::Tx& tx, const ItemSource& source,
                                    const store::AppealRow& appeal,
                                    const model::StatusUpdate& status,
                                    const std::optional<std::string>& next, bool answers_withdrawal,
                                    Instant now) const {
  if (!next || isFinal(appeal.state)) return false;
  if (isStep(status.status)) {
    // A body tells of the withdrawal that the hub told it of, too.
    const bool known = status.status == "withdrawn" && isWithdrawing(appeal.state);
    if (*next == appeal.state && !known && !answers_withdrawal) return true;
    if (!terms_.knows(appeal, actionOfStatus(status.status))) return true;
  } else if (!meansCured(appeal.state, status.status)) {
    return false;
  }
  auto told = messages_.statusesTold(tx, source, appeal);
  if (!told) return told.status();
  return cameLate({status.status, status.at, now}, *told);
}

Result<std::string> AgencyStatuses::goesOn(store::Tx& tx, const store::AppealRow& appeal,
                                           const std::string& next) const {
  const auto law = terms_.law();
  const auto* procedure = law ? law->data().procedure.get() : nullptr;
  if (!procedure) return next;
  for (const auto& row : procedure->data().rows) {
    const bool declines = row.to == next && std::find(row.back.begin(), row.back.end(),
                                                      appeal.state) != row.back.end();
    if (!declines) continue;
    auto events = tx.events(appeal.id);
    if (!events) return events.status();
    auto before = stateBefore(*events, row);
    return before.empty() ? next : before;
  }
  return next;
}

Status AgencyStatuses::move(store::Tx& tx, store::AppealRow appeal,
                            const model::StatusUpdate& status, const Step& step,
                            Instant now) const {
  const auto& [next, extends, decided, up, actor] = step;
  if (const auto law = terms_.law()) {
    if (auto s = followWord(tx, *law, appeal, decided); !s) return s;
  }
  if (isFinal(next)) {
    // The statuses that end a case bear the names of their outcomes.
    const auto& outcome = next == kLeft ? next : status.status;
    auto told_in_time =
        terms_.closeConsideration(tx, appeal, outcome, decided, now, up ? up->row : nullptr);
    if (!told_in_time) return told_in_time.status();
    if (!*told_in_time) {
      if (auto s = tx.addEvent(termToCheck(appeal.id, next, decided, now)); !s) return s;
    }
    // The term to complain of a refusal, or to tell the applicant where the appeal went (65(1)).
    const bool opens = status.status == "returned" || status.status == "terminated" ||
                       status.status == "forwarded";
    if (opens && !up && !isFinal(appeal.state)) {
      // A status says nothing of where to complain, APPC 92(1-1).
      model::Decision end;
      end.outcome = outcome;
      const auto& to = status.forwarded_to;
      auto s = terms_.openTermsOfDecision(tx, appeal, end, decided, to ? to->bin : std::string());
      if (!s) return s;
    }
  }
  auto answered = isNo(status.status) ? appealWasRefused(tx, appeal, status.note.value_or(""))
                                      : appealWasDelivered(tx, appeal);
  if (!answered) return answered;
  if (extends) {
    if (appeal.state == kDeemedRefused) {
      if (auto s = terms_.dropPresumedRefusal(tx, appeal); !s) return s;
    }
    if (auto s = terms_.extend(tx, appeal, status, decided); !s) return s;
    appeal.due_date = *status.until;
  }
  if (next != appeal.state) {
    if (meansCured(appeal.state, status.status)) {
      if (auto s = terms_.followAction(tx, appeal, "cure", "", decided); !s) return s;
    }
    auto followed = terms_.followAction(tx, appeal, actionOfStatus(status.status),
                                        status.until.value_or(""), decided);
    if (!followed) return followed;
  }
  const auto& outcome = appeal.decision_outcome;
  if (isFinal(next) && next != appeal.state && (outcome.empty() || outcome == kDeemedRefused)) {
    appeal.decided_on = localDay(decided);
  }
  if (appeal.state != next) appeal.state_since = now;
  appeal.state = next;
  appeal.updated_at = now;
  const std::string had_it = appeal.body_bin;
  if (up) {
    if (auto s = way_up_.goOn(tx, *up, actor, appeal); !s) return s;
  }
  if (auto s = tx.updateAppeal(appeal); !s) return s;
  const bool moved = appeal.body_bin != had_it;
  if (auto s = endSubOrders(tx, terms_.law().get(), appeal, now, moved); !s) return s;
  return resumeExecution(tx, messages_, terms_.law().get(), appeal, now);
}

}  // namespace hub::exchange
