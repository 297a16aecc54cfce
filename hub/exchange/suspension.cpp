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

bool has(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// nullptr if a complaint stops nothing by this law.
const rules::Suspension* ruleOf(const rules::LawBook* law) {
  if (!law || !law->data().procedure) return nullptr;
  const auto& rule = law->data().procedure->data().complaint_suspends;
  return rule.article.empty() ? nullptr : &rule;
}

// After the number of the complaint comes a sentence that names the article.
store::EventRow eventOf(const rules::LawBook& law, const store::AppealRow& earlier,
                        const char* type, const std::string& complaint, Instant at) {
  auto event =
      makeEvent(earlier.id, type, at, "hub", earlier.state, earlier.state, "complain", complaint);
  const auto& procedure = *law.data().procedure;
  addSentence(event, lawNamed(procedure.data().law, procedure.data().complaint_suspends.article));
  return event;
}
bool isOf(const store::EventRow& event, const std::string& complaint) {
  return event.text_en.find(complaint + ".") != std::string::npos;
}

// What complaints did to the execution of a case's act.
struct Stops {
  int open = 0;       // complaints that still stop it
  bool mine = false;  // one of them is this one
};
Result<Stops> stopsOf(store::Tx& tx, store::RowId earlier, const std::string& complaint) {
  auto events = tx.events(earlier);
  if (!events) return events.status();
  Stops stops;
  for (const auto& event : *events) {
    const bool stopped = event.type == kSuspended;
    if (!stopped && event.type != kResumed) continue;
    stops.open += stopped ? 1 : -1;
    if (isOf(event, complaint)) stops.mine = stopped;
  }
  return stops;
}

Status runAnew(store::Tx& tx, const rules::LawBook& law, const store::AppealRow& earlier,
               const std::string& name, Instant at, store::EventRow& event) {
  auto clocks = tx.clocks(earlier.id);
  if (!clocks) return clocks.status();
  const auto newest = std::find_if(clocks->rbegin(), clocks->rend(),
                                   [&](const auto& clock) { return clock.name == name; });
  if (newest == clocks->rend() || newest->status != "cancelled") return {};
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
  if (!stops->mine) return {};
  auto event = eventOf(law, earlier, kResumed, complaint, at);
  if (stops->open > 1) {
    addSentence(event, {"Басқа шағым орындауды әлі тоқтатып тұр",
                        "Исполнение всё ещё приостановлено другой жалобой",
                        "Another complaint still stops the execution"});
    return tx.addEvent(event);
  }
  for (const auto& name : rule.clocks) {
    if (auto s = runAnew(tx, law, earlier, name, at, event); !s) return s;
  }
  if (rule.low_confidence) {
    addSentence(event, {"Мерзімнің жаңадан саналуы анық емес: заң мәтіні тексерілмеген",
                        "Отсчёт срока заново не бесспорен: текст закона не проверен",
                        "That the term runs anew is not certain: the wording was not read"});
  }
  return tx.addEvent(event);
}

}  // namespace

Status suspendExecution(store::Tx& tx, const rules::LawBook& law, const store::AppealRow& earlier,
                        const std::string& complaint_number, Instant now) {
  const auto* rule = ruleOf(&law);
  if (!rule) return {};
  auto clocks = tx.clocks(earlier.id);
  if (!clocks) return clocks.status();
  bool stopped = false;
  for (const auto& name : rule->clocks) {
    const auto newest = std::find_if(clocks->rbegin(), clocks->rend(),
                                     [&](const auto& clock) { return clock.name == name; });
    if (newest == clocks->rend() || !isOpen(*newest)) continue;
    if (auto s = tx.setClockStatus(earlier.id, name, "cancelled"); !s) return s;
    stopped = true;
  }
  if (!stopped) {
    auto stops = stopsOf(tx, earlier.id, complaint_number);
    if (!stops) return stops.status();
    if (stops->open == 0) return {};
  }
  return tx.addEvent(eventOf(law, earlier, kSuspended, complaint_number, now));
}

Status resumeExecution(store::Tx& tx, const AgencyMessages& messages, const rules::LawBook* law,
                       const store::AppealRow& complaint, Instant at) {
  const auto* rule = ruleOf(law);
  if (!rule || complaint.kind != "complaint" || !isFinal(complaint.state)) return {};
  // A mere status leaves no outcome; the states that end a case bear the names of theirs.
  const auto& outcome =
      complaint.decision_outcome.empty() ? complaint.state : complaint.decision_outcome;
  if (!has(rule->goes_on_after, outcome)) return {};
  auto document = messages.documentOf(tx, complaint);
  if (!document) return document.status();
  if (!document->has_value()) return {};
  for (const auto& ref : (*document)->previous_appeal) {
    auto found = ref.hub_id.value_or("").empty() ? tx.findByNumber(ref.reg_number.value_or(""))
                                                 : tx.findByHubId(*ref.hub_id);
    if (!found) return found.status();
    if (!found->has_value()) continue;
    if (auto s = resumeAt(tx, *law, *rule, **found, complaint.reg_number, at); !s) return s;
  }
  return {};
}

}  // namespace hub::exchange
