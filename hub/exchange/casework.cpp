#include "hub/exchange/casework.h"

#include <algorithm>
#include <array>

#include "hub/base/ids.h"
#include "hub/base/log.h"
#include "hub/base/metrics.h"
#include "hub/base/text.h"
#include "hub/exchange/arrival.h"
#include "hub/exchange/clock_rows.h"
#include "hub/exchange/event_texts.h"
#include "hub/exchange/outgoing.h"
#include "hub/exchange/readdress.h"
#include "hub/exchange/sharing.h"
#include "hub/exchange/transitions.h"
#include "hub/model/codec.h"
#include "hub/model/codes.h"
#include "hub/model/validate.h"
#include "hub/rules/deadlines.h"
#include "hub/rules/number.h"
#include "hub/rules/procedure.h"

namespace hub::exchange {

struct Casework::Plan {
  const ActionOrder* order = nullptr;
  const Caller* caller = nullptr;  // null: the hub itself
  std::string role, actor;
  std::shared_ptr<const rules::LawBook> law;
  store::AppealRow seen;  // as it was read: the unit of work refuses to overwrite news
  std::vector<store::ClockRow> clocks;
  model::Appeal document;
  Instant now;
  Date today;
  const rules::ProcedureRow* row = nullptr;
  std::string outcome, reason;

