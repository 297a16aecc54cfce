#include "hub/exchange/suspension.h"

#include <algorithm>
#include <map>
#include <optional>

#include "hub/base/log.h"
#include "hub/base/text.h"
#include "hub/exchange/answer_terms.h"
#include "hub/exchange/case_file.h"
#include "hub/exchange/clock_rows.h"
#include "hub/exchange/event_texts.h"
#include "hub/exchange/outside_texts.h"
#include "hub/exchange/transitions.h"
#include "hub/rules/deadlines.h"

namespace hub::exchange {
namespace {

using Words = std::vector<std::string>;

constexpr const char* kSuspended = "execution_suspended";
constexpr const char* kResumed = "execution_resumed";
constexpr const char* kStillStopped = "execution_still_stopped";  // by another complaint
constexpr const char* kJoined = "execution_stop_joined";          // it is another one of them
constexpr const char* kOver = "execution_over";                   // the act was changed
constexpr const char* kWaits = "execution_waits";  // the complaint is over, and its end not known
constexpr const char* kEarly = "complaint_before_act";      // the act is not in the register yet
constexpr const char* kToConfirm = "complaint_to_confirm";  // the applicant's word, not the first
constexpr const char* kSigned = "decision_signed";

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
  if (complaint.starts_with(kOutside)) sayOutside(event, complaint);
  const auto& procedure = *law.data().procedure;
  addSentence(event, lawNamed(procedure.data().law, procedure.data().complaint_suspends.article));
  return event;
}
// What complaints did to the execution of a case's act.
struct Stops {
  std::map<std::string, Instant> open;  // complaints that still stop it, and since when
  Words met;                            // that stopped it once
  Words ended;                          // of those, while another one stopped it
  Instant since;                        // without a break
  std::optional<Instant> over;          // one changed the act
};
Stops stopsIn(const std::vector<store::EventRow>& events) {
  Stops stops;
  for (const auto& event : events) {
    if (event.type == kOver && !stops.over) stops.over = event.at;
    if (event.type == kSuspended) {
      if (stops.open.empty()) {
        stops.since = event.at;
        stops.ended.clear();
      }
      stops.open.emplace(event.reason, event.at);
      stops.met.push_back(event.reason);
    } else if (event.type == kResumed || event.type == kStillStopped || event.type == kJoined) {
      stops.open.erase(event.reason);
      if (event.type == kStillStopped) stops.ended.push_back(event.reason);
    }
  }
  return stops;
}
Result<Stops> stopsOf(store::Tx& tx, store::RowId earlier) {
  auto events = tx.events(earlier);
  if (!events) return events.status();
  return stopsIn(*events);
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

// The complaint ended at `ended`; told of now.
Status resumeAt(store::Tx& tx, const rules::LawBook& law, const rules::Suspension& rule,
                const store::AppealRow& earlier, const std::string& complaint, Instant ended,
                Instant at) {
  auto stops = stopsOf(tx, earlier.id);
  if (!stops) return stops.status();
  if (!stops->open.contains(complaint) || stops->over) return {};
  if (stops->open.size() > 1) {
    return tx.addEvent(eventOf(law, earlier, kStillStopped, complaint, at));
  }
  auto event = eventOf(law, earlier, kResumed, complaint, at);
  for (const auto& name : rule.clocks) {
    if (auto s = runAnew(tx, law, earlier, name, ended, event); !s) return s;
  }
  if (rule.low_confidence) {
    addSentence(event, {"Бұл ереже нақтыланбаған", "Это правило требует проверки",
                        "This rule is not certain"});
  }
  if (auto s = tx.addEvent(event); !s) return s;
  return touch(tx, earlier, at);
}

Status endAt(store::Tx& tx, const rules::LawBook& law, const rules::Suspension& rule,
             const store::AppealRow& earlier, const std::string& complaint, Instant at) {
  auto stops = stopsOf(tx, earlier.id);
  if (!stops) return stops.status();
  if (!has(stops->met, complaint) || stops->over) return {};
  auto stopped = stopTerms(tx, rule, earlier.id, at);
  if (!stopped) return stopped.status();
  if (auto s = tx.addEvent(eventOf(law, earlier, kOver, complaint, at)); !s) return s;
  return touch(tx, earlier, at);
}

// A mere status leaves no outcome; the states that end a case bear the names of theirs.
const std::string& outcomeOf(const store::AppealRow& complaint) {
  return complaint.decision_outcome.empty() ? complaint.state : complaint.decision_outcome;
}

// The complaint is over here, and nobody knows yet what becomes of the act.
Status awaitWord(store::Tx& tx, const rules::LawBook& law, const store::AppealRow& earlier,
                 const std::string& complaint, Instant at) {
  auto events = tx.events(earlier.id);
  if (!events) return events.status();
  if (!stopsIn(*events).open.contains(complaint)) return {};
  const bool told = std::any_of(events->begin(), events->end(), [&](const auto& event) {
    return event.type == kWaits && event.reason == complaint;
  });
  if (told) return {};
  logWarning("execution.waits", {{"complaint", complaint}, {"correlation_id", earlier.hub_id}});
  return tx.addEvent(eventOf(law, earlier, kWaits, complaint, at));
}

// The delivery of the signed act will open a term to stop.
bool willBeExecuted(const rules::LawBook& law, const rules::Suspension& rule,
                    const store::AppealRow& earlier) {
  const auto& table = *law.data().procedure;
  if (earlier.state != kSigned) return false;
  return std::any_of(table.data().rows.begin(), table.data().rows.end(), [&](const auto& row) {
    if (!has(row.from, kSigned) ||
        !table.isFor(row, earlier.kind, earlier.procedure, earlier.kind_special)) {
      return false;
    }
    const auto opened = rules::openedBy(row, earlier.decision_outcome);
    return std::any_of(opened.begin(), opened.end(),
                       [&](const auto& name) { return has(rule.clocks, name); });
  });
}

// Whether a complaint would stop anything, now or with the delivery.
Result<bool> mayStop(store::Tx& tx, const rules::LawBook& law, const rules::Suspension& rule,
                     const store::AppealRow& earlier, const Stops& stops) {
  if (stops.over) return false;
  if (!stops.open.empty() || willBeExecuted(law, rule, earlier)) return true;
  auto clocks = tx.clocks(earlier.id);
  if (!clocks) return clocks.status();
  return std::any_of(clocks->begin(), clocks->end(), [&](const auto& clock) {
    return has(rule.clocks, clock.name) && isOpen(clock);
  });
}

// What stopped once goes on until somebody else than the applicant says that there is another complaint.
Status askToConfirm(store::Tx& tx, const rules::LawBook& law, const rules::Suspension& rule,
                    const store::AppealRow& earlier, const Stops& stops,
                    const std::string& complaint, Instant at) {
  auto matters = mayStop(tx, law, rule, earlier, stops);
  if (!matters) return matters.status();
  return *matters ? tx.addEvent(eventOf(law, earlier, kToConfirm, complaint, at)) : Status();
}

// Complaints that came before the news of the act, and since it was made: what they do to it now. Of these `ended` are
// over already.
Status judgeEarly(store::Tx& tx, const rules::LawBook& law, const rules::Suspension& rule,
                  const store::AppealRow& appeal, const Delivered& act, Stops& stops,
                  std::vector<store::AppealRow>& ended) {
  auto events = tx.events(appeal.id);
  if (!events) return events.status();
  stops = stopsIn(*events);
  for (const auto& event : *events) {
    const auto& number = event.reason;
    if (event.type != kEarly || has(stops.met, number)) continue;
    auto complaint = tx.findByNumber(number);
    if (!complaint) return complaint.status();
    if (!complaint->has_value()) continue;
    const auto filed = (*complaint)->received_at;
    if (act.to_the_day ? localDay(filed) < localDay(act.decided) : filed < act.decided) continue;
    const bool is_over = isFinal((*complaint)->state);
    const bool changed = is_over && has(rule.over_after, outcomeOf(**complaint));
    const char* type = changed ? kOver : kSuspended;
    if (auto s = tx.addEvent(eventOf(law, appeal, type, number, act.told)); !s) return s;
    stops.met.push_back(number);
    if (changed) {
      stops.over = filed;
      continue;
    }
    stops.open.emplace(number, filed);
    if (is_over) ended.push_back(std::move(**complaint));
  }
  return {};
}

std::string listed(const Words& complaints) {
  std::string list;
  for (const auto& complaint : complaints) list += (list.empty() ? "" : ", ") + complaint;
  return list;
}

// Of the complaints that stop the act, those whose end the hub does not see by itself: no body ends by its word one
// that is still considered here, its own superior's among them.
Result<Words> endedElsewhere(store::Tx& tx, const Stops& stops) {
  Words elsewhere;
  for (const auto& [number, since] : stops.open) {
    auto here = tx.findByNumber(number);
    if (!here) return here.status();
    if (!here->has_value() || isFinal((*here)->state)) elsewhere.push_back(number);
  }
  return elsewhere;
}

// Of the complaints that stop the act, those that are not in the hub's register.
Result<Words> notRegistered(store::Tx& tx, const Stops& stops) {
  Words noted;
  for (const auto& [number, since] : stops.open) {
    auto here = tx.findByNumber(number);
    if (!here) return here.status();
    if (!here->has_value()) noted.push_back(number);
  }
  return noted;
}

// Whether `elsewhere` is the number that one of the registered complaints among them has in the system it came from.
Result<bool> isRegistered(store::Tx& tx, const Stops& stops, const std::string& elsewhere) {
  for (const auto& [number, since] : stops.open) {
    auto here = tx.findByNumber(number);
    if (!here) return here.status();
    if (here->has_value() && (*here)->source_id == elsewhere) return true;
  }
  return false;
}

// What was noted as a complaint of its own is one that stops the act besides.
Status joinAt(store::Tx& tx, const rules::LawBook& law, const store::AppealRow& earlier,
              const Stops& stops, std::string complaint, Instant at) {
  auto noted = notRegistered(tx, stops);
  if (!noted) return noted.status();
  if (stops.open.size() < 2 || noted->empty()) {
    return Status::failure("rules.action_not_allowed",
                           "no complaint noted here stops the act beside another one");
  }
  if (complaint.empty() && noted->size() == 1) complaint = noted->front();
  if (!has(*noted, complaint)) {
    return Status::failure(complaint.empty() ? "exchange.input_needed" : "exchange.bad_input",
                           "the complaint is one of: " + listed(*noted), "/of");
  }
  if (auto s = tx.addEvent(eventOf(law, earlier, kJoined, complaint, at)); !s) return s;
  return touch(tx, earlier, at);
}

}  // namespace

Status suspendExecution(store::Tx& tx, const rules::LawBook& law, const store::AppealRow& earlier,
                        const Filed& complaint, Instant now) {
  const auto* rule = ruleOf(&law);
  if (!rule) return {};
  auto stopped = stopTerms(tx, *rule, earlier.id, std::min(complaint.at, now));
  if (!stopped) return stopped.status();
  auto stops = stopsOf(tx, earlier.id);
  if (!stops) return stops.status();
  if (stops->open.contains(complaint.number)) return {};
  if (!*stopped) {
    const bool matters = !stops->open.empty() || willBeExecuted(law, *rule, earlier);
    if (!matters || stops->over) return {};
  }
  if (auto s = tx.addEvent(eventOf(law, earlier, kSuspended, complaint.number, now)); !s) return s;
  if (!complaint.elsewhere.empty() && stops->open.contains(complaint.elsewhere)) {
    auto noted = notRegistered(tx, *stops);
    if (!noted) return noted.status();
    if (has(*noted, complaint.elsewhere)) {
      auto joined = eventOf(law, earlier, kJoined, complaint.elsewhere, now);
      if (auto s = tx.addEvent(joined); !s) return s;
    }
  }
  return touch(tx, earlier, now);
}

Status noteEarlyComplaint(store::Tx& tx, const rules::LawBook& law, const store::AppealRow& earlier,
                          const Filed& complaint, Instant now) {
  if (!ruleOf(&law)) return {};
  const bool act_may_come = !isFinal(earlier.state) || earlier.state == "deemed_refused";
  if (!act_may_come || earlier.state == kSigned) return {};
  return tx.addEvent(eventOf(law, earlier, kEarly, complaint.number, now));
}

Status holdExecution(store::Tx& tx, const rules::LawBook* law, const store::AppealRow& appeal,
                     const Delivered& act) {
  const auto* rule = ruleOf(law);
  if (!rule) return {};
  auto clocks = tx.clocks(appeal.id);
  if (!clocks) return clocks.status();
  const bool runs = std::any_of(clocks->begin(), clocks->end(), [&](const auto& clock) {
    return has(rule->clocks, clock.name) && isOpen(clock);
  });
  if (!runs) return {};
  Stops stops;
  std::vector<store::AppealRow> ended;
  if (auto s = judgeEarly(tx, *law, *rule, appeal, act, stops, ended); !s) return s;
  if (!stops.over && stops.open.empty()) return {};
  // Since the first of them: a term that the news alone came too late for is not missed.
  auto since = stops.over.value_or(Instant::max());
  for (const auto& [complaint, at] : stops.open) since = std::min(since, at);
  auto stopped = stopTerms(tx, *rule, appeal.id, since);
  if (!stopped) return stopped.status();
  for (const auto& complaint : ended) {
    const auto& number = complaint.reg_number;
    auto done = has(rule->goes_on_after, outcomeOf(complaint))
                    ? resumeAt(tx, *law, *rule, appeal, number, complaint.state_since, act.told)
                    : awaitWord(tx, *law, appeal, number, act.told);
    if (!done) return done;
  }
  return {};
}

bool isStopped(const std::vector<store::EventRow>& events) {
  const auto stops = stopsIn(events);
  return !stops.over && !stops.open.empty();
}

Standing whatStops(const std::vector<store::EventRow>& events) {
  auto stops = stopsIn(events);
  Standing standing;
  if (stops.over || stops.open.empty()) return standing;
  standing.since = stops.since;
  for (const auto& [complaint, since] : stops.open) standing.by.push_back({complaint, since});
  std::stable_sort(standing.by.begin(), standing.by.end(),
                   [](const auto& a, const auto& b) { return a.at < b.at; });
  standing.ended = std::move(stops.ended);
  return standing;
}

Status followComplaint(store::Tx& tx, const rules::LawBook& law, const store::AppealRow& appeal,
                       rules::Complaint what, const Filed& named, const std::string& role,
                       Instant now) {
  const auto* rule = ruleOf(&law);
  if (!rule || what == rules::Complaint::kNone) return {};
  std::string complaint;
  if (!trim(named.number).empty()) {
    auto words = operatorWords(named.number, "/of");
    if (!words) return words.status();
    complaint = std::move(*words);
  }
  auto stops = stopsOf(tx, appeal.id);
  if (!stops) return stops.status();
  if (what == rules::Complaint::kStops) {
    if (complaint.empty()) {
      if (!stops->open.empty()) return {};  // told once more, or beside one that is registered
      complaint = kOutside;
      for (int next = 2; has(stops->met, complaint); ++next) {
        complaint = kOutside + (" " + std::to_string(next));
      }
    } else if (!stops->open.contains(complaint)) {
      auto known = isRegistered(tx, *stops, complaint);
      if (!known) return known.status();
      if (*known) return {};
    }
    if (has(rule->once_by, role) && !stops->met.empty() && !stops->open.contains(complaint)) {
      return askToConfirm(tx, law, *rule, appeal, *stops, complaint, now);
    }
    return suspendExecution(tx, law, appeal, {complaint, named.at}, now);
  }
  if (stops->open.empty() || stops->over) {
    return Status::failure("rules.action_not_allowed",
                           "no complaint stops the execution of the act");
  }
  if (what == rules::Complaint::kJoined) return joinAt(tx, law, appeal, *stops, complaint, now);
  auto elsewhere = endedElsewhere(tx, *stops);
  if (!elsewhere) return elsewhere.status();
  const bool here = stops->open.contains(complaint) && !has(*elsewhere, complaint);
  if (elsewhere->empty() || here) {
    return Status::failure(
        "rules.action_not_allowed",
        "the complaint is still considered in the hub, which sees its end itself");
  }
  if (complaint.empty() && elsewhere->size() == 1) complaint = elsewhere->front();
  if (!has(*elsewhere, complaint)) {
    return Status::failure(complaint.empty() ? "exchange.input_needed" : "exchange.bad_input",
                           "the complaint is one of: " + listed(*elsewhere), "/of");
  }
  return what == rules::Complaint::kChangedAct
             ? endAt(tx, law, *rule, appeal, complaint, now)
             : resumeAt(tx, law, *rule, appeal, complaint, now, now);
}

Status resumeExecution(store::Tx& tx, const AgencyMessages& messages, const rules::LawBook* law,
                       const store::AppealRow& complaint, Instant at) {
  const auto* rule = ruleOf(law);
  if (!rule || complaint.kind != "complaint" || !isFinal(complaint.state)) return {};
  const auto& outcome = outcomeOf(complaint);
  const bool changed = has(rule->over_after, outcome);
  const bool goes_on = has(rule->goes_on_after, outcome);
  auto document = messages.documentOf(tx, complaint);
  if (!document) return document.status();
  if (!document->has_value()) return {};
  for (const auto& ref : (*document)->previous_appeal) {
    auto found = ref.hub_id.value_or("").empty() ? tx.findByNumber(ref.reg_number.value_or(""))
                                                 : tx.findByHubId(*ref.hub_id);
    if (!found) return found.status();
    if (!found->has_value()) continue;
    const auto& number = complaint.reg_number;
    auto done = changed   ? endAt(tx, *law, *rule, **found, number, at)
                : goes_on ? resumeAt(tx, *law, *rule, **found, number, at, at)
                          : awaitWord(tx, *law, **found, number, at);
    if (!done) return done;
  }
  return {};
}

}  // namespace hub::exchange
