#include "hub/exchange/agency_decisions.h"

#include <algorithm>
#include <filesystem>

#include "hub/base/ids.h"
#include "hub/base/text.h"
#include "hub/exchange/answered_deliveries.h"
#include "hub/exchange/arrival.h"
#include "hub/exchange/event_texts.h"
#include "hub/exchange/outgoing.h"
#include "hub/exchange/sub_order_events.h"
#include "hub/exchange/suspension.h"
#include "hub/exchange/transitions.h"
#include "hub/model/codes.h"

namespace hub::exchange {
namespace {

Judgement refused(std::string code, std::string text) {
  Judgement judgement;
  judgement.code = std::move(code);
  judgement.text = std::move(text);
  return judgement;
}

rules::LocalText newsCameLate(const std::string& day) {
  return {"Орган бұл туралы мерзім өткеннен кейін хабарлады: " + day,
          "Орган сообщил об этом после срока: " + day,
          "The body told of it after the term: " + day};
}

// What the body left out and the hub knows.
void complete(model::Decision& decision, const store::AppealRow& appeal, const ItemSource& source,
              Instant now) {
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
  if (decision.signatures.empty() && !source.evidence.empty()) {
    model::Signature signature;
    signature.format = source.evidence;
    signature.signer_bin = decision.body.bin;
    if (!source.signers.serial.empty()) signature.certificate_serial = source.signers.serial;
    signature.checked_at = formatInstant(now);
    decision.signatures.push_back(signature);
  }
}

}  // namespace

Judgement AgencyDecisions::refusalOf(const model::Decision& decision,
                                     const store::AppealRow& appeal) const {
  // Who decided decides whether he might, APPC 97(2): ActBars::ownCause.
  if (trim(decision.official).empty()) return refused("model.required", "/official: not named");
  if (!decision.body.bin.empty() && decision.body.bin != appeal.body_bin) {
    return refused("exchange.foreign_body",
                   "the decision is given for another body than the one the appeal was sent to");
  }
  if (auto problem = attachmentProblem(decision); !problem.empty()) {
    return refused("exchange.attachment_missing", problem);
  }
  if (auto said = parseInstant(decision.decided_at); said.ok()) {
    // By days: many systems know the day of a decision only.
    const auto registered = appeal.registered_at.value_or(appeal.received_at);
    if (localDay(*said) < localDay(registered)) {
      return refused("exchange.decided_before_registration",
                     "decided on " + localDay(*said) + ", registered on " + localDay(registered));
    }
  }
  return {};
}

// A decision may name only files whose bytes are in the store, with their true size.
std::string AgencyDecisions::attachmentProblem(const model::Decision& decision) const {
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

Result<Judgement> AgencyDecisions::apply(store::Tx& tx, const ItemSource& source,
                                         const PreparedItem& item, store::AppealRow appeal,
                                         Instant now) const {
  model::Message message = item.message;
  auto& decision = std::get<model::Decision>(message.payload);
  if (!item.outcomes.empty()) {
    auto own = item.outcomes.find(appeal.kind);
    if (own == item.outcomes.end()) own = item.outcomes.find("*");
    if (own == item.outcomes.end()) {
      return refused("exchange.outcome_not_allowed", "no outcome is given for kind " + appeal.kind);
    }
    decision.outcome = own->second;
  }
  // What the hub recorded at the term's end is no act of the body: its own, though late, is the first.
  bool decided_before =
      !appeal.decision_outcome.empty() && appeal.decision_outcome != "deemed_refused";
  // Outside the Code every kind may be answered, as what goes by the simplified procedure is (89).
  const bool of_kind =
      model::outcomeAllowed(appeal.kind, decision.outcome) ||
      (terms_.isOutsideCode(appeal) && model::outcomeAllowed("request", decision.outcome));
  if (!of_kind || !terms_.mayEndSo(appeal, decision.outcome)) {
    return refused("exchange.outcome_not_allowed",
                   "outcome " + decision.outcome + " for kind " + appeal.kind);
  }
  auto next = appealStateAfterDecision(appeal.state, decision.outcome);
  if (decided_before) {
    auto told = toldBefore(tx, source, appeal, item);
    if (!told) return told.status();
    if (*told) return Judgement();
  }
  if (!next || (decided_before && !decision.supersedes)) {
    return refused("exchange.already_decided", "the appeal is in state " + appeal.state);
  }
  if (decision.supersedes) {
    auto earlier = messages_.decisionNamed(tx, appeal, *decision.supersedes);
    if (!earlier) return earlier.status();
    if (earlier->id.empty()) {
      return refused("exchange.unknown_decision", "the appeal has no decision that it supersedes");
    }
    if (!earlier->in_force) {
      return refused("exchange.unknown_decision",
                     "the decision that it supersedes is not in force: a later one took its place");
    }
    decision.supersedes = earlier->id;
  }
  if (auto refusal = refusalOf(decision, appeal); !refusal.code.empty()) return refusal;
  // Before people, and not in the case: a complaint is never decided by whom it is about, so that it goes on, and its
  // terms with it.
  auto own_cause = bars_.ownCause(tx, appeal, decision);
  if (!own_cause) return own_cause.status();
  if (!own_cause->refusal.empty()) return refused("exchange.wrong_official", own_cause->refusal);
  complete(decision, appeal, source, now);
  if (decision.signatures.empty()) {
    return refused("exchange.decision_unsigned", "the endpoint it came by has the profile none");
  }
  auto kept = messages_.keep(tx, source, message, appeal, item, now);
  if (!kept || !kept->code.empty()) return kept;
  for (const auto& attachment : decision.attachments) {
    store::AttachmentRow row{attachment.sha256, attachment.size, attachment.mime, now};
    if (auto s = tx.addAttachment(row); !s) return s;
  }
  const auto said = parseInstant(decision.decided_at);
  const Instant decided_at = said.ok() ? *said : now;
  if (const auto law = terms_.law()) {
    if (auto s = followWord(tx, *law, appeal, std::min(decided_at, now)); !s) return s;
  }
  if (auto s = appealWasDelivered(tx, appeal); !s) return s;
  if (auto s = withdrawalsAnswered(tx, source, appeal); !s) return s;
  std::vector<BrokenBar> broken;
  // A correction mends words, APPC 82(3); with another outcome it is another act.
  if (!decided_before || appeal.decision_outcome != decision.outcome) {
    auto asked = bars_.brokenBy(tx, appeal,
                                {.outcome = decision.outcome,
                                 .grounds = decision.ground,
                                 .hearing = decision.hearing,
                                 .at = std::min(decided_at, now)});
    if (!asked) return asked.status();
    broken = std::move(*asked);
  }
  if (own_cause->doubt) broken.insert(broken.begin(), std::move(*own_cause->doubt));
  std::optional<WayUp::Way> up;
  if (!decided_before) {
    auto way = way_up_.of(tx, appeal, decision.outcome, {}, std::min(decided_at, now), now);
    if (!way) return way.status();
    up = std::move(*way);
  }
  if (up) next = up->row->to;
  bool told_in_time = true;
  if (!decided_before) {
    auto told = terms_.closeConsideration(tx, appeal, decision.outcome, decided_at, now,
                                          up ? up->row : nullptr);
    if (!told) return told.status();
    told_in_time = *told;
  }
  if (!decided_before && !up) {
    if (auto s = terms_.openTermsOfDecision(tx, appeal, decision, now); !s) return s;
    const auto law = terms_.law();
    const Delivered act{std::min(decided_at, now), now, true};
    if (auto s = holdExecution(tx, law.get(), appeal, act); !s) return s;
  }
  if (decided_before) {
    if (auto s = terms_.followAction(tx, appeal, "correct", "", decided_at); !s) return s;
    if (auto s = terms_.closeNoticesOfEnd(tx, appeal, decision, now); !s) return s;
  }
  bool language_fits = model::answerLanguageAllowed(appeal.language, decision.language);
  auto event = up ? way_up_.event(*up, actorOf(source), item.content_sha256)
                  : makeEvent(appeal.id, decided_before ? "decision_corrected" : "decided", now,
                              actorOf(source), appeal.state, *next, decision.outcome, "",
                              item.content_sha256);
  event.evidence = source.signers.text;
  if (!language_fits) addSentence(event, answerLanguageRemark());
  if (!told_in_time) addSentence(event, newsCameLate(localDay(now)));
  if (auto s = tx.addEvent(event); !s) return s;
  if (!told_in_time) {
    auto to_check = termToCheck(appeal.id, *next, decided_at, now);
    if (auto s = tx.addEvent(to_check); !s) return s;
  }
  if (auto s = bars_.record(tx, appeal, broken, event); !s) return s;
  if (appeal.state != *next) appeal.state_since = now;
  appeal.state = *next;
  if (!decided_before || appeal.decision_outcome != decision.outcome) {
    appeal.decided_on = localDay(std::min(decided_at, now));
  }
  appeal.decision_outcome = decision.outcome;
  appeal.decision_character = decision.answer_character.value_or("");
  appeal.updated_at = now;
  const std::string had_it = appeal.body_bin;
  if (up) {
    if (auto s = way_up_.goOn(tx, *up, actorOf(source), appeal); !s) return s;
  }
  if (auto s = tx.updateAppeal(appeal); !s) return s;
  const bool moved = appeal.body_bin != had_it;
  if (auto s = endSubOrders(tx, terms_.law().get(), appeal, now, moved); !s) return s;
  if (auto s = resumeExecution(tx, messages_, terms_.law().get(), appeal, now); !s) return s;
  return kept;
}

}  // namespace hub::exchange
