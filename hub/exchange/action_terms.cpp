#include "hub/exchange/action_terms.h"

#include <algorithm>

#include "hub/exchange/arrival.h"
#include "hub/exchange/clock_rows.h"
#include "hub/exchange/named_term.h"
#include "hub/rules/deadlines.h"

namespace hub::exchange {
namespace {

// When the days of the body that has the appeal began: the registration or, where another body had it before, the arrival,
// from which its consideration counts (65(3), 76(2)).
Result<std::optional<Instant>> beginningHere(const CaseFile& file) {
  std::optional<Instant> began = file.appeal.registered_at;
  if (began && !file.appeal.registration_date.empty()) {
    auto day =
        startOfDay(*file.law, file.appeal.body_bin, file.today, file.appeal.registration_date);
    if (!day) return day.status();
    began = *day;
  }
  const auto consider =
      std::find_if(file.clocks.rbegin(), file.clocks.rend(),
                   [](const store::ClockRow& clock) { return clock.name == "consider"; });
  if (began && consider != file.clocks.rend() &&
      clockDay(*consider, consider->start_at) > clockDay(*consider, *began)) {
    began = consider->start_at;
  }
  return began;
}

// Nothing if the law has no such term for this case.
Result<std::optional<store::ClockRow>> countedTerm(const CaseFile& file, const std::string& name,
                                                   Instant event_at) {
  rules::EventClockRequest request;
  request.clock = name;
  request.kind = file.appeal.kind;
  request.procedure = file.appeal.procedure;
  request.special_kind = specialKind(file);
  request.event_at = event_at;
  if (const auto* body = file.law->bodyByBin(file.appeal.body_bin, file.today)) {
    request.level = body->level;
    request.zone = body->zone;
  }
  auto clock = rules::computeEventClock(*file.law, request);
  // Some terms run since the registration, whenever it was seen that there is one (64(7)).
  if (clock && clock->start_event == "registration") {
    auto began = beginningHere(file);
    if (!began) return began.status();
    request.event_at = began->value_or(event_at);
    clock = rules::computeEventClock(*file.law, request);
  }
  if (!clock && clock.error().code == "rules.no_such_term") {
    return std::optional<store::ClockRow>();
  }
  if (!clock) return clock.status();
  return std::optional(clockRow(file.appeal.id, *clock, clock->due_date ? "running" : "unknown"));
}

// APPC 76(3): a reasonable term, at most two months. The head may name an earlier day.
Result<std::optional<store::ClockRow>> extension(const CaseFile& file, const NamedDay& named) {
  const auto& day = named.day;
  auto term = countedTerm(file, "extend", file.now);
  if (!term || !term->has_value()) return term;
  auto& clock = **term;
  clock.name = "consider_extended";
  if (day.empty() && !clock.due_date.empty() && clock.due_date <= file.appeal.due_date) {
    return badInput("the term runs until " + file.appeal.due_date +
                        " already, and the extension until " + clock.due_date,
                    "day");
  }
  if (day.empty()) return term;
  if (day <= file.appeal.due_date) {
    return badInput("the term runs until " + file.appeal.due_date + " already", "day");
  }
  if (const auto latest = latestDay(clock); day > latest) {
    return badInput("the law allows an extension until " + latest, "day");
  }
  clock.due_date = day;
  clock.status = "running";  // whether a calendar counts it or not
  clock.explanation = std::string(kHeadDecided) + noteOfMove(named.day_off);
  return term;
}

// A duty that runs from the registration runs though nobody noted it: the step that it is for ends it, in time or late.
Status addUnnoted(const CaseFile& file, const rules::ProcedureRow& row, ActionTerms& terms) {
  for (const auto& name : row.due) {
    const auto named = [&](const store::ClockRow& clock) { return clock.name == name; };
    const auto& closes = row.closes;
    if (std::find(closes.begin(), closes.end(), name) == closes.end() ||
        std::any_of(file.clocks.begin(), file.clocks.end(), named)) {
      continue;
    }
    auto term = countedTerm(file, name, file.now);
    if (!term) return term.status();
    if (!term->has_value() || (*term)->start_event != "registration") continue;
    (*term)->status = ending(**term, formatDate(file.today));
    terms.opened.push_back(std::move(**term));
  }
  return {};
}

}  // namespace

Result<ActionTerms> termsOfAction(const CaseFile& file, const Action& action, bool says_where) {
  const auto& row = *action.row;
  const auto named = action.order.day.empty() ? NamedDay() : workedDay(*file.law, action.order.day);
  const auto& day = named.day;
  ActionTerms terms;
  Instant done_at = file.now;
  if (const auto& done_on = action.order.done_on; !done_on.empty()) {
    auto began = startOfDay(*file.law, file.appeal.body_bin, file.today, done_on);
    if (!began) return began.status();
    done_at = *began;
  }
  const auto where = standingOf(file.appeal.state, file.events);
  terms.ended = endedBy(procedureOf(file), row, where, file.clocks, done_at, action.met);
  if (!row.revives.empty()) {
    auto own = asItsOwn(*file.law, file.appeal, file.clocks, file.events);
    if (!own) return own.status();
    terms.opened = revivedBy(row, *own, done_at);
  }
  if (auto s = addUnnoted(file, row, terms); !s) return s;
  Instant event_at = done_at;
  const auto& decided = action.outcome.empty() ? file.appeal.decision_outcome : action.outcome;
  for (const auto& name : rules::openedBy(row, decided)) {
    if (row.day && name == row.opens.front()) {
      // Nothing stops the legal term meanwhile: what lies behind its end comes too late.
      const auto& due = file.appeal.due_date;
      if (!due.empty() && day > due && formatDate(file.today) <= due) {
        return badInput("the legal term ends on " + file.appeal.due_date, "day");
      }
      terms.opened.push_back(
          namedTerm(file.appeal.id, procedureOf(file), row, name, named, file.now));
      // What follows counts from the end of the term that was named.
      auto end = startOfDay(*file.law, file.appeal.body_bin, file.today, day);
      if (!end) return end.status();
      event_at = *end;
      continue;
    }
    auto term = name == "extend" ? extension(file, named) : countedTerm(file, name, event_at);
    if (!term) return term.status();
    if (!term->has_value() && name == "extend") {
      return Status::failure("rules.no_such_term", "the law gives no extension in this case");
    }
    if (name == kComplaintWindow && !says_where) {
      auto longer = countedTerm(file, kComplaintWindowLong, event_at);
      if (!longer) return longer.status();
      if (longer->has_value()) term = std::move(longer);  // the older acts have none
    }
    if (!term->has_value()) continue;
    if (name == "extend") terms.due_date = (*term)->due_date;
    const auto& due = (*term)->due_date;
    if (!due.empty() && due < clockDay(**term, (*term)->start_at) && due < formatDate(file.today)) {
      terms.over_at_birth.push_back(std::move(**term));
      continue;
    }
    terms.opened.push_back(std::move(**term));
  }
  for (const auto& opened : terms.opened) alarmIfUnknown(opened, file.appeal.hub_id);
  return terms;
}

Result<std::optional<model::AppealRoute>> complaintRoute(const CaseFile& file,
                                                         const std::string& language) {
  std::optional<model::AppealRoute> route;
  const auto* own = file.law->bodyByBin(file.appeal.body_bin, file.today);
  if (!own || own->higher_body.empty()) return route;
  auto term = countedTerm(file, kComplaintWindow, file.now);
  if (!term) return term.status();
  if (!term->has_value()) return route;
  route.emplace();
  route->higher_body = model::BodyRef{own->higher_body, std::nullopt, {}};
  if (const auto* higher = file.law->bodyByBin(own->higher_body, file.today)) {
    route->higher_body->name = higher->names.in(language);
  }
  auto& length = (*term)->day_kind == "months" ? route->term_months : route->term_days;
  length = (*term)->length;
  return route;
}

}  // namespace hub::exchange
