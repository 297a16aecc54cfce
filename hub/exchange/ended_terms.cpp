#include "hub/exchange/ended_terms.h"

#include <algorithm>
#include <string_view>

#include "hub/exchange/case_file.h"
#include "hub/exchange/clock_rows.h"
#include "hub/exchange/transitions.h"

namespace hub::exchange {
namespace {

bool has(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

void addNew(std::vector<std::string>& names, const std::vector<std::string>& more) {
  for (const auto& name : more) {
    if (name != "consider" && name != "extend" && !has(names, name)) names.push_back(name);
  }
}

// The newest of the name, if it runs; of those that stand several at a time, each that runs.
std::vector<const store::ClockRow*> openOf(const std::string& name, bool of_each,
                                           const std::vector<store::ClockRow>& clocks,
                                           const std::vector<store::ClockRow>& met) {
  const auto is_met = [&](const store::ClockRow& clock) {
    return met.empty() || std::any_of(met.begin(), met.end(),
                                      [&](const auto& one) { return one.number == clock.number; });
  };
  std::vector<const store::ClockRow*> open;
  for (auto clock = clocks.rbegin(); clock != clocks.rend(); ++clock) {
    if (clock->name != name) continue;
    if (isOpen(*clock) && (!of_each || is_met(*clock))) open.push_back(&*clock);
    if (!of_each) break;
  }
  return open;
}

}  // namespace

std::string storedName(const std::string& clock) {
  return clock == "extend" ? "consider_extended" : clock;
}

CaseStanding standingOf(const std::string& state, const std::vector<store::EventRow>& events) {
  if (!isWithdrawing(state)) return {state};
  const auto* withdrawn = entryInto(
      events, {"withdrawn", "withdrawal_prepared", "withdrawal_agreed"}, "withdrawal_refused");
  return withdrawn ? CaseStanding{state, withdrawn->from_state, withdrawn->at}
                   : CaseStanding{state};
}

bool isBreach(const rules::ProcedureTable& procedure, const CaseStanding& where,
              const store::ClockRow& clock) {
  if (procedure.isBreach(clock.name, where.state)) return true;
  if (where.before.empty() || !procedure.isBreach(clock.name, where.before)) return false;
  return ending(clock, clockDay(clock, where.withdrawn_at)) == "missed";
}

std::vector<EndedTerm> endedBy(const rules::ProcedureTable& procedure,
                               const rules::ProcedureRow& row, const CaseStanding& where,
                               const std::vector<store::ClockRow>& clocks, Instant at,
                               const std::vector<store::ClockRow>& met) {
  std::vector<EndedTerm> ended;
  const auto end = [&](const std::string& name, const char* status) {
    // What the action closes has been met or missed, though it means nothing any more afterwards.
    const bool known = std::any_of(ended.begin(), ended.end(),
                                   [&](const auto& term) { return term.clock == name; });
    if (known) return;
    const bool of_each = procedure.isOfEachOccasion(name);
    for (const auto* clock : openOf(name, of_each, clocks, met)) {
      std::string result = status;
      if (result.empty()) result = ending(*clock, clockDay(*clock, at));
      const bool breach = has(row.revives, name) || isBreach(procedure, where, *clock);
      if (result == "missed" && !breach) result = "cancelled";
      ended.push_back({name, result, of_each ? clock->number : 0});
    }
  };
  for (const auto& name : row.closes) end(storedName(name), "");
  for (const auto& name : row.cancels) end(storedName(name), "cancelled");
  for (const auto& name : row.supersedes) {
    // A term that is named anew replaces the old one, which stays missed if it was; another one goes on from it.
    for (const auto& each :
         {name, name == kComplaintWindow ? std::string(kComplaintWindowLong) : ""}) {
      const auto newest = std::find_if(clocks.rbegin(), clocks.rend(), [&](const auto& clock) {
        return clock.name == storedName(each);
      });
      if (each.empty() || newest == clocks.rend()) continue;
      const bool anew = has(row.opens, name);
      const bool over = ending(*newest, clockDay(*newest, at)) == "missed";
      end(storedName(each), !anew ? "extended" : over ? "missed" : "cancelled");
    }
  }
  return ended;
}

std::vector<store::ClockRow> revivedBy(const rules::ProcedureRow& row,
                                       const std::vector<store::ClockRow>& clocks, Instant at) {
  std::vector<store::ClockRow> revived;
  for (const auto& word : row.revives) {
    const auto name = storedName(word);
    const auto newest = std::find_if(clocks.rbegin(), clocks.rend(),
                                     [&](const auto& clock) { return clock.name == name; });
    if (newest == clocks.rend() || isOpen(*newest) || newest->status == "missed") continue;
    auto again = *newest;
    again.number = 0;
    again.status = again.due_date.empty() ? "unknown" : "running";
    if (has(row.closes, word)) again.status = ending(again, clockDay(again, at));
    revived.push_back(std::move(again));
  }
  return revived;
}

namespace {

void addEndsOf(const rules::ProcedureRow& row, rules::ProcedureRow& end) {
  addNew(end.closes, row.closes);
  addNew(end.cancels, row.cancels);
  addNew(end.revives, row.revives);
}

rules::ProcedureRow withCase(const rules::ProcedureTable& procedure, rules::ProcedureRow end) {
  addNew(end.cancels, procedure.endWithCase());
  // Its minutes are not told of; what was heard is behind it.
  addNew(end.closes, {"hearing_minutes"});
  // It may decide while the applicant still mends defects.
  for (const char* name : {"cure", "return"}) {
    if (!has(end.closes, name)) end.cancels.emplace_back(name);
  }
  return end;
}

}  // namespace

rules::ProcedureRow endOfWork(const rules::ProcedureTable& procedure,
                              const store::AppealRow& appeal, std::string_view outcome) {
  rules::ProcedureRow end;
  const bool known = procedure.outcomeAllowed(appeal.kind, appeal.procedure, outcome);
  for (const auto& row : procedure.data().rows) {
    const bool decides = known ? has(row.outcomes, outcome) : !row.outcomes.empty();
    if (!decides || !procedure.isFor(row, appeal.kind, appeal.procedure, appeal.kind_special))
      continue;
    addEndsOf(row, end);
  }
  return withCase(procedure, std::move(end));
}

rules::ProcedureRow endOfWork(const rules::ProcedureTable& procedure,
                              const rules::ProcedureRow& act) {
  rules::ProcedureRow end;
  addEndsOf(act, end);
  return withCase(procedure, std::move(end));
}

}  // namespace hub::exchange