  store::AppealRow after;
  struct Closed {
    std::string clock, status;
  };
  std::vector<Closed> closed;
  std::vector<store::ClockRow> opened;
  std::vector<store::EventRow> events;
  std::optional<store::MessageRow> decision;
  std::vector<store::MessageRow> deliveries;  // party is the destination
  struct Part {
    store::AppealRow row;
    store::MessageRow message;
    std::vector<store::ClockRow> clocks;
    std::vector<store::EventRow> events;
  };
  std::optional<Part> part;
  std::optional<std::pair<store::RowId, store::EventRow>> elsewhere;  // event of the earlier case
  bool stops_delivery = false;
};

namespace {

using rules::LocalText;

constexpr const char* kDeem = "deem_refused";

bool has(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// What agencies tell of as "consider_extended" is the law's clock "extend".
std::string storedName(const std::string& clock) {
  return clock == "extend" ? "consider_extended" : clock;
}

// The newest notice of a hearing by the body that has the appeal now: what another body told the applicant
// before it sent the appeal on is no hearing on this body's decision.
const store::ClockRow* hearingOf(const std::vector<store::ClockRow>& clocks) {
  const store::ClockRow* notice = nullptr;
  const store::ClockRow* consider = nullptr;
  bool moved = false;
  for (const auto& clock : clocks) {
    if (clock.name == "objection") notice = &clock;
    if (clock.name != "consider") continue;
    moved = consider != nullptr;
    consider = &clock;
  }
  return notice && moved && notice->start_at < consider->start_at ? nullptr : notice;
}

rules::CaseState caseOf(const store::AppealRow& appeal,
                        const std::vector<store::ClockRow>& clocks) {
  rules::CaseState where;
  const auto* hearing = hearingOf(clocks);
  where.state = appeal.state;
  where.kind = appeal.kind;
  where.procedure = appeal.procedure;
  for (const auto& clock : clocks) {
    if (clock.name == "objection" && !hearing) continue;
    rules::ClockState state;
    state.name = clock.name == "consider_extended" ? "extend" : clock.name;
    if (auto day = parseDate(clock.due_date); day.ok()) state.due = *day;
    state.running = isOpen(clock);
    state.law = clock.law;
    where.clocks.push_back(std::move(state));
  }
  return where;
}

LocalText lawNamed(const std::string& law, const std::string& article) {
  const bool code = law == "APPC";
  return {(code ? "ӘРПК " : law + " ") + article, (code ? "АППК ст. " : law + " ") + article,
          law + " art. " + article};
}

LocalText labelled(const rules::ProcedureRow& row, const std::string& law) {
  const auto source = lawNamed(law, row.article);
  return {row.label.kk + " (" + source.kk + ")", row.label.ru + " (" + source.ru + ")",
          row.label.en + " (" + source.en + ")"};
}

Status needed(std::string_view member) {
  return Status::failure("exchange.input_needed", "this action needs it",
                         "/" + std::string(member));
}
Status wrong(const std::string& text, std::string_view member) {
  return Status::failure("exchange.bad_input", text, "/" + std::string(member));
}

Result<model::Decision> newestDecision(store::Store& store, store::RowId appeal,
                                       const Limits& limits) {
  auto messages = store.messages(appeal, true);
  if (!messages) return messages.status();
  for (auto it = messages->rbegin(); it != messages->rend(); ++it) {
    if (it->type != "decision/1") continue;
    auto message = model::decodeXml(it->body, limits);
    if (!message) return message.status();
    return std::move(std::get<model::Decision>(message->payload));
  }
  return Status::failure("store.not_found", "the appeal has no decision");
}

// A decision names who made it. Without a name the bar against the official complained of (APPC 97(2))
// could be stepped round, too.
bool namesOfficial(const rules::ProcedureRow& row, const std::string& kind) {
  return has(row.needs, "text") || (kind == "complaint" && !row.impartial.empty());
}

const rules::ProcedureTable* tableOf(const rules::LawBook& law) {
  return law.data().procedure.get();
}
const std::string& lawOf(const rules::LawBook& law, const rules::ProcedureRow& row) {
  return row.law.empty() ? tableOf(law)->data().law : row.law;
}
Status noProcedure() { return Status::failure("rules.no_procedure", "procedure.yaml is missing"); }

LocalText deemedText(const rules::ProcedureRow& row, const std::string& law) {
  const auto source = lawNamed(law, row.article);
  return {"Мерзім шешімсіз аяқталды, бұл бас тарту деп саналады (" + source.kk + ").",
          "Срок истёк без решения, что считается отказом (" + source.ru + ").",
          "The term ended without a decision, which counts as a refusal (" + source.en + ")."};
}

}  // namespace

Status Casework::open(const store::AppealRow& appeal, Plan& plan) const {
  plan.law = law_.get();
  if (!tableOf(*plan.law)) return noProcedure();
  auto seen = store_.appeal(appeal.id);
  if (!seen) return seen.status();
  plan.seen = plan.after = std::move(*seen);
  auto clocks = store_.clocks(appeal.id);
  if (!clocks) return clocks.status();
  plan.clocks = std::move(*clocks);
  plan.now = clock_.now();
  auto today = toLocal(plan.now, plan.law->data().default_zone);
  if (!today) return today.status();
  plan.today = today->date;
  return {};
}

Result<ActionChoices> Casework::choices(const store::AppealRow& appeal,
                                        const std::string& role) const {
  Plan plan;
  if (auto s = open(appeal, plan); !s) return s;
  const auto& table = *tableOf(*plan.law);
  const auto& data = table.data();
  if (!role.empty() && !data.roles.contains(role)) {
    return Status::failure("rules.unknown_role", "no such role in the procedure", "?role");
  }
  ActionChoices choices;
  choices.appeal = plan.seen;
  if (const auto state = data.states.find(plan.seen.state); state != data.states.end()) {
    choices.state = state->second;
  }
  const auto where = caseOf(plan.seen, plan.clocks);
  for (const auto& allowed : table.allowedActions(where, role, plan.today)) {
    const auto& row = *allowed.row;
    ActionChoice choice;
    choice.action = row.action;
    choice.law = lawOf(*plan.law, row);
    choice.article = row.article;
    choice.label = row.label;
    choice.to_state = row.to;
    choice.by = row.by;
    choice.needs = row.needs;
    if (row.day) choice.needs.push_back("day");
    if (row.outcomes.size() > 1) choice.needs.push_back("outcome");
    if (namesOfficial(row, plan.seen.kind)) choice.needs.push_back("official");
    choice.outcomes = row.outcomes;
    for (const auto& [outcome, article] : row.hearing_before) {
      if (!rules::hearingNotified(where)) choice.unheard.push_back(outcome);
    }
    if (allowed.until) choice.until = formatDate(*allowed.until);
    choice.duty = allowed.duty;
    choices.actions.push_back(std::move(choice));
  }
  return choices;
}

Result<std::string> Casework::impliedRole(const ActionOrder& order, const Caller& caller) const {
  if (order.role.empty()) {
    if (caller.roles.size() == 1) return caller.roles.front();
    return needed("role");
  }
  if (!has(caller.roles, order.role)) {
    std::string own;
    for (const auto& role : caller.roles) own += (own.empty() ? "" : ", ") + role;
    return Status::failure("exchange.role_not_allowed",
                           "this client may act as: " + (own.empty() ? "nobody" : own), "/role");
  }
  return order.role;
}

// Whether the law allows it, and whether the caller said all that it needs.
Status Casework::checkInputs(const Caller& caller, Plan& plan) const {
  const auto& order = *plan.order;
  const auto& table = *tableOf(*plan.law);
  auto document = documentOf(store_, plan.seen.id, limits_);
  if (!document) return document.status();
  plan.document = std::move(*document);
  auto where = caseOf(plan.seen, plan.clocks);
  where.urgent = plan.document.urgent_flag.has_value();
  if (plan.document.contested) {
    where.contested_official = plan.document.contested->official.value_or("");
  }
  rules::ActionRequest request{order.action,   plan.role,    plan.today,           order.outcome,
                               order.official, std::nullopt, !order.waived.empty()};
  if (!order.day.empty()) {
    auto day = parseDate(order.day);
    if (!day) return wrong(day.error().text, "day");
    request.day = *day;
  }
  auto verdict = table.check(where, request);
  if (!verdict) return verdict.status();
  plan.row = verdict->row;
  plan.outcome = verdict->outcome;
  if (auto s = checkWaiver(plan); !s) return s;
  plan.after.state = verdict->next_state;
  const std::array<std::pair<std::string_view, const std::string*>, 5> inputs = {
      {{"reason", &order.reason},
       {"text", &order.text},
       {"body", &order.body},
       {"of", &order.of},
       {"executor", &order.executor}}};
  for (const auto& [name, value] : inputs) {
    if (value->empty() && has(plan.row->needs, name)) return needed(name);
  }
  if (namesOfficial(*plan.row, plan.seen.kind) && order.official.empty()) return needed("official");
  if (plan.row->moves && order.body.empty() && plan.after.state != "sent_to_higher" &&
      order.reason.empty()) {
    return needed("body");
  }
  if (!order.reason.empty()) {
    auto words = operatorWords(order.reason, "/reason");
    if (!words) return words.status();
    plan.reason = *words;
  }
  if (auto s = checkExecutor(where.contested_official, plan); !s) return s;
  plan.actor = plan.role + ":" + caller.client;
  return {};
}

// APPC 73(2) names the reasons; two of them do not fit a decision that needs a hearing.
Status Casework::checkWaiver(const Plan& plan) const {
  const auto& waived = plan.order->waived;
  if (waived.empty()) return {};
  if (!model::hasCode(model::codes::kWaivedReason, waived)) {
    return wrong("not a code of waived_reason", "waived");
  }
  const bool contradicts = waived == "favourable_act" || waived == "simplified_procedure";
  if (contradicts && plan.row->hearing_before.contains(plan.outcome)) {
    return wrong("this is no " + waived, "waived");
  }
  return {};
}

// A body that lists its executors means them, and a complaint never goes to the one it is about: whether
// the body names its people to the hub or not.
Status Casework::checkExecutor(const std::string& contested_official, const Plan& plan) const {
  if (!has(plan.row->needs, "executor")) return {};
  std::string official(trim(plan.order->executor));
  if (const auto* team = teamOf(*plan.law, plan.seen.body_bin)) {
    const auto executor = std::find_if(team->begin(), team->end(), [&](const auto& one) {
      return one.id == plan.order->executor;
    });
    if (executor == team->end()) return wrong("not among the body's executors", "executor");
    official = executor->official;
  }
  if (!contested_official.empty() && official == trim(contested_official)) {
    return Status::failure("rules.action_wrong_official",
                           "APPC article 97(2): the complaint is about this executor", "/executor");
  }
  return {};
}

// A term ends with the action that it is for: in time, or late.
void Casework::closeClocks(Plan& plan) const {
  const auto close = [&](const std::string& name, const char* status) {
    const auto newest = std::find_if(plan.clocks.rbegin(), plan.clocks.rend(),
                                     [&](const auto& clock) { return clock.name == name; });
    if (newest == plan.clocks.rend() || !isOpen(*newest)) return;
    const std::string result = status;
    plan.closed.push_back({name, result.empty() ? ending(*newest, plan.today) : result});
  };
  for (const auto& name : plan.row->closes) close(storedName(name), "");
  for (const auto& name : plan.row->cancels) close(storedName(name), "cancelled");
  for (const auto& name : plan.row->supersedes) {
    // A term that is named anew replaces the old one; another one goes on from it.
    close(storedName(name), has(plan.row->opens, name) ? "cancelled" : "extended");
  }
}

// Rows of before it was kept there have it in the document only.
std::string Casework::specialKind(const Plan& plan) {
  return plan.seen.kind_special.empty() ? plan.document.kind_special.value_or("")
                                        : plan.seen.kind_special;
}

Status Casework::openOne(Plan& plan, const std::string& name, Instant event_at) const {
  rules::EventClockRequest request;
  request.clock = name;
  request.kind = plan.seen.kind;
  request.procedure = plan.seen.procedure;
  request.special_kind = specialKind(plan);
  request.event_at = event_at;
  if (const auto* body = plan.law->bodyByBin(plan.seen.body_bin, plan.today)) {
    request.level = body->level;
    request.zone = body->zone;
  }
  auto clock = rules::computeEventClock(*plan.law, request);
  if (!clock && clock.error().code == "rules.no_such_term") return {};
  if (!clock) return clock.status();
  plan.opened.push_back(clockRow(plan.seen.id, *clock, clock->due_date ? "running" : "unknown"));
  return {};
}

// APPC 76(3): a reasonable term, at most two months. The head may name an earlier day.
Status Casework::extend(Plan& plan) const {
  const auto before = plan.opened.size();
  if (auto s = openOne(plan, "extend", plan.now); !s) return s;
  if (plan.opened.size() == before) return {};
  auto& clock = plan.opened.back();
  clock.name = "consider_extended";
  if (!plan.order->day.empty()) {
    if (plan.order->day <= plan.seen.due_date) {
      return wrong("the term runs until " + plan.seen.due_date + " already", "day");
    }
    if (!clock.due_date.empty() && plan.order->day > clock.due_date) {
      return wrong("the law allows an extension until " + clock.due_date, "day");
    }
    clock.due_date = plan.order->day;
    clock.explanation = kHeadDecided;
  }
  plan.after.due_date = clock.due_date;
  return {};
}

Status Casework::openClocks(Plan& plan) const {
  Instant event_at = plan.now;
  const auto& decided = plan.outcome.empty() ? plan.seen.decision_outcome : plan.outcome;
  for (const auto& name : rules::openedBy(*plan.row, decided)) {
    if (plan.row->day && name == plan.row->opens.front()) {
      if (name == "plan" && !plan.seen.due_date.empty() && plan.order->day > plan.seen.due_date) {
        return wrong("the legal term ends on " + plan.seen.due_date, "day");
      }
      store::ClockRow clock;
      clock.appeal = plan.seen.id;
      clock.name = name;
      clock.law = lawOf(*plan.law, *plan.row);
      clock.article = plan.row->article;
      clock.rule_id = plan.row->action;
      clock.rule_version = tableOf(*plan.law)->data().version;
      clock.day_kind = "calendar";
      clock.first_day = "next_day";
      clock.start_event = plan.row->action;
      clock.start_at = plan.now;
      clock.due_date = plan.order->day;
      clock.status = "running";
      clock.explanation = "the day the body named";
      plan.opened.push_back(clock);
      // What follows counts from the end of the term that was named.
      auto day = parseDate(plan.order->day);
      if (!day) return day.status();
      const auto* body = plan.law->bodyByBin(plan.seen.body_bin, plan.today);
      auto end = fromLocal(*day, 0, body ? body->zone : plan.law->data().default_zone);
      if (!end) return end.status();
      event_at = *end;
      continue;
    }
    Status status = name == "extend" ? extend(plan) : openOne(plan, name, event_at);
    if (!status) return status;
  }
  return {};
}

// How the applicant was heard, APPC 73, or why not.
Status Casework::tellHearing(const Plan& plan, model::Decision& decision) const {
  const auto* notice = hearingOf(plan.clocks);
  if (!notice && plan.order->waived.empty()) return {};
  model::Hearing hearing;
  if (!notice) {
    hearing.waived_reason = plan.order->waived;
    decision.hearing = hearing;
    return {};
  }
  hearing.notified_at = formatInstant(notice->start_at);
  hearing.held = std::any_of(plan.clocks.begin(), plan.clocks.end(), [&](const auto& clock) {
    return clock.name == "hearing_minutes" && clock.start_at >= notice->start_at;
  });
  auto events = store_.events(plan.seen.id);
  if (!events) return events.status();
  for (const auto& event : *events) {
    if (event.reason != "object" || event.at < notice->start_at) continue;
    hearing.objection = decision.language == "kk" ? event.text_kk : event.text_ru;
  }
  decision.hearing = hearing;
  return {};
}

// A decision made in the hub: by a head who works here, or by operation of law.
Status Casework::makeDecision(Plan& plan) const {
  const bool correction = plan.row->action == "correct";
  if (plan.outcome.empty() && !correction) return {};
  if (!correction) plan.after.decision_outcome = plan.outcome;
  const bool deemed = plan.row->action == kDeem;
  model::Message message;
  auto& decision = message.payload.emplace<model::Decision>();
  decision.outcome = plan.outcome;
  if (correction) {
    auto first = newestDecision(store_, plan.seen.id, limits_);
    if (!first) return first.status();
    decision = std::move(*first);
    decision.supersedes = decision.decision_id;
    decision.signatures.clear();
  }
  decision.body.bin = plan.seen.body_bin;
  if (decision.body.bin.empty()) return {};  // deemed refused before any body was found
  decision.decision_id = newUuid7(plan.now);
  decision.appeal_ref = {};
  decision.appeal_ref.hub_id = plan.seen.hub_id;
  if (!plan.seen.reg_number.empty()) decision.appeal_ref.reg_number = plan.seen.reg_number;
  const auto* body = plan.law->bodyByBin(plan.seen.body_bin, plan.today);
  if (body) decision.body.name = body->names.ru;
  decision.official = deemed || plan.order->official.empty() ? plan.role : plan.order->official;
  decision.signer = {};
  decision.signer.type = "state_body";
  decision.signer.bin = plan.seen.body_bin;
  if (body) decision.signer.org_name = body->names.ru;
  decision.decided_at = formatInstant(plan.now);
  const auto label = deemed ? deemedText(*plan.row, lawOf(*plan.law, *plan.row))
                            : labelled(*plan.row, lawOf(*plan.law, *plan.row));
  const bool kazakh = plan.seen.language == "kk";
  if (decision.language.empty()) decision.language = kazakh ? "kk" : "ru";
  if (!deemed && !correction) {
    if (auto s = tellHearing(plan, decision); !s) return s;
  }
  decision.text = plan.order->text;
  if (decision.text.empty()) {
    decision.text = kazakh ? label.kk : label.ru;
    if (!plan.order->reason.empty()) decision.text += ". " + std::string(trim(plan.order->reason));
  }
  decision.legal_refs = {lawOf(*plan.law, *plan.row) + " " + plan.row->article};
  // APPC 80(5): a decision names where to complain; three months by 92(1).
  model::AppealRoute route;
  if (body && !body->higher_body.empty()) {
    route.higher_body = model::BodyRef{body->higher_body, std::nullopt, {}};
  }
  route.term_months = 3;
  decision.appeal_route = route;
  auto signature = options_.sign(model::encodePayloadXml(message));
  if (!signature) return signature.status();
  if (signature->empty()) return {};
  model::Signature made;
  made.format = "cms";
  made.value = *signature;
  decision.signatures.push_back(made);
  auto& envelope = message.envelope;
  envelope.message_id = newUuid7(plan.now);
  envelope.correlation_id = plan.seen.hub_id;
  envelope.from = envelope.to = options_.node_name;
  envelope.type = "decision/1";
  envelope.sent_at = formatInstant(plan.now);
  auto errors =
      model::validate(message, {model::Profile::kCanonical, options_.identity, plan.now}, limits_);
  if (!errors.empty()) return Status(std::move(errors));
  store::MessageRow row;
  row.message_id = envelope.message_id;
  row.appeal = plan.seen.id;
  row.type = "decision/1";
  row.direction = "in";
  row.party = options_.node_name;
  row.at = plan.now;
  row.body = model::encodeXml(message);
  plan.decision = std::move(row);
  return {};
}

// The terms of the body that gets it count from its arrival there, APPC 65(3), 76(2).
Result<std::vector<store::ClockRow>> Casework::freshClocks(const Plan& plan,
                                                           const rules::Body& body,
                                                           std::string& due_date) const {
  const Arrival arrival{*plan.law, plan.document, plan.seen.body_bin, body.bin, plan.now};
  auto terms = termsOfArrival(store_, arrival, body);
  if (!terms) return terms.status();
  due_date = terms->due_date;
  for (auto& clock : terms->opened) clock.appeal = plan.seen.id;
  return std::move(terms->opened);
}

namespace {

store::EventRow routedEvent(store::RowId appeal, const rules::Body& body, Instant now,
                            const std::string& actor, const std::string& from) {
  auto event = makeEvent(appeal, "routed", now, actor, from, "routed", "procedure");
  fillTexts(event, body.names);
  return event;
}

}  // namespace

// The appeal goes on whole, under its number (APPC 65(1), 91(4)). Without a body that is connected here
// it leaves the hub: the state says so, and the reason where to.
Status Casework::move(Plan& plan) const {
  if (!plan.row->moves) return {};
  std::string name = plan.order->body;
  if (name.empty() && plan.after.state == "sent_to_higher") {
    const auto* own = plan.law->bodyByBin(plan.seen.body_bin, plan.today);
    const auto* higher = own ? plan.law->bodyByBin(own->higher_body, plan.today) : nullptr;
    if (higher && options_.connected(higher->alias)) name = higher->bin;
    if (name.empty() && plan.reason.empty()) return needed("body");
  }
  plan.stops_delivery = true;
  if (name.empty()) return {};
  auto body = connectedBody(*plan.law, name, plan.today, options_.connected);
  if (!body) return body.status();
  if ((*body)->bin == plan.seen.body_bin) return wrong("the appeal is there already", "body");
  std::string due;
  std::vector<store::ClockRow> clocks;
  if (plan.row->action == "route") {
    const Arrival arrival{*plan.law, plan.document, plan.seen.body_bin, (*body)->bin, plan.now};
    auto terms = termsOfDirecting(store_, plan.seen, plan.clocks, arrival, **body);
    if (!terms) return terms.status();
    for (const auto& [clock, how] : terms->closed) plan.closed.push_back({clock, how});
    clocks = std::move(terms->opened);
    due = terms->due_date;
  } else {
    auto fresh = freshClocks(plan, **body, due);
    if (!fresh) return fresh.status();
    clocks = std::move(*fresh);
  }
  auto message = readdress(store_, plan.seen,
                           {**body, "routed", clocks, plan.now, options_.node_name}, limits_);
  if (!message) return message.status();
  plan.deliveries.push_back(std::move(*message));
  plan.opened.insert(plan.opened.end(), clocks.begin(), clocks.end());
  if (plan.after.state != "routed") {
    plan.events.push_back(
        routedEvent(plan.seen.id, **body, plan.now, plan.actor, plan.after.state));
  }
  plan.after.state = "routed";
  plan.after.body_bin = (*body)->bin;
  plan.after.destination = (*body)->alias;
  plan.after.due_date = due;
  plan.after.executor.clear();
  plan.after.decision_outcome = plan.seen.decision_outcome;
  plan.decision.reset();
  return {};
}

// A part becomes an appeal of its own with a child number and its own terms (APPC 65(2), (3)).
Status Casework::split(Plan& plan) const {
  if (!plan.row->makes_part) return {};
  auto body = connectedBody(*plan.law, plan.order->body, plan.today, options_.connected);
  if (!body) return body.status();
  Plan::Part part;
  // Parts are not split again: they count on from the whole.
  const std::string whole = plan.seen.reg_number.substr(0, plan.seen.reg_number.find('/'));
  std::string number;
  int n = 0;
  for (bool taken = true; taken;) {
    auto next = rules::childNumber(whole, ++n);
    if (!next) return next.status();
    auto found = store_.findByNumber(*next);
    if (!found) return found.status();
    taken = found->has_value();
    number = *next;
  }
  std::string due;
  auto clocks = freshClocks(plan, **body, due);
  if (!clocks) return clocks.status();
  part.clocks = std::move(*clocks);
  auto& row = part.row;
  row = plan.seen;
  row.id = 0;
  row.hub_id = newUuid7(plan.now);
  row.source_id = plan.seen.source_id + "#part-" + std::to_string(n);
  row.reg_number = number;
  row.body_bin = (*body)->bin;
  row.destination = (*body)->alias;
  row.state = "routed";
  row.state_since = row.received_at = row.updated_at = plan.now;
  row.registered_at = plan.now;
  row.registration_date = formatDate(plan.today);
  row.due_date = due;
  row.executor.clear();
  row.decision_outcome.clear();
  row.decision_character.clear();
  auto message =
      readdress(store_, plan.seen, {**body, "routed", part.clocks, plan.now, options_.node_name},
                limits_, [&](model::Appeal& document) {
                  document.parent = model::Ref{};
                  document.parent->hub_id = document.hub_id;
                  document.parent->reg_number = plan.seen.reg_number;
                  document.hub_id = row.hub_id;
                  document.reg_number = row.reg_number;
                  document.source_id = row.source_id;
                  document.summary = plan.reason;
                });
  if (!message) return message.status();
  part.message = std::move(*message);
  row.content_sha256 = sha256Hex(part.message.body);
  auto registered = makeEvent(0, "registered", plan.now, plan.actor, "received", "registered", "",
                              due, row.content_sha256);
  addSentence(registered, {"Өтініштің бөлігі: " + plan.seen.reg_number,
                           "Часть обращения " + plan.seen.reg_number,
                           "A part of appeal " + plan.seen.reg_number});
  part.events = {registered, routedEvent(0, **body, plan.now, plan.actor, "registered")};
  addSentence(plan.events.front(),
              {"Бөліктің нөмірі " + number + ": " + (*body)->names.kk,
               "Номер части " + number + ": " + (*body)->names.ru,
               "The part has the number " + number + ": " + (*body)->names.en});
  plan.part = std::move(part);
  return {};
}

// APPC 64(8): a repeat is joined to the earlier case, most often one that was returned for repetition; the
// applicant finds it there.
Status Casework::join(Plan& plan) const {
  if (!has(plan.row->needs, "of")) return {};
  auto found = store_.findByNumber(plan.order->of);
  if (!found) return found.status();
  if (!found->has_value()) return wrong("no appeal has this number", "of");
  const auto& earlier = **found;
  const auto& own_body = plan.caller->body;
  const auto& own_system = plan.caller->source_system;
  const bool foreign =
      (!own_body.empty() && earlier.body_bin != own_body) ||
      (!own_system.empty() && !plan.caller->admin && earlier.source_system != own_system);
  if (foreign) return wrong("no appeal has this number", "of");
  if (earlier.id == plan.seen.id) return wrong("an appeal is not joined to itself", "of");
  if (earlier.state == "forwarded_full" || earlier.state == "sent_to_higher") {
    return wrong("that case went on to another body (" + earlier.state + ")", "of");
  }
  auto hints = store_.hints(plan.seen.id);
  if (!hints) return hints.status();
  const bool other_matter = std::any_of(hints->begin(), hints->end(), [&](const auto& hint) {
    return (hint.appeal == earlier.id || hint.other == earlier.id) && hint.verdict == "dismissed";
  });
  if (other_matter) return wrong("a person found that it is another matter", "of");
  addSentence(plan.events.front(), {"Іс: " + earlier.reg_number, "Дело: " + earlier.reg_number,
                                    "The case: " + earlier.reg_number});
  auto event = makeEvent(earlier.id, "acted", plan.now, plan.actor, earlier.state, earlier.state,
                         plan.row->action);
  fillTexts(event, {"Қайталама өтініш қосылды: " + plan.seen.reg_number,
                    "Приобщено повторное обращение " + plan.seen.reg_number,
                    "A repeat was joined: " + plan.seen.reg_number});
  plan.elsewhere = {earlier.id, std::move(event)};
  plan.stops_delivery = true;
  return {};
}

// The body's own system learns what the applicant did here.
void Casework::tellBody(Plan& plan) const {
  const bool from_outside = plan.role == "applicant" || plan.role == "registrar";
  if (plan.row->sends.empty() || !from_outside || plan.seen.destination.empty() ||
      !options_.connected(plan.seen.destination)) {
    return;
  }
  model::Message message;
  auto& withdrawal = message.payload.emplace<model::Withdrawal>();
  withdrawal.appeal_ref = refTo(plan.seen);
  if (!plan.order->reason.empty()) withdrawal.reason = std::string(trim(plan.order->reason));
  withdrawal.withdrawn_at = formatInstant(plan.now);
  plan.deliveries.push_back(
      outgoing(std::move(message), plan.row->sends, plan.seen, options_.node_name, plan.now));
}

Status Casework::prepare(Plan& plan) const {
  const auto& row = *plan.row;
  closeClocks(plan);
  if (auto s = openClocks(plan); !s) return s;
  if (auto s = makeDecision(plan); !s) return s;
  const bool by_text = has(row.needs, "text");
  const char* type = row.action == kDeem       ? "deemed_refused"
                     : row.action == "correct" ? "decision_corrected"
                     : by_text                 ? "decided"
                                               : "acted";
  auto event =
      makeEvent(plan.seen.id, type, plan.now, plan.actor, plan.seen.state, plan.after.state,
                row.action, "", plan.decision ? sha256Hex(plan.decision->body) : std::string());
  if (event.type == "acted") fillTexts(event, labelled(row, lawOf(*plan.law, row)));
  if (!plan.order->day.empty()) {
    const std::string day = spokenDate(plan.order->day);
    addSentence(event, {day + " дейін", "До " + day, "Until " + day});
  } else if (plan.after.due_date != plan.seen.due_date && !plan.after.due_date.empty()) {
    const std::string day = spokenDate(plan.after.due_date);
    addSentence(event, {day + " дейін", "До " + day, "Until " + day});
  }
  if (!plan.reason.empty()) {
    addSentence(event, {"Негіздемесі: " + plan.reason, "Основание: " + plan.reason,
                        "Reason: " + plan.reason});
  }
  plan.events.insert(plan.events.begin(), std::move(event));
  if (!plan.order->executor.empty() && has(row.needs, "executor")) {
    plan.after.executor = plan.order->executor;
  }
  if (auto s = move(plan); !s) return s;
  if (auto s = split(plan); !s) return s;
  if (auto s = join(plan); !s) return s;
  tellBody(plan);
  // A body that acts late still acts: only what is over for everybody is taken back.
  if (isFinal(plan.after.state) && row.action != kDeem) plan.stops_delivery = true;
  return {};
}

Status Casework::stopDelivery(store::Tx& tx, const Plan& plan) const {
  auto rows = tx.outboxOf(plan.seen.id);
  if (!rows) return rows.status();
  for (auto& row : *rows) {
    const bool waits = row.state == store::OutboxState::kPending ||
                       row.state == store::OutboxState::kRetryWait ||
                       row.state == store::OutboxState::kHeld;
    if (row.type != "appeal/1" || !waits) continue;
    row.state = store::OutboxState::kRejected;
    row.last_code = "exchange.case_over";
    row.last_text = plan.row->action;
    if (auto s = tx.updateOutbox(row); !s) return s;
  }
  return {};
}

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

}  // namespace

Status Casework::writePart(store::Tx& tx, Plan& plan) const {
  auto& part = *plan.part;
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
  return queueMessage(tx, part.message, plan.now);
}

Status Casework::write(store::Tx& tx, Plan& plan) const {
  auto current = tx.appeal(plan.seen.id);
  if (!current) return current.status();
  if (current->state != plan.seen.state || current->updated_at != plan.seen.updated_at ||
      current->due_date != plan.seen.due_date) {
    return Status::failure("exchange.busy", "the appeal changed just now");
  }
  for (const auto& closed : plan.closed) {
    if (auto s = tx.setClockStatus(plan.seen.id, closed.clock, closed.status); !s) return s;
  }
  for (const auto& clock : plan.opened) {
    if (auto s = tx.addClock(clock); !s) return s;
  }
  if (plan.stops_delivery) {
    if (auto s = stopDelivery(tx, plan); !s) return s;
  }
  if (plan.decision) {
    if (auto s = tx.addMessage(*plan.decision); !s) return s;
    if (auto s = journalled(tx, *plan.decision, "made:cms"); !s) return s.status();
  }
  for (const auto& event : plan.events) {
    if (auto s = tx.addEvent(event); !s) return s;
  }
  if (plan.elsewhere) {
    if (auto s = tx.addEvent(plan.elsewhere->second); !s) return s;
  }
  for (const auto& message : plan.deliveries) {
    if (auto s = queueMessage(tx, message, plan.now); !s) return s;
  }
  if (plan.part) {
    if (auto s = writePart(tx, plan); !s) return s;
  }
  if (plan.after.state != plan.seen.state) plan.after.state_since = plan.now;
  plan.after.updated_at = plan.now;
  return tx.updateAppeal(plan.after);
}

Result<Casework::Done> Casework::carryOut(Plan& plan) const {
  if (auto s = prepare(plan); !s) return s;
  auto status = store_.write([&](store::Tx& tx) { return write(tx, plan); });
  if (!status) return status;
  metrics::count("hub_actions_total", "Actions of the procedure that were carried out.",
                 {{"action", plan.row->action}, {"role", plan.role}});
  logInfo("audit.action", {{"action", plan.row->action},
                           {"actor", plan.actor},
                           {"correlation_id", plan.seen.hub_id},
                           {"from", plan.seen.state},
                           {"to", plan.after.state}});
  Done done;
  done.acted.appeal = plan.after;
  done.acted.action = plan.row->action;
  done.acted.law = lawOf(*plan.law, *plan.row);
  done.acted.article = plan.row->article;
  done.acted.opened = plan.opened;
  for (const auto& message : plan.deliveries) done.wake.push_back(message.party);
  if (plan.part) {
    done.acted.part = plan.part->row;
    done.wake.push_back(plan.part->row.destination);
  }
  return done;
}

Result<Casework::Done> Casework::act(const store::AppealRow& appeal, const ActionOrder& order,
                                     const Caller& caller) const {
  if (order.action.empty()) return needed("action");
  auto role = impliedRole(order, caller);
  if (!role) return role.status();
  constexpr int kTries = 3;
  for (int attempt = 1;; ++attempt) {
    Plan plan;
    plan.order = &order;
    plan.caller = &caller;
    plan.role = *role;
    if (auto s = open(appeal, plan); !s) return s;
    if (auto s = checkInputs(caller, plan); !s) return s;
    auto done = carryOut(plan);
    if (done || done.error().code != "exchange.busy" || attempt == kTries) return done;
  }
}

Result<int> Casework::deemRefusals() const {
  constexpr int kPage = 200;
  auto today = toLocal(clock_.now(), law_.get()->data().default_zone);
  if (!today) return today.status();
  const std::string yesterday =
      formatDate(std::chrono::sys_days(today->date) - std::chrono::days(1));
  std::string due;
  store::RowId after = 0;
  int count = 0;
  for (;;) {
    auto page = store_.openDue(yesterday, due, after, kPage);
    if (!page) return page.status();
    for (const auto& row : *page) {
      due = row.due_date;
      after = row.id;
      Plan plan;
      if (auto s = open(row, plan); !s) return s;
      const auto& table = *tableOf(*plan.law);
      plan.row = table.deemedRefusalDue(caseOf(plan.seen, plan.clocks), plan.today);
      if (!plan.row) continue;
      const ActionOrder order{kDeem, "hub", {}, {}, {}, {}, {}, {}, {}, {}, {}};
      plan.order = &order;
      plan.role = plan.actor = "hub";
      plan.outcome = plan.row->outcomes.front();
      plan.after.state = plan.row->to;
      auto done = carryOut(plan);
      if (done) {
        ++count;
        continue;
      }
      const auto& code = done.error().code;
      if (code == "exchange.busy") continue;
      if (code.rfind("store.", 0) == 0) return done.status();
      // One that cannot be recorded must not keep the others from it.
      logError(
          "terms.not_deemed",
          {{"correlation_id", plan.seen.hub_id}, {"code", code}, {"detail", done.error().text}});
    }
    if (page->size() < static_cast<std::size_t>(kPage)) return count;
  }
}

}  // namespace hub::exchange
