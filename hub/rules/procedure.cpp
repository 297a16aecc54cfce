#include "hub/rules/procedure.h"

#include <algorithm>
#include <set>

#include "hub/rules/official.h"
#include "hub/rules/table_words.h"

namespace hub::rules {
namespace {

// The last of the open terms of that name counts: an extension follows the term it supersedes.
std::optional<Date> dueOf(const std::vector<ClockState>& clocks, const Words& names) {
  std::optional<Date> due;
  for (const auto& clock : clocks) {
    if (!clock.running || !clock.due || !has(names, clock.name)) continue;
    if (!due || *due < *clock.due) due = clock.due;
  }
  return due;
}

const ClockState* newestOf(const std::vector<ClockState>& clocks, const Words& names) {
  const auto found = std::find_if(clocks.rbegin(), clocks.rend(),
                                  [&](const auto& clock) { return has(names, clock.name); });
  return found == clocks.rend() ? nullptr : &*found;
}

struct TermAnswer {
  const char* code = nullptr;  // nullptr: in time
  std::string why;
};
TermAnswer inTime(const ProcedureRow& row, const CaseState& where, Date today) {
  const auto known = [&](const Words& names, bool running) {
    return std::any_of(where.clocks.begin(), where.clocks.end(), [&](const auto& clock) {
      return has(names, clock.name) && clock.running == running;
    });
  };
  if (!row.until.empty()) {
    const auto due = dueOf(where.clocks, row.until);
    if (due && *due < today) {
      return {"rules.action_too_late", "its term ended on " + formatDate(*due)};
    }
    if (!known(row.until, true) && known(row.until, false)) {
      return {"rules.action_too_late", "the term '" + joined(row.until) + "' runs no more"};
    }
  }
  for (const auto& name : row.running) {
    if (!known({name}, true)) {
      return {"rules.action_not_allowed", "the term '" + name + "' does not run"};
    }
  }
  for (const auto& name : row.had) {
    if (!newestOf(where.clocks, {name})) {
      return {"rules.action_not_allowed", "there was no term '" + name + "' before"};
    }
  }
  if (const auto* newest = newestOf(where.clocks, row.after);
      !row.laws.empty() && newest && !has(row.laws, newest->law)) {
    return {"rules.action_not_allowed",
            "the term runs by " + newest->law + ", not by " + joined(row.laws)};
  }
  if (!row.after.empty() && known(row.after, true)) {
    const auto due = dueOf(where.clocks, row.after);
    if (!due) return {"rules.action_too_early", "the end of the term is not known"};
    if (today <= *due) {
      return {"rules.action_too_early", "the term runs until " + formatDate(*due)};
    }
  }
  return {};
}

// By which of its terms the body may not do it; nullptr: it may. Whom the law only presumes to be complained of, since the
// complaint names nobody, has the term and is not barred: it may be the body above.
const std::pair<const std::string, std::string>* barOf(const ProcedureRow& row,
                                                       const CaseState& where) {
  if (!where.at_complained_of) return nullptr;
  const auto bar = std::find_if(row.barred_by.begin(), row.barred_by.end(), [&](const auto& each) {
    return newestOf(where.clocks, {each.first}) != nullptr;
  });
  return bar == row.barred_by.end() ? nullptr : &*bar;
}

// Nothing ends of a complaint that stops nothing.
bool endsNoComplaint(const ProcedureRow& row, const CaseState& where) {
  const bool ends = row.complaint != Complaint::kNone && row.complaint != Complaint::kStops;
  return ends && !where.stopped;
}

// Nobody has acted yet upon what the appeal tells of.
bool awaitsReaction(const ProcedureRow& row, const CaseState& where) {
  if (row.react_first.empty()) return false;
  const auto* react = newestOf(where.clocks, {"react"});
  return react && react->running;
}

// The row forbids what tells of a crime or a threat; of one of its grounds, with that ground alone.
bool forbidsUrgent(const ProcedureRow& row, const CaseState& where, std::string_view ground) {
  if (!where.urgent || row.not_urgent.empty()) return false;
  const bool listed = std::any_of(row.grounds.begin(), row.grounds.end(),
                                  [&](const auto& of) { return has(of.second, row.not_urgent); });
  return !listed || row.not_urgent == ground;
}

// Why no row of the action is for the case, by the row that comes nearest to it.
struct Misfit {
  const ProcedureRow* row;
  std::string article, why;
};
Misfit misfitOf(const std::vector<ProcedureRow>& rows, const std::string& action,
                const CaseState& where, const std::string& procedure) {
  const ProcedureRow *first = nullptr, *of_special = nullptr, *forbids = nullptr, *other = nullptr;
  for (const auto& row : rows) {
    if (row.action != action) continue;
    if (!first) first = &row;
    if (row.not_for.contains(where.kind)) {
      if (!forbids) forbids = &row;
      continue;
    }
    if (!row.kinds.empty() && !has(row.kinds, where.kind)) continue;
    const bool of_procedure = row.procedures.empty() || has(row.procedures, procedure);
    (of_procedure ? of_special : other) = &row;
  }
  if (of_special) {
    const bool already = of_special->special.empty() || has(of_special->special, where.special);
    return {of_special, of_special->article,
            already ? "it is of the special kind '" + where.special + "' already"
                    : "only for the special kind '" + joined(of_special->special) + "'"};
  }
  if (forbids) {
    return {forbids, forbids->not_for.at(where.kind), "not for the kind '" + where.kind + "'"};
  }
  if (other) return {other, other->article, "not for the procedure '" + procedure + "'"};
  return {first, first->article, "not for the kind '" + where.kind + "'"};
}

bool isDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

const std::vector<std::string>& groundsOf(const ProcedureRow& row, std::string_view outcome) {
  static const Words kNone;
  const auto found = row.grounds.find(std::string(outcome));
  return found == row.grounds.end() ? kNone : found->second;
}

std::string articleOfGrounds(const std::vector<std::string>& grounds) {
  return grounds.empty() ? std::string() : grounds.front().substr(0, grounds.front().rfind('('));
}

std::string groundNamedBy(std::string_view words, const std::vector<std::string>& listed) {
  std::string dense;
  for (const char c : words) {
    if (static_cast<unsigned char>(c) > ' ') dense += c;
  }
  for (const auto& ground : listed) {
    if (!dense.ends_with(ground)) continue;
    // "188(1)(1)" is not "88(1)(1)".
    const auto before = dense.size() - ground.size();
    if (before == 0 || !isDigit(dense[before - 1])) return ground;
  }
  return {};
}

std::vector<std::string> openedBy(const ProcedureRow& row, std::string_view outcome,
                                  bool at_first_body) {
  Words names;
  for (const auto& name : row.opens) {
    if (!at_first_body && has(row.first_body, name)) continue;
    const auto only = row.opens_for.find(name);
    if (only == row.opens_for.end() || has(only->second, outcome)) names.push_back(name);
  }
  return names;
}

bool hearingNotified(const CaseState& where) {
  return std::any_of(where.clocks.begin(), where.clocks.end(),
                     [](const auto& clock) { return clock.name == "objection"; });
}

bool hearingNoticeOver(const CaseState& where, Date today) {
  const auto notice = std::find_if(where.clocks.rbegin(), where.clocks.rend(),
                                   [](const auto& clock) { return clock.name == "objection"; });
  return notice == where.clocks.rend() || !notice->due || *notice->due < today;
}

bool ProcedureTable::isFinal(std::string_view state) const {
  return has(data_.final_states, state);
}

std::string ProcedureTable::nextState(const ProcedureRow& row, const CaseState& where) const {
  if (row.to.empty()) return where.state;
  const bool known = has(row.back, where.state) && data_.states.contains(where.before);
  return known ? where.before : row.to;
}

bool ProcedureTable::mayAct(const ProcedureRow& row, const CaseState& where,
                            std::string_view role) const {
  return !where.no_body || row.without_body || !has(data_.body_roles, role);
}

bool ProcedureTable::isFor(const ProcedureRow& row, std::string_view kind,
                           std::string_view procedure, std::string_view special) const {
  CaseState where;
  where.special = special;
  where.kind = kind;
  where.procedure = procedure;
  return fits(row, where);
}

bool ProcedureTable::runsFromEndOf(std::string_view clock, std::string_view named) const {
  return clock != named &&
         std::any_of(data_.rows.begin(), data_.rows.end(), [&](const ProcedureRow& row) {
           return row.day && !row.opens.empty() && row.opens.front() == named &&
                  has(row.opens, clock);
         });
}

bool ProcedureTable::outlivesCase(std::string_view clock) const {
  return std::any_of(data_.rows.begin(), data_.rows.end(), [&](const ProcedureRow& row) {
    const bool begins_over = std::any_of(row.from.begin(), row.from.end(),
                                         [&](const auto& state) { return isFinal(state); });
    const bool ends_over = row.to.empty() ? begins_over : isFinal(row.to);
    return ends_over && (has(row.opens, clock) || (begins_over && has(row.closes, clock)));
  });
}

bool ProcedureTable::isBreach(std::string_view clock, std::string_view state) const {
  const auto known = data_.breach_in.find(std::string(clock));
  return known == data_.breach_in.end() || has(known->second, state);
}

const std::vector<std::string>& ProcedureTable::endWithCase() const {
  static const Words kNone;
  const auto group = data_.clock_groups.find("ends_with_case");
  return group == data_.clock_groups.end() ? kNone : group->second;
}

bool ProcedureTable::isOfEachOccasion(std::string_view clock) const {
  const auto group = data_.clock_groups.find("of_each_occasion");
  return group != data_.clock_groups.end() && has(group->second, clock);
}

bool ProcedureTable::fits(const ProcedureRow& row, const CaseState& where) const {
  if (!row.kinds.empty() && !has(row.kinds, where.kind)) return false;
  if (row.not_for.contains(where.kind)) return false;
  if (row.while_no_body && !where.no_body) return false;
  if (!row.presumed.empty() && (row.presumed == "only") != where.presumed) return false;
  if (!row.special.empty() && !has(row.special, where.special)) return false;
  if (!row.becomes.empty() && row.becomes == where.special) return false;
  if (row.procedures.empty()) return true;
  const auto usual = usual_procedure_.find(where.kind);
  const std::string procedure =
      where.procedure.empty() && usual != usual_procedure_.end() ? usual->second : where.procedure;
  return has(row.procedures, procedure);
}

const ProcedureRow* ProcedureTable::barredByPresumption(std::string_view action,
                                                        const CaseState& where) const {
  if (!where.presumed) return nullptr;
  CaseState open = where;
  open.presumed = false;
  const auto row = std::find_if(data_.rows.begin(), data_.rows.end(), [&](const auto& each) {
    return each.action == action && each.presumed == "never" && fits(each, open);
  });
  return row == data_.rows.end() ? nullptr : &*row;
}

std::string ProcedureTable::articleOfPresumption(CaseState where) const {
  where.presumed = false;
  const auto row = std::find_if(data_.rows.begin(), data_.rows.end(), [&](const auto& each) {
    return has(each.outcomes, "deemed_refused") && fits(each, where);
  });
  return row == data_.rows.end() ? std::string() : row->article;
}

bool ProcedureTable::knowsHearing(const CaseState& where) const {
  return std::any_of(data_.rows.begin(), data_.rows.end(), [&](const ProcedureRow& row) {
    return has(row.opens, "objection") && fits(row, where);
  });
}

Status ProcedureTable::refuse(const char* code, const ProcedureRow& row, const std::string& article,
                              const CaseState& where, Date today, const std::string& why) const {
  Words now;
  for (const auto& allowed : allowedActions(where, {}, today)) {
    if (!has(now, allowed.row->action)) now.push_back(allowed.row->action);
  }
  // A bar (a kind, a hearing, the official complained of) is the table's act's, whatever act the row follows.
  const bool of_row = article == row.article && !row.law.empty();
  const std::string& law = of_row ? row.law : data_.law;
  return Status::failure(code, law + " article " + article + ": '" + row.action +
                                   "' in the state '" + where.state + "': " + why +
                                   "; allowed now: " + (now.empty() ? "nothing" : joined(now)));
}

std::string ProcedureTable::notInForce(Date today) const {
  std::string text = data_.version + " is in force from " + formatDate(data_.validity.from);
  if (data_.validity.until) text += " until " + formatDate(*data_.validity.until);
  return text + ", not on " + formatDate(today);
}

std::string ProcedureTable::stepsBefore(std::string_view action, const CaseState& where,
                                        Date today) const {
  constexpr std::size_t kStepsMax = 4;
  const auto possible = [&](const ProcedureRow& row) {
    if (!fits(row, where) || barOf(row, where)) return false;
    const auto term = inTime(row, where, today);
    return !term.code || std::string_view(term.code) == "rules.action_too_early";
  };
  // What a system alone does is no step that a person could be told to take.
  const auto person = [&](const ProcedureRow& row) {
    const auto role = std::find_if(row.by.begin(), row.by.end(), [&](const auto& each) {
      return each != "hub" && each != "agency" && mayAct(row, where, each);
    });
    return role == row.by.end() ? std::string() : *role;
  };
  std::set<std::string, std::less<>> goals, reached;
  for (const auto& row : data_.rows) {
    if (row.action != action || !fits(row, where)) continue;
    if (!row.to.empty()) reached.insert(row.to);
    if (possible(row)) goals.insert(row.from.begin(), row.from.end());
  }
  struct Way {
    std::string state;
    std::vector<const ProcedureRow*> steps;
  };
  std::vector<Way> ways = {{where.state, {}}};
  std::set<std::string, std::less<>> seen = {where.state};
  for (std::size_t at = 0; at < ways.size(); ++at) {
    // Where the action leads to, it is done: nobody is told to leave that state so as to come back.
    if (ways[at].steps.size() == kStepsMax || reached.contains(ways[at].state)) continue;
    for (const auto& row : data_.rows) {
      if (!has(row.from, ways[at].state)) continue;
      const auto to = has(row.back, ways[at].state) && !has(row.back, where.state)
                          ? where.state
                          : nextState(row, where);
      if (row.to.empty() || isFinal(to) || seen.contains(to)) continue;
      if (person(row).empty() || !possible(row)) continue;
      Way next{to, ways[at].steps};
      next.steps.push_back(&row);
      if (goals.contains(to)) {
        Words named;
        for (const auto* step : next.steps)
          named.push_back(step->action + " (" + person(*step) + ")");
        return joined(named);
      }
      seen.insert(to);
      ways.push_back(std::move(next));
    }
  }
  return {};
}

Result<Verdict> ProcedureTable::check(const CaseState& where, const ActionRequest& request) const {
  if (!data_.states.contains(where.state)) {
    return Status::failure("rules.unknown_state", "the state is not in the procedure");
  }
  if (!usual_procedure_.contains(where.kind)) {
    return Status::failure("rules.unknown_kind", "the kind is not in the vocabulary");
  }
  if (!data_.roles.contains(request.role)) {
    return Status::failure("rules.unknown_role",
                           "a role is one of: registrar, executor, head, controller, hub, agency, "
                           "applicant",
                           "/role");
  }
  if (!data_.validity.covers(request.today)) {
    return Status::failure("rules.procedure_not_in_force", notInForce(request.today));
  }
  const ProcedureRow* named = nullptr;
  const ProcedureRow* of_kind = nullptr;
  const ProcedureRow* row = nullptr;
  for (const auto& each : data_.rows) {
    if (each.action != request.action) continue;
    if (!named) named = &each;
    if (!fits(each, where)) continue;
    if (!of_kind) of_kind = &each;
    if (has(each.from, where.state)) row = &each;
  }
  if (!named) {
    return Status::failure("rules.unknown_action", "the action is not in the procedure", "/action");
  }
  const auto no = [&](const char* code, const ProcedureRow& at, const std::string& article,
                      const std::string& why) {
    return refuse(code, at, article, where, request.today, why);
  };
  if (const auto* barred = of_kind ? nullptr : barredByPresumption(request.action, where)) {
    return no("rules.action_not_allowed", *barred, articleOfPresumption(where),
              "the law presumes that it was refused, and only a late act may follow");
  }
  if (!of_kind) {
    const auto& usual = usual_procedure_.at(where.kind);
    const auto& procedure = where.procedure.empty() ? usual : where.procedure;
    const auto misfit = misfitOf(data_.rows, request.action, where, procedure);
    return no("rules.action_wrong_kind", *misfit.row, misfit.article, misfit.why);
  }
  if (!row) {
    const auto before = stepsBefore(request.action, where, request.today);
    return no("rules.action_not_allowed", *of_kind, of_kind->article,
              before.empty() ? "not allowed in this state"
                             : "not allowed in this state, it comes after " + before);
  }
  if (!has(row->by, request.role)) {
    return no("rules.action_wrong_role", *row, row->article,
              "for " + joined(row->by) + ", not for " + request.role);
  }
  if (!mayAct(*row, where, request.role)) {
    return no("rules.action_not_allowed", *row, row->article, "no body has the appeal yet");
  }
  if (forbidsUrgent(*row, where, request.ground)) {
    return no("rules.action_urgent", *row, row->not_urgent,
              "the appeal tells of a crime or a threat, which is acted upon at once");
  }
  if (awaitsReaction(*row, where)) {
    return no("rules.action_urgent", *row, row->react_first,
              "nobody has acted yet upon the crime or the threat it tells of (react)");
  }
  const bool impartial = !row->impartial.empty();
  const auto& complained_of = where.contested_official;
  if (impartial && surelySameOfficial(request.official, complained_of, data_.post_words)) {
    return no("rules.action_wrong_official", *row, row->impartial,
              "not by the official complained of");
  }
  if (const auto* bar = barOf(*row, where)) {
    return no(
        "rules.action_wrong_body", *row, bar->second,
        "not by the body complained of, which satisfies the complaint in full or sends it up");
  }
  if (const auto term = inTime(
          *row, where, row->told_later ? request.done_on.value_or(request.today) : request.today);
      term.code) {
    return no(term.code, *row, row->article, term.why);
  }
  if (endsNoComplaint(*row, where)) {
    return no("rules.action_not_allowed", *row, row->article,
              "no complaint stops the execution of the act");
  }
  if (row->day && !request.day) {
    return no("rules.action_needs_day", *row, row->article,
              "the last day of the term is to be named");
  }
  if (row->day && *request.day < request.today) {
    return no("rules.action_needs_day", *row, row->article, "the day named is over");
  }
  Verdict verdict{row, nextState(*row, where), request.outcome, request.ground};
  verdict.alike = impartial && sameOfficial(request.official, complained_of, data_.post_words);
  if (verdict.outcome.empty() && row->outcomes.size() == 1) verdict.outcome = row->outcomes.front();
  const bool outcome_fits =
      row->outcomes.empty() ? verdict.outcome.empty() : has(row->outcomes, verdict.outcome);
  if (!outcome_fits) {
    return no("rules.action_wrong_outcome", *row, row->article,
              row->outcomes.empty() ? "makes no decision"
                                    : "the outcome is one of: " + joined(row->outcomes));
  }
  const auto& grounds = groundsOf(*row, verdict.outcome);
  if (verdict.ground.empty() && grounds.size() == 1) verdict.ground = grounds.front();
  if (!verdict.ground.empty() && !grounds.empty() && !has(grounds, verdict.ground)) {
    auto error = no("rules.action_wrong_ground", *row, articleOfGrounds(grounds),
                    "the ground is one of: " + joined(grounds))
                     .error();
    error.field = "/ground";
    return Status(std::move(error));
  }
  const auto hearing = row->hearing_before.find(verdict.outcome);
  const bool to_be_heard = hearing != row->hearing_before.end() && knowsHearing(where);
  if (to_be_heard && !request.waived && !hearingNotified(where)) {
    return no("rules.action_needs_hearing", *row, hearing->second,
              "the applicant was not heard, and no reason to do without it (73(2)) is named");
  }
  // At least three working days before the act; his two to object end the day before. An objection that comes
  // early does not bring the act forward.
  if (to_be_heard && !request.waived && !hearingNoticeOver(where, request.today)) {
    return no("rules.action_too_early", *row, hearing->second,
              "the preliminary decision was sent less than three working days ago");
  }
  return verdict;
}

std::vector<AllowedAction> ProcedureTable::allowedActions(const CaseState& where,
                                                          std::string_view role, Date today) const {
  std::vector<AllowedAction> list;
  if (!data_.validity.covers(today)) return list;
  for (const auto& row : data_.rows) {
    if (!has(row.from, where.state) || !fits(row, where)) continue;
    const auto may = [&](const auto& each) {
      return (role.empty() || each == role) && mayAct(row, where, each);
    };
    if (std::none_of(row.by.begin(), row.by.end(), may)) continue;
    if (barOf(row, where)) continue;
    if (forbidsUrgent(row, where, {}) || awaitsReaction(row, where)) continue;
    if (inTime(row, where, today).code || endsNoComplaint(row, where)) continue;
    AllowedAction allowed;
    allowed.row = &row;
    allowed.duty = row.until.empty();
    allowed.until = dueOf(where.clocks, allowed.duty ? row.due : row.until);
    for (const auto& clock : where.clocks) {  // of several that stand together, the first to end
      const bool own = clock.running && clock.due && has(row.due, clock.name);
      if (own && isOfEachOccasion(clock.name)) {
        allowed.until = std::min(*clock.due, allowed.until.value_or(*clock.due));
      }
    }
    if (const auto* ended = newestOf(where.clocks, row.revives); ended && !allowed.until) {
      allowed.until = ended->due;
    }
    list.push_back(allowed);
  }
  return list;
}

bool ProcedureTable::outcomeAllowed(std::string_view kind, std::string_view procedure,
                                    std::string_view outcome) const {
  CaseState where;
  where.kind = kind;
  where.procedure = procedure;
  return usual_procedure_.contains(where.kind) &&
         std::any_of(data_.rows.begin(), data_.rows.end(), [&](const auto& row) {
           return has(row.outcomes, outcome) && fits(row, where);
         });
}

OwnCause ProcedureTable::ownCause(const CaseState& where, std::string_view outcome,
                                  std::string_view official) const {
  const auto& complained_of = where.contested_official;
  const bool sure = surelySameOfficial(official, complained_of, data_.post_words);
  if (!sure && !sameOfficial(official, complained_of, data_.post_words)) return {};
  const auto bars = [&](const ProcedureRow& row) {
    return !row.impartial.empty() && has(row.outcomes, outcome) && fits(row, where);
  };
  const auto row = std::find_if(data_.rows.begin(), data_.rows.end(), bars);
  return row == data_.rows.end() ? OwnCause{} : OwnCause{&*row, sure};
}

const ProcedureRow* ProcedureTable::deemedRefusalDue(const CaseState& where, Date today) const {
  if (!data_.validity.covers(today)) return nullptr;
  for (const auto& row : data_.rows) {
    if (!has(row.outcomes, "deemed_refused") || !has(row.from, where.state)) continue;
    // A term nobody counted cannot have ended.
    if (!fits(row, where) || !dueOf(where.clocks, row.after)) continue;
    if (!inTime(row, where, today).code) return &row;
  }
  return nullptr;
}

}  // namespace hub::rules
