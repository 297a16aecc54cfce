#include "hub/exchange/answer_terms.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "hub/base/log.h"
#include "hub/exchange/arrival.h"
#include "hub/exchange/clock_rows.h"
#include "hub/exchange/ended_terms.h"
#include "hub/exchange/event_texts.h"
#include "hub/exchange/named_term.h"
#include "hub/exchange/transitions.h"
#include "hub/rules/procedure.h"

namespace hub::exchange {

using store::AppealRow;

namespace {

constexpr const char* kDeemedRefused = "deemed_refused";

// nullptr if the action is not for such an appeal.
const rules::ProcedureRow* rowFor(const rules::ProcedureTable& procedure, const AppealRow& appeal,
                                  std::string_view action) {
  const auto& rows = procedure.data().rows;
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const auto& each) {
    return each.action == action &&
           procedure.isFor(each, appeal.kind, appeal.procedure, appeal.kind_special);
  });
  return row == rows.end() ? nullptr : &*row;
}

// Precondition: the law has a procedure.
Status endTerms(store::Tx& tx, const AppealRow& appeal, const rules::LawBook& law,
                const rules::ProcedureRow& row, std::vector<store::ClockRow> clocks, Instant at) {
  std::vector<store::EventRow> events;
  if (isWithdrawing(appeal.state) || !row.revives.empty()) {
    auto told = tx.events(appeal.id);
    if (!told) return told.status();
    events = std::move(*told);
  }
  const auto where = standingOf(appeal.state, events);
  for (const auto& term : endedBy(*law.data().procedure, row, where, clocks, at)) {
    auto s = term.number > 0 ? tx.setClockStatusAt(appeal.id, term.number, term.status)
                             : tx.setClockStatus(appeal.id, term.clock, term.status);
    if (!s) return s;
  }
  if (row.revives.empty()) return {};
  auto own = asItsOwn(law, appeal, std::move(clocks), events);
  if (!own) return own.status();
  for (const auto& clock : revivedBy(row, *own, at)) {
    if (auto s = tx.addClock(clock); !s) return s;
  }
  return {};
}

// Ends those of the terms that run. With `at`, one that was over by then is missed: who had to keep it did not.
Status cancelOpen(store::Tx& tx, store::RowId appeal, const std::vector<std::string>& names,
                  std::optional<Instant> at = std::nullopt) {
  if (names.empty()) return {};
  auto clocks = tx.clocks(appeal);
  if (!clocks) return clocks.status();
  for (const auto& name : names) {
    const auto newest = std::find_if(clocks->rbegin(), clocks->rend(),
                                     [&](const auto& clock) { return clock.name == name; });
    if (newest == clocks->rend() || !isOpen(*newest)) continue;
    const bool missed = at && ending(*newest, clockDay(*newest, *at)) == "missed";
    auto s = tx.setClockStatus(appeal, name, missed ? "missed" : "cancelled");
    if (!s) return s;
  }
  return {};
}

// Opens the term that the request names, if the law gives it. What an item says cannot stop the items that came
// with it: a term that cannot be found is logged, and not opened.
// When the decision was made and given to the applicant, which some terms run from though it was told later.
struct Moments {
  std::optional<Instant> decided, delivered;
  std::string occasion{};  // of a term that may stand several at a time
};
Status openByRule(store::Tx& tx, const AppealRow& appeal, const rules::LawBook& law,
                  rules::EventClockRequest request, const Moments& of = {}) {
  auto clock = rules::computeEventClock(law, request);
  const auto begins = [&](std::string_view event) { return clock && clock->start_event == event; };
  const auto& since = begins("decision")                            ? of.decided
                      : begins("delivery") || begins("act_learned") ? of.delivered
                                                                    : std::optional<Instant>();
  if (since) {
    request.event_at = *since;
    clock = rules::computeEventClock(law, request);
  }
  if (clock) {
    auto row = clockRow(appeal.id, *clock, clock->due_date ? "running" : "unknown");
    const auto* procedure = law.data().procedure.get();
    if (procedure && procedure->isOfEachOccasion(row.name)) row.occasion = of.occasion;
    alarmIfUnknown(row, appeal.hub_id);
    return tx.addClock(row);
  }
  if (clock.error().code != "rules.no_such_term") {
    logError("terms.not_opened", {{"correlation_id", appeal.hub_id},
                                  {"clock", request.clock},
                                  {"code", clock.error().code}});
  }
  return {};
}

