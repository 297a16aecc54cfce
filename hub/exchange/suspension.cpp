#include "hub/exchange/suspension.h"

#include <algorithm>

#include "hub/exchange/case_file.h"
#include "hub/exchange/clock_rows.h"
#include "hub/exchange/event_texts.h"
#include "hub/exchange/transitions.h"
#include "hub/rules/deadlines.h"

namespace hub::exchange {
namespace {

using Words = std::vector<std::string>;

constexpr const char* kSuspended = "execution_suspended";
constexpr const char* kResumed = "execution_resumed";
constexpr const char* kStillStopped = "execution_still_stopped";  // by another complaint
constexpr const char* kOver = "execution_over";                   // the act was changed

bool has(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// nullptr if a complaint stops nothing by this law.
const rules::Suspension* ruleOf(const rules::LawBook* law) {
  if (!law || !law->data().procedure) return nullptr;
  const auto& rule = law->data().procedure->data().complaint_suspends;
  return rule.article.empty() ? nullptr : &rule;
}

// The event's reason is the number of the complaint; a sentence names the article.
store::EventRow eventOf(const rules::LawBook& law, const store::AppealRow& earlier,
                        const char* type, const std::string& complaint, Instant at) {
  auto event =
      makeEvent(earlier.id, type, at, "hub", earlier.state, earlier.state, complaint, complaint);
  const auto& procedure = *law.data().procedure;
  addSentence(event, lawNamed(procedure.data().law, procedure.data().complaint_suspends.article));
  return event;
}
// What complaints did to the execution of a case's act.
struct Stops {
  int open = 0;       // complaints that still stop it
  bool mine = false;  // one of them is this one
  bool met = false;   // this one stopped it once
  bool over = false;  // one changed the act
};
Result<Stops> stopsOf(store::Tx& tx, store::RowId earlier, const std::string& complaint) {
  auto events = tx.events(earlier);
  if (!events) return events.status();
  Stops stops;
  for (const auto& event : *events) {
    const bool stopped = event.type == kSuspended;
    stops.over = stops.over || event.type == kOver;
    if (!stopped && event.type != kResumed && event.type != kStillStopped) continue;
    stops.open += stopped ? 1 : -1;
    if (event.reason != complaint) continue;
    stops.mine = stopped;
    stops.met = true;
  }
  return stops;
}

// Whoever read the case before this must read it again.
Status touch(store::Tx& tx, store::AppealRow earlier, Instant at) {
  earlier.updated_at = at;
  return tx.updateAppeal(earlier);
}

// True if one of the terms was open.
Result<bool> stopTerms(store::Tx& tx, const rules::Suspension& rule, store::RowId earlier,
                       Instant at) {
  auto clocks = tx.clocks(earlier);
  if (!clocks) return clocks.status();
  bool stopped = false;
  for (const auto& name : rule.clocks) {
    const auto newest = std::find_if(clocks->rbegin(), clocks->rend(),
                                     [&](const auto& clock) { return clock.name == name; });
    if (newest == clocks->rend() || !isOpen(*newest)) continue;
    const bool late = !newest->due_date.empty() && clockDay(*newest, at) > newest->due_date;
    if (auto s = tx.setClockStatus(earlier, name, late ? "missed" : "cancelled"); !s) return s;
    stopped = true;
  }
  return stopped;
}

Status runAnew(store::Tx& tx, const rules::LawBook& law, const store::AppealRow& earlier,
               const std::string& name, Instant at, store::EventRow& event) {
  auto clocks = tx.clocks(earlier.id);
  if (!clocks) return clocks.status();
  const auto newest = std::find_if(clocks->rbegin(), clocks->rend(),
                                   [&](const auto& clock) { return clock.name == name; });
  if (newest == clocks->rend() || isOpen(*newest) || newest->status == "met") return {};
  rules::EventClockRequest request;
  request.clock = name;
  request.kind = earlier.kind;
  request.procedure = earlier.procedure;
  request.special_kind = earlier.kind_special;
  request.event_at = at;
  const auto today = toLocal(at, law.data().default_zone);
  if (!today) return today.status();
  if (const auto* body = law.bodyByBin(earlier.body_bin, today->date)) {
    request.level = body->level;
    request.zone = body->zone;
  }
  auto clock = rules::computeEventClock(law, request);
  if (!clock) return clock.error().code == "rules.no_such_term" ? Status() : clock.status();
  const auto row = clockRow(earlier.id, *clock, clock->due_date ? "running" : "unknown");
  alarmIfUnknown(row, earlier.hub_id);
  const std::string day = spokenDate(row.due_date);
  addSentence(event, {day + " дейін", "До " + day, "Until " + day});
  return tx.addClock(row);
}

Status resumeAt(store::Tx& tx, const rules::LawBook& law, const rules::Suspension& rule,
                const store::AppealRow& earlier, const std::string& complaint, Instant at) {
  auto stops = stopsOf(tx, earlier.id, complaint);
  if (!stops) return stops.status();
  if (!stops->mine || stops->over) return {};
  if (stops->open > 1) return tx.addEvent(eventOf(law, earlier, kStillStopped, complaint, at));
  auto event = eventOf(law, earlier, kResumed, complaint, at);
  for (const auto& name : rule.clocks) {
    if (auto s = runAnew(tx, law, earlier, name, at, event); !s) return s;
  }
  if (auto s = tx.addEvent(event); !s) return s;
  return touch(tx, earlier, at);
}

Status endAt(store::Tx& tx, const rules::LawBook& law, const rules::Suspension& rule,
             const store::AppealRow& earlier, const std::string& complaint, Instant at) {
  auto stops = stopsOf(tx, earlier.id, complaint);
  if (!stops) return stops.status();
  if (!stops->met || stops->over) return {};
  auto stopped = stopTerms(tx, rule, earlier.id, at);
  if (!stopped) return stopped.status();
  if (auto s = tx.addEvent(eventOf(law, earlier, kOver, complaint, at)); !s) return s;
  return touch(tx, earlier, at);
}

// Decisions on a complaint that leave nothing of the act, or another one in its place.
bool changesTheAct(std::string_view outcome) {
  return outcome == "act_cancelled" || outcome == "act_cancelled_new" ||
         outcome == "action_performed" || outcome == "satisfied_by_first_body";
}

}  // namespace

Status suspendExecution(store::Tx& tx, const rules::LawBook& law, const store::AppealRow& earlier,
                        const std::string& complaint_number, Instant now) {
  const auto* rule = ruleOf(&law);
  if (!rule) return {};
  auto stopped = stopTerms(tx, *rule, earlier.id, now);
  if (!stopped) return stopped.status();
  if (!*stopped) {
    auto stops = stopsOf(tx, earlier.id, complaint_number);
    if (!stops) return stops.status();
    if (stops->open == 0 || stops->over) return {};
  }
  if (auto s = tx.addEvent(eventOf(law, earlier, kSuspended, complaint_number, now)); !s) return s;
  return touch(tx, earlier, now);
}

Status resumeExecution(store::Tx& tx, const AgencyMessages& messages, const rules::LawBook* law,
                       const store::AppealRow& complaint, Instant at) {
  const auto* rule = ruleOf(law);
  if (!rule || complaint.kind != "complaint" || !isFinal(complaint.state)) return {};
  // A mere status leaves no outcome; the states that end a case bear the names of theirs.
  const auto& outcome =
      complaint.decision_outcome.empty() ? complaint.state : complaint.decision_outcome;
  const bool changed = changesTheAct(outcome);
  if (!changed && !has(rule->goes_on_after, outcome)) return {};
  auto document = messages.documentOf(tx, complaint);
  if (!document) return document.status();
  if (!document->has_value()) return {};
  for (const auto& ref : (*document)->previous_appeal) {
    auto found = ref.hub_id.value_or("").empty() ? tx.findByNumber(ref.reg_number.value_or(""))
                                                 : tx.findByHubId(*ref.hub_id);
    if (!found) return found.status();
    if (!found->has_value()) continue;
    auto done = changed ? endAt(tx, *law, *rule, **found, complaint.reg_number, at)
                        : resumeAt(tx, *law, *rule, **found, complaint.reg_number, at);
    if (!done) return done;
  }
  return {};
}

}  // namespace hub::exchange
