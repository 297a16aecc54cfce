#include "hub/exchange/way_up.h"

#include <algorithm>

#include "hub/exchange/arrival.h"
#include "hub/exchange/event_texts.h"
#include "hub/exchange/given_back.h"
#include "hub/exchange/outgoing.h"
#include "hub/exchange/readdress.h"
#include "hub/exchange/sending_on.h"
#include "hub/exchange/transitions.h"

namespace hub::exchange {
namespace {

const rules::ProcedureRow* rowOf(const CaseFile& file) {
  const auto& table = procedureOf(file);
  const auto& rows = table.data().rows;
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const auto& one) {
    return one.action == kSendToHigher &&
           table.isFor(one, file.appeal.kind, file.appeal.procedure, specialKind(file));
  });
  return row == rows.end() ? nullptr : &*row;
}

// The body has, or had, the terms for it.
bool hadTerms(const CaseFile& file, const rules::ProcedureRow& row) {
  const auto clocks = caseState(file).clocks;
  return std::all_of(row.had.begin(), row.had.end(), [&](const auto& name) {
    return std::any_of(clocks.begin(), clocks.end(),
                       [&](const auto& clock) { return clock.name == name; });
  });
}

// A withdrawal that waits for its answer ends with the case.
bool mayLeave(const std::string& state) {
  return !isWithdrawing(state) && state != kAwaitingRouting &&
         (!isFinal(state) || state == "deemed_refused");
}

}  // namespace

Result<std::optional<WayUp::Way>> WayUp::of(store::Tx& tx, const store::AppealRow& appeal,
                                            std::string_view outcome,
                                            const std::optional<model::BodyRef>& forwarded_to,
                                            Instant at, Instant now) const {
  std::optional<Way> none;
  if (outcome != "forwarded" || appeal.kind != "complaint" || !mayLeave(appeal.state)) return none;
  Way way;
  auto& file = way.file;
  file.law = law_ ? law_->get() : nullptr;
  if (!file.law || !file.law->data().procedure) return none;
  file.appeal = appeal;
  file.now = now;
  const auto today = toLocal(at, file.law->data().default_zone);
  if (!today) return today.status();
  file.today = today->date;
  way.row = rowOf(file);
  if (way.row == nullptr) return none;
  auto document = messages_.documentOf(tx, appeal);
  if (!document) return document.status();
  if (!document->has_value()) return none;
  file.document = std::move(**document);
  auto clocks = tx.clocks(appeal.id);
  if (!clocks) return clocks.status();
  file.clocks = std::move(*clocks);
  auto events = tx.events(appeal.id);
  if (!events) return events.status();
  file.events = std::move(*events);
  if (wasGivenBack(file.events)) return none;  // it is not the body's to send anywhere
  auto of_it = isComplaintOf(tx, *file.law, file.document, appeal.body_bin, file.today);
  if (!of_it) return of_it.status();
  file.at_complained_of = *of_it;
  if (!hadTerms(file, *way.row)) return none;
  const rules::Body* higher = nullptr;
  if (!forwarded_to) {
    if (!*of_it) return none;
    higher = higherBody(file);
  } else if (isAbove(file, forwarded_to->bin)) {
    higher = file.law->bodyByBin(forwarded_to->bin, file.today);
    if (higher == nullptr) higher = file.law->successorOf(forwarded_to->bin, file.today);
  } else {
    // Aside, if the register has it; else nobody here knows.
    if (!*of_it || file.law->bodyByBin(forwarded_to->bin, file.today) != nullptr) return none;
    const auto name = forwarded_to->name.value_or(forwarded_to->bin);
    way.names = {name, name, name};
  }
  if (higher != nullptr) {
    way.names = higher->names;
    const bool here =
        !higher->alias.empty() && options_.connected && options_.connected(higher->alias);
    if (here) way.to = higher;
  }
  return std::optional(std::move(way));
}

store::EventRow WayUp::event(const Way& way, const std::string& actor,
                             const std::string& payload_sha256) const {
  const auto& file = way.file;
  auto event = makeEvent(file.appeal.id, "acted", file.now, actor, file.appeal.state, way.row->to,
                         way.row->action, "", payload_sha256);
  fillTexts(event, labelled(file, *way.row));
  nameHigherBody(event, way.names);
  return event;
}

Status WayUp::goOn(store::Tx& tx, const Way& way, const std::string& actor,
                   store::AppealRow& appeal) const {
  if (way.to == nullptr) return {};
  const auto& file = way.file;
  const auto& to = *way.to;
  auto terms =
      termsOfArrival(tx, {*file.law, file.document, file.appeal.body_bin, to.bin, file.now}, to);
  if (!terms) return terms.status();
  for (auto& clock : terms->opened) {
    clock.appeal = appeal.id;
    if (auto s = tx.addClock(clock); !s) return s;
  }
  auto message =
      readdress(tx, appeal, {to, "routed", terms->opened, file.now, options_.node_name}, limits_);
  if (!message) return message.status();
  if (auto s = tx.addEvent(routedEvent(appeal.id, to, file.now, actor, way.row->to)); !s) return s;
  if (auto s = queueMessage(tx, *message, file.now); !s) return s;
  appeal.state = "routed";
  appeal.state_since = file.now;
  appeal.body_bin = to.bin;
  appeal.destination = to.alias;
  appeal.due_date = terms->due_date;
  appeal.executor.clear();
  decidedNothing(appeal);
  return {};
}

}  // namespace hub::exchange