// A refusal was presumed before the body told of its decision, which it had made in time: the term was kept. False if it was
// so: the news came late.
Result<bool> metAfterAll(store::Tx& tx, const AppealRow& appeal,
                         const std::vector<store::ClockRow>& clocks, Instant at) {
  if (appeal.decision_outcome != kDeemedRefused) return true;
  const auto newest = std::find_if(clocks.rbegin(), clocks.rend(), [](const auto& clock) {
    return clock.name == "consider" || clock.name == "consider_extended";
  });
  const bool in_time = newest != clocks.rend() && newest->status == "missed" &&
                       ending(*newest, clockDay(*newest, at)) == "met";
  if (!in_time) return true;
  if (auto s = tx.setClockStatusAt(appeal.id, newest->number, "met"); !s) return s;
  return false;
}

// APPC 70(3), 95(2): to tell the applicant that his case ended without a decision on its matter.
bool isNoticeOfEnd(std::string_view clock) {
  return clock == "termination_notice" || clock == "left_notice";
}

}  // namespace

std::string localDay(Instant at) {
  auto local = toLocal(at, "Asia/Almaty");
  return local.ok() ? formatDate(local->date) : std::string();
}

store::EventRow termToCheck(store::RowId appeal, const std::string& state, Instant named,
                            Instant now) {
  return makeEvent(appeal, "term_to_check", now, "hub", state, state, "consider",
                   spokenDate(localDay(named)));
}

Result<bool> AnswerTerms::closeConsideration(store::Tx& tx, const AppealRow& appeal,
                                             std::string_view outcome, Instant at, Instant now,
                                             const rules::ProcedureRow* act) const {
  auto clocks = tx.clocks(appeal.id);
  if (!clocks) return clocks.status();
  if (const auto law = law_ ? law_->get() : nullptr; law && law->data().procedure) {
    const auto& table = *law->data().procedure;
    const auto end = act ? endOfWork(table, *act) : endOfWork(table, appeal, outcome);
    if (auto s = endTerms(tx, appeal, *law, end, *clocks, at); !s) return s;
  }
  const auto runs = [](const store::ClockRow& clock) {
    return clock.status == "running" && !clock.due_date.empty() &&
           (clock.name == "consider" || clock.name == "consider_extended");
  };
  const auto newest = std::find_if(clocks->rbegin(), clocks->rend(), runs);
  if (newest == clocks->rend()) return metAfterAll(tx, appeal, *clocks, at);
  const bool late = clockDay(*newest, at) > newest->due_date;
  if (auto s = tx.setClockStatus(appeal.id, newest->name, late ? "missed" : "met"); !s) return s;
  return late || clockDay(*newest, now) <= newest->due_date;
}

Status AnswerTerms::closeExecution(store::Tx& tx, const AppealRow& appeal, Instant now) const {
  for (const char* term : {"execute", "send_back"}) {
    if (auto closed = tx.closeClock(appeal.id, term, localDay(now)); !closed) {
      return closed.status();
    }
  }
  return {};
}

// A term that an event of the appeal opens, where the body that has it counts.
rules::EventClockRequest AnswerTerms::eventRequest(const AppealRow& appeal, Instant at) const {
  rules::EventClockRequest request;
  request.kind = appeal.kind;
  request.procedure = appeal.procedure;
  request.special_kind = appeal.kind_special;
  request.event_at = at;
  if (!law_) return request;
  const auto law = law_->get();
  auto today = toLocal(at, law->data().default_zone);
  if (!today) return request;
  if (const auto* body = law->bodyByBin(appeal.body_bin, today->date)) {
    request.level = body->level;
    request.zone = body->zone;
  }
  return request;
}

Result<bool> AnswerTerms::extensionIsLawful(store::Tx& tx, const AppealRow& appeal,
                                            const model::StatusUpdate& status,
                                            Instant decided) const {
  if (!status.until || *status.until < appeal.due_date) return false;
  auto clocks = tx.clocks(appeal.id);
  if (!clocks) return clocks.status();
  for (auto clock = clocks->rbegin(); clock != clocks->rend(); ++clock) {
    if (clock->name == "consider_extended" && clock->status != "cancelled") return false;
    if (clock->name != "consider") continue;
    const bool presumed = appeal.state == kDeemedRefused && clock->status == "missed";
    if (!isOpen(*clock) && !presumed) return false;
    if (!clock->due_date.empty() && clockDay(*clock, decided) > clock->due_date) return false;
    break;
  }
  if (!law_) return true;
  auto request = eventRequest(appeal, decided);
  request.clock = "extend";
  auto clock = rules::computeEventClock(*law_->get(), request);
  return clock.ok() && *status.until <= latestDay(clockRow(appeal.id, *clock, "running"));
}

