#include "hub/exchange/sending_on.h"

#include <algorithm>

#include "hub/base/ids.h"
#include "hub/exchange/arrival.h"
#include "hub/exchange/clock_rows.h"
#include "hub/exchange/dropped_notice.h"
#include "hub/exchange/event_texts.h"
#include "hub/exchange/readdress.h"
#include "hub/rules/deadlines.h"
#include "hub/rules/number.h"

namespace hub::exchange {
namespace {

// The terms of the body that gets it count from its arrival there, APPC 65(3), 76(2).
Result<ArrivalTerms> freshTerms(store::Store& store, const CaseFile& file, const rules::Body& body,
                                const model::Appeal& document) {
  const Arrival arrival{*file.law, document, file.appeal.body_bin, body.bin, file.now};
  auto terms = termsOfArrival(store, arrival, body);
  if (!terms) return terms;
  for (auto& clock : terms->opened) clock.appeal = file.appeal.id;
  return terms;
}

// Upon what tells of a crime or a threat the body that gets the part acts at once, too, if nobody has: 64(7-2).
Status addReaction(const CaseFile& file, const rules::Body& body,
                   std::vector<store::ClockRow>& to) {
  const auto react = std::find_if(file.clocks.rbegin(), file.clocks.rend(),
                                  [](const auto& clock) { return clock.name == "react"; });
  if (!file.document.urgent_flag || react == file.clocks.rend() || !isOpen(*react)) return {};
  rules::EventClockRequest request;
  request.clock = "react";
  request.kind = file.appeal.kind;
  request.procedure = file.appeal.procedure;
  request.special_kind = specialKind(file);
  request.level = body.level;
  request.event_at = file.now;
  request.zone = body.zone;
  auto clock = rules::computeEventClock(*file.law, request);
  if (!clock) return clock.error().code == "rules.no_such_term" ? Status() : clock.status();
  to.push_back(clockRow(0, *clock, clock->due_date ? "running" : "unknown"));
  return {};
}

const rules::Body* above(const rules::LawBook& law, const rules::Body& body, Date today) {
  if (body.higher_body.empty()) return nullptr;
  const auto* higher = law.bodyByBin(body.higher_body, today);
  return higher ? higher : law.successorOf(body.higher_body, today);
}

}  // namespace

store::EventRow routedEvent(store::RowId appeal, const rules::Body& body, Instant now,
                            const std::string& actor, const std::string& from) {
  auto event = makeEvent(appeal, "routed", now, actor, from, "routed", "procedure");
  fillTexts(event, body.names);
  return event;
}

void nameHigherBody(store::EventRow& event, const rules::LocalText& names) {
  addSentence(event, {"Жоғары тұрған орган: " + names.kk, "Вышестоящий орган: " + names.ru,
                      names.en.empty() ? "" : "The higher body: " + names.en});
}

bool goesUp(const Action& action) { return action.row->action == kSendToHigher; }

bool isAbove(const CaseFile& file, const std::string& bin) {
  constexpr int kLevelsMax = 20;
  const auto* body = file.law->bodyByBin(file.appeal.body_bin, file.today);
  for (int level = 0; body != nullptr && level < kLevelsMax; ++level) {
    if (!bin.empty() && body->higher_body == bin) return true;
    body = above(*file.law, *body, file.today);
    if (body != nullptr && body->bin == bin) return true;
  }
  return false;
}

Result<bool> wentUpFrom(store::Store& store, const rules::LawBook& law,
                        const store::AppealRow& appeal, const std::vector<store::EventRow>& events,
                        const model::Appeal& document, const rules::Body& body, Date day) {
  const auto up = std::find_if(events.begin(), events.end(),
                               [](const auto& event) { return event.reason == kSendToHigher; });
  if (up == events.end()) return false;
  auto of_it = isComplaintOf(store, law, document, body.bin, day);
  if (!of_it || *of_it) return of_it;
  // Of a complaint that names no body, the one to which it had gone last before it went up.
  auto rows = store.outboxOf(appeal.id);
  if (!rows) return rows.status();
  const store::OutboxRow *last = nullptr, *before = nullptr;
  for (const auto& row : *rows) {
    if (row.type != "appeal/1" || row.created_at > up->at) continue;
    before = last;
    last = &row;
  }
  return before != nullptr && before->destination == body.alias;
}

Status backToWhereItWentUpFrom() {
  return badInput(
      "the body complained of sent the complaint up, and decides no complaint against itself "
      "(APPC 91(4))",
      "body");
}

const rules::Body* higherBody(const CaseFile& file) {
  const auto* own = file.law->bodyByBin(file.appeal.body_bin, file.today);
  return own ? above(*file.law, *own, file.today) : nullptr;
}

Result<std::optional<NextBody>> SendingOn::whole(const CaseFile& file, const Action& action) const {
  std::string name = action.order.body;
  if (name.empty() && goesUp(action)) {
    const auto* higher = higherBody(file);
    if (higher && !higher->alias.empty() && connected_(higher->alias)) name = higher->bin;
    if (name.empty() && action.reason.empty()) {
      const std::string known = higher ? higher->names.en + " (" + higher->bin + ")" : "no body";
      return Status::failure(
          "exchange.input_needed",
          "the register has " + known +
              " above it, which is not connected: name a connected body or, if it is "
              "sent outside the hub, give the reason",
          "/body");
    }
  }
  if (name.empty()) return std::optional<NextBody>();
  auto body = connectedBody(*file.law, name, file.today, connected_);
  if (!body) return body.status();
  const auto& to = **body;
  if (to.bin == file.appeal.body_bin) return badInput("the appeal is there already", "body");
  if (goesUp(action) && !isAbove(file, to.bin)) {
    return badInput(
        "the register has no such body above the one complained of; to a body outside the hub it "
        "goes by its reason alone",
        "body");
  }
  if (auto s = notDownAgain(file, to); !s) return s;
  const auto& becomes = action.row->becomes;
  NextBody next;
  if (action.row->action == "route") {
    const Arrival arrival{*file.law, file.document, file.appeal.body_bin, to.bin, file.now};
    auto terms = termsOfDirecting(store_, file.appeal, file.clocks, arrival, to);
    if (!terms) return terms.status();
    for (const auto& [clock, how] : terms->closed) next.ended.push_back({clock, how});
    next.opened = std::move(terms->opened);
    next.due_date = terms->due_date;
  } else {
    auto document = file.document;
    if (!becomes.empty()) document.kind_special = becomes;
    auto terms = freshTerms(store_, file, to, document);
    if (!terms) return terms.status();
    next.opened = std::move(terms->opened);
    next.due_date = terms->due_date;
  }
  next.kind_special = becomes;
  NewAddress address{to, "routed", next.opened, file.now, node_name_};
  if (const auto notice = droppedNotice(*action.row, file.clocks)) {
    next.notice_dropped = noticeDropped(*notice, file.now, action.actor, "routed");
    address.notice_dropped = noticeForBody(*notice, file.events, file.appeal.language);
  }
  auto message = readdress(store_, file.appeal, address, limits_, [&](model::Appeal& document) {
    if (!becomes.empty()) document.kind_special = becomes;
  });
  if (!message) return message.status();
  next.message = std::move(*message);
  if (action.next_state != "routed") {
    next.routed = routedEvent(file.appeal.id, to, file.now, action.actor, action.next_state);
  }
  next.bin = to.bin;
  next.names = to.names;
  next.destination = to.alias;
  return std::optional(std::move(next));
}

Status SendingOn::notDownAgain(const CaseFile& file, const rules::Body& to) const {
  auto back =
      wentUpFrom(store_, *file.law, file.appeal, file.events, file.document, to, file.today);
  if (!back) return back.status();
  return *back ? backToWhereItWentUpFrom() : Status();
}

// Parts are not split again: they count on from the whole.
Result<std::string> SendingOn::freeChildNumber(const std::string& whole, int& n) const {
  for (;;) {
    auto number = rules::childNumber(whole, ++n);
    if (!number) return number;
    auto found = store_.findByNumber(*number);
    if (!found) return found.status();
    if (!found->has_value()) return number;
  }
}

Result<PartOfCase> SendingOn::part(const CaseFile& file, const Action& action) const {
  auto body = connectedBody(*file.law, action.order.body, file.today, connected_);
  if (!body) return body.status();
  const auto& to = **body;
  const auto& appeal = file.appeal;
  if (to.bin == appeal.body_bin) return badInput("the appeal is there already", "body");
  if (auto s = notDownAgain(file, to); !s) return s;
  int n = 0;
  auto number = freeChildNumber(appeal.reg_number.substr(0, appeal.reg_number.find('/')), n);
  if (!number) return number.status();
  auto terms = freshTerms(store_, file, to, file.document);
  if (!terms) return terms.status();
  PartOfCase part;
  part.clocks = std::move(terms->opened);
  if (auto s = addReaction(file, to, part.clocks); !s) return s;
  auto& row = part.row;
  row = appeal;
  row.id = 0;
  row.hub_id = newUuid7(file.now);
  row.source_id = appeal.source_id + "#part-" + std::to_string(n);
  row.reg_number = *number;
  row.body_bin = to.bin;
  row.destination = to.alias;
  row.state = "routed";
  row.state_since = row.received_at = row.updated_at = file.now;
  row.registered_at = file.now;
  row.registration_date = formatDate(file.today);
  row.due_date = terms->due_date;
  row.executor.clear();
  row.decision_outcome.clear();
  row.decision_character.clear();
  row.decided_on.clear();
  auto message = readdress(store_, appeal, {to, "routed", part.clocks, file.now, node_name_},
                           limits_, [&](model::Appeal& document) {
                             document.parent = model::Ref{};
                             document.parent->hub_id = document.hub_id;
                             document.parent->reg_number = appeal.reg_number;
                             document.hub_id = row.hub_id;
                             document.reg_number = row.reg_number;
                             document.source_id = row.source_id;
                             document.summary = action.reason;
                           });
  if (!message) return message.status();
  part.message = std::move(*message);
  row.content_sha256 = sha256Hex(part.message.body);
  auto registered =
      makeEvent(0, "registered", file.now, action.actor, "received", "registered", "",
                row.due_date.empty() ? "" : spokenDate(row.due_date), row.content_sha256);
  addSentence(registered,
              {"Өтініштің бөлігі: " + appeal.reg_number, "Часть обращения " + appeal.reg_number,
               "A part of appeal " + appeal.reg_number});
  part.events = {std::move(registered), routedEvent(0, to, file.now, action.actor, "registered")};
  part.names_part = {"Бөліктің нөмірі " + *number + ": " + to.names.kk,
                     "Номер части " + *number + ": " + to.names.ru,
                     "The part has the number " + *number + ": " + to.names.en};
  return part;
}

}  // namespace hub::exchange
