#include "hub/exchange/own_decisions.h"

#include <algorithm>

#include "hub/base/ids.h"
#include "hub/base/text.h"
#include "hub/exchange/action_terms.h"
#include "hub/exchange/named_term.h"
#include "hub/model/codec.h"
#include "hub/model/codes.h"

namespace hub::exchange {
namespace {

Result<model::Decision> newestDecision(store::Store& store, store::RowId appeal,
                                       const Limits& limits) {
  auto newest = store.newestMessage(appeal, "decision/1");
  if (!newest) return newest.status();
  if (!newest->has_value()) {
    return Status::failure("store.not_found", "the appeal has no decision");
  }
  auto message = model::decodeXml((*newest)->body, limits);
  if (!message) return message.status();
  return std::move(std::get<model::Decision>(message->payload));
}

// The law allows the state language and that of the appeal, APPC 89(2); decisions are written here in two.
std::string languageFor(const std::string& appeal_language) {
  return model::answerLanguageAllowed(appeal_language, "ru") ? "ru" : "kk";
}

// Who decided, on which appeal, and where to complain (APPC 80(5)).
Status nameParties(model::Decision& decision, const CaseFile& file) {
  decision.decision_id = newUuid7(file.now);
  decision.appeal_ref = {};
  decision.appeal_ref.hub_id = file.appeal.hub_id;
  if (!file.appeal.reg_number.empty()) decision.appeal_ref.reg_number = file.appeal.reg_number;
  decision.signer = {};
  decision.signer.type = "state_body";
  decision.signer.bin = file.appeal.body_bin;
  if (const auto* body = file.law->bodyByBin(file.appeal.body_bin, file.today)) {
    decision.body.name = body->names.in(decision.language);
    decision.signer.org_name = body->names.in(decision.language);
  }
  auto route = complaintRoute(file, decision.language);
  if (!route) return route.status();
  if (route->has_value()) decision.appeal_route = std::move(**route);
  return {};
}

}  // namespace

Result<bool> OwnDecisions::saysWhere(const CaseFile& file, const Action& action) const {
  const auto& opens = action.row->opens;
  if (std::find(opens.begin(), opens.end(), kComplaintWindow) == opens.end()) return true;
  if (action.outcome.empty()) {
    const auto decision = newestDecision(store_, file.appeal.id, limits_);
    if (decision.ok()) return decision->appeal_route.has_value();
    // A hub without a key keeps no document: what it would say.
    if (decision.error().code != "store.not_found") return decision.status();
  }
  auto route = complaintRoute(file, languageFor(file.appeal.language));
  if (!route) return route.status();
  return route->has_value();
}

// How the applicant was heard, APPC 73, or why not.
Status OwnDecisions::tellHearing(const CaseFile& file, const Action& action,
                                 model::Decision& decision) const {
  const auto* notice = hearingNotice(file.clocks);
  if (!notice && action.order.waived.empty()) return {};
  model::Hearing hearing;
  if (!notice) {
    hearing.waived_reason = action.order.waived;
    decision.hearing = hearing;
    return {};
  }
  hearing.notified_at = formatInstant(notice->start_at);
  hearing.held = std::any_of(file.clocks.begin(), file.clocks.end(), [&](const auto& clock) {
    return clock.name == "hearing_minutes" && clock.start_at >= notice->start_at;
  });
  auto events = store_.events(file.appeal.id);
  if (!events) return events.status();
  for (const auto& event : *events) {
    if (event.reason != "object" || event.at < notice->start_at) continue;
    hearing.objection = decision.language == "kk" ? event.text_kk : event.text_ru;
  }
  decision.hearing = hearing;
  return {};
}

Result<std::optional<store::MessageRow>> OwnDecisions::make(const CaseFile& file,
                                                            const Action& action) const {
  using Made = std::optional<store::MessageRow>;
  const auto& row = *action.row;
  const auto& order = action.order;
  const bool correction = row.action == "correct";
  if (action.outcome.empty() && !correction) return Made();
  const bool deemed = row.action == kDeemRefused;
  model::Message message;
  auto& decision = message.payload.emplace<model::Decision>();
  decision.outcome = action.outcome;
  if (correction) {
    auto first = newestDecision(store_, file.appeal.id, limits_);
    if (!first) return first.status();
    decision = std::move(*first);
    decision.supersedes = decision.decision_id;
    decision.signatures.clear();
  }
  decision.body.bin = file.appeal.body_bin;
  if (decision.body.bin.empty()) return Made();  // deemed refused before any body was found
  if (decision.language.empty()) decision.language = languageFor(file.appeal.language);
  if (auto s = nameParties(decision, file); !s) return s;
  Instant decided_at = file.now;
  if (deemed && !order.done_on.empty()) {
    auto over = startOfDay(*file.law, file.appeal.body_bin, file.today, order.done_on);
    if (!over) return over.status();
    decided_at = *over;
  }
  decision.decided_at = formatInstant(decided_at);
  if (!order.official.empty() || !correction) decision.official = order.official;
  if (!action.ground.empty()) decision.ground = {action.ground};
  if (!order.character.empty()) decision.answer_character = order.character;
  if (!deemed && !correction) {
    if (auto s = tellHearing(file, action, decision); !s) return s;
  }
  decision.text = order.text;
  if (decision.text.empty()) {
    const auto label = deemed ? deemedText(file, row) : labelled(file, row);
    decision.text = label.in(decision.language);
    if (const auto ground = groundNamed(file, action); !ground.en.empty()) {
      decision.text += ". " + ground.in(decision.language);
    }
    if (!order.reason.empty()) decision.text += ". " + std::string(trim(order.reason));
  }
  // A correction mends words, APPC 82(3), and no legal basis: that of the act stands.
  if (!correction) decision.legal_refs = {lawOf(file, row) + " " + row.article};
  return sealed(file, std::move(message));
}

Result<std::optional<store::MessageRow>> OwnDecisions::sealed(const CaseFile& file,
                                                              model::Message message) const {
  using Made = std::optional<store::MessageRow>;
  auto signature = options_.sign(model::encodePayloadXml(message));
  if (!signature) return signature.status();
  if (signature->empty()) return Made();
  model::Signature made;
  made.format = "cms";
  made.value = *signature;
  std::get<model::Decision>(message.payload).signatures.push_back(made);
  auto& envelope = message.envelope;
  envelope.message_id = newUuid7(file.now);
  envelope.correlation_id = file.appeal.hub_id;
  envelope.from = envelope.to = options_.node_name;
  envelope.type = "decision/1";
  envelope.sent_at = formatInstant(file.now);
  auto errors =
      model::validate(message, {model::Profile::kCanonical, options_.identity, file.now}, limits_);
  if (!errors.empty()) return Status(std::move(errors));
  store::MessageRow row;
  row.message_id = envelope.message_id;
  row.appeal = file.appeal.id;
  row.type = "decision/1";
  row.direction = "in";
  row.party = options_.node_name;
  row.at = file.now;
  row.body = model::encodeXml(message);
  return Made(std::move(row));
}

}  // namespace hub::exchange