Result<bool> AnswerTerms::presumedRefusalIsUnused(store::Tx& tx, const AppealRow& appeal) const {
  auto clocks = tx.clocks(appeal.id);
  if (!clocks) return clocks.status();
  for (const char* name : {kComplaintWindow, kComplaintWindowLong}) {
    const auto newest = std::find_if(clocks->rbegin(), clocks->rend(),
                                     [&](const auto& clock) { return clock.name == name; });
    if (newest != clocks->rend() && !isOpen(*newest) && newest->status != "cancelled") return false;
  }
  return true;
}

Status AnswerTerms::dropPresumedRefusal(store::Tx& tx, AppealRow& appeal) const {
  appeal.decision_outcome.clear();
  appeal.decided_on.clear();
  return cancelOpen(tx, appeal.id, {kComplaintWindow, kComplaintWindowLong});
}

Status AnswerTerms::extend(store::Tx& tx, const AppealRow& appeal,
                           const model::StatusUpdate& status, Instant decided) const {
  auto extended = tx.setClockStatus(appeal.id, "consider", "extended");
  if (!extended && extended.error().code != "store.not_found") return extended;
  auto request = eventRequest(appeal, decided);
  request.clock = "extend";
  store::ClockRow term;
  Result<rules::Clock> extend =
      law_ ? rules::computeEventClock(*law_->get(), request)
           : Result<rules::Clock>(Status::failure("rules.no_such_term", "no law book"));
  if (extend.ok()) term = clockRow(appeal.id, *extend, "running");
  term.appeal = appeal.id;
  term.name = "consider_extended";
  term.start_at = request.event_at;
  term.due_date = *status.until;
  term.status = "running";
  term.explanation = kBodyDecided;
  if (auto s = tx.addClock(term); !s || !law_) return s;
  request.clock = "extension_notice";
  return openByRule(tx, appeal, *law_->get(), request);
}

bool AnswerTerms::isOutsideCode(const AppealRow& appeal) const {
  const auto law = law_ ? law_->get() : nullptr;
  if (!law) return false;
  const auto& outside = law->data().vocabulary.without_terms;
  return std::find(outside.begin(), outside.end(), appeal.procedure) != outside.end();
}

bool AnswerTerms::mayEndSo(const AppealRow& appeal, std::string_view outcome) const {
  const auto law = law_ ? law_->get() : nullptr;
  if (!law || !law->data().procedure) return true;
  if (isOutsideCode(appeal)) return true;
  bool forbidden = false;
  for (const auto& row : law->data().procedure->data().rows) {
    if (std::find(row.outcomes.begin(), row.outcomes.end(), outcome) == row.outcomes.end())
      continue;
    if (law->data().procedure->isFor(row, appeal.kind, appeal.procedure, appeal.kind_special)) {
      return true;
    }
    forbidden = forbidden || row.not_for.contains(appeal.kind);
  }
  return !forbidden;
}

bool AnswerTerms::knows(const AppealRow& appeal, std::string_view action) const {
  const auto law = law_ ? law_->get() : nullptr;
  if (action.empty() || !law || !law->data().procedure) return true;
  return rowFor(*law->data().procedure, appeal, action) != nullptr;
}

Status AnswerTerms::followAction(store::Tx& tx, const AppealRow& appeal, std::string_view action,
                                 const std::string& until, Instant at) const {
  const auto law = law_ ? law_->get() : nullptr;
  if (action.empty() || !law || !law->data().procedure) return {};
  const auto& procedure = *law->data().procedure;
  const auto* row = rowFor(procedure, appeal, action);
  if (row == nullptr) return {};
  auto clocks = tx.clocks(appeal.id);
  if (!clocks) return clocks.status();
  if (auto s = endTerms(tx, appeal, *law, *row, std::move(*clocks), at); !s) return s;
  const auto today = toLocal(at, law->data().default_zone);
  if (!today) return today.status();
  // A day before the act is none that the applicant could keep.
  std::optional<Instant> end_of_named;
  NamedDay named;
  if (row->day && !until.empty() && until >= formatDate(today->date)) {
    named = workedDay(*law, until);
    if (auto end = startOfDay(*law, appeal.body_bin, today->date, named.day)) end_of_named = *end;
  }
  if (row->day && !end_of_named) return {};
  auto request = eventRequest(appeal, at);
  for (const auto& name : rules::openedBy(*row, "")) {
    if (row->day && name == row->opens.front()) {
      const auto term = namedTerm(appeal.id, procedure, *row, name, named, at);
      if (auto s = tx.addClock(term); !s) return s;
      request.event_at = *end_of_named;
      continue;
    }
    request.clock = name;
    if (auto s = openByRule(tx, appeal, *law, request); !s) return s;
  }
  return {};
}

Status AnswerTerms::openTermsOfDecision(store::Tx& tx, const AppealRow& appeal,
                                        const model::Decision& decision, Instant now,
                                        const std::string& forwarded_to) const {
  if (!law_) return {};
  const auto law = law_->get();
  std::vector<std::string> names, replaced, renewed;
  const auto* procedure = law->data().procedure.get();
  if (!procedure) {
    names = {kComplaintWindow};
  } else {
    const auto suits = [&](const rules::ProcedureRow& row) {
      return procedure->isFor(row, appeal.kind, appeal.procedure, appeal.kind_special);
    };
    const auto ends = [&](const rules::ProcedureRow& row) {
      return std::find(row.outcomes.begin(), row.outcomes.end(), decision.outcome) !=
                 row.outcomes.end() &&
             row.by != std::vector<std::string>{"hub"} && !row.day && suits(row);
    };
    // The act that ends the case with such an outcome, or the decision as it is signed and delivered.
    const auto& rows = procedure->data().rows;
    const auto is_act = [&](const rules::ProcedureRow& row) {
      return row.action != "decision_sign" && ends(row);
    };
    const bool by_act = std::any_of(rows.begin(), rows.end(), is_act);
    for (const auto& row : rows) {
      const bool of_decision = row.action == "decision_sign" || row.action == "deliver_decision";
      if (!ends(row) && !(of_decision && suits(row))) continue;
      if (!by_act || ends(row)) {
        for (const auto& name : rules::openedBy(row, decision.outcome)) {
          if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
        }
      }
      for (const auto& name : row.supersedes) {
        replaced.push_back(name);
        if (name == kComplaintWindow) replaced.emplace_back(kComplaintWindowLong);
        if (is_act(row)) renewed.push_back(name);
      }
    }
  }
  // Only a refusal that was presumed before has opened any, of this body or of the one from which it went up.
  auto events = tx.events(appeal.id);
  if (!events) return events.status();
  if (std::any_of(events->begin(), events->end(),
                  [](const auto& event) { return event.type == "deemed_refused"; })) {
    if (auto s = cancelOpen(tx, appeal.id, replaced); !s) return s;
  }
  if (auto s = cancelOpen(tx, appeal.id, renewed, now); !s) return s;
  const auto said = parseInstant(decision.decided_at);
  Moments of{said.ok() ? std::min(*said, now) : now, {}, forwarded_to};
  if (of.occasion.empty()) of.occasion = appeal.reg_number;
  if (const auto given = parseInstant(decision.delivered_at.value_or("")); given.ok()) {
    of.delivered = std::min(*given, now);
  }
  auto request = eventRequest(appeal, now);
  for (const auto& name : names) {
    // A mere status cannot say later that the applicant was told.
    if (isNoticeOfEnd(name) && !said.ok()) continue;
    request.clock = name;
    if (name == kComplaintWindow && !decision.appeal_route.has_value()) {
      // The older wordings have no longer one.
      auto longer = request;
      longer.clock = kComplaintWindowLong;
      longer.event_at = of.delivered.value_or(request.event_at);
      const auto known = rules::computeEventClock(*law, longer);
      const bool none = !known && known.error().code == "rules.no_such_term";
      if (!none) request.clock = kComplaintWindowLong;
    }
    if (auto s = openByRule(tx, appeal, *law, request, of); !s) return s;
  }
  return closeNoticesOfEnd(tx, appeal, decision, now);
}

Status AnswerTerms::closeNoticesOfEnd(store::Tx& tx, const AppealRow& appeal,
                                      const model::Decision& decision, Instant now) const {
  const auto told = parseInstant(decision.delivered_at.value_or(""));
  if (!told) return {};
  for (const char* name : {"termination_notice", "left_notice"}) {
    auto closed = tx.closeClock(appeal.id, name, localDay(std::min(*told, now)));
    if (!closed) return closed.status();
  }
  return {};
}

}  // namespace hub::exchange
