#include "hub/exchange/case_file.h"

#include <algorithm>

#include "hub/exchange/arrival.h"
#include "hub/exchange/clock_rows.h"
#include "hub/exchange/suspension.h"

namespace hub::exchange {

using rules::LocalText;

LocalText lawNamed(const std::string& law, const std::string& article) {
  const bool code = law == "APPC";
  return {(code ? "ӘРПК " : law + " ") + article, (code ? "АППК ст. " : law + " ") + article,
          law + " art. " + article};
}

Result<CaseFile> readCase(store::Store& store, std::shared_ptr<const rules::LawBook> law,
                          store::RowId appeal, const Clock& clock) {
  if (!law->data().procedure) {
    return Status::failure("rules.no_procedure", "procedure.yaml is missing");
  }
  CaseFile file;
  file.law = std::move(law);
  auto seen = store.appeal(appeal);
  if (!seen) return seen.status();
  file.appeal = std::move(*seen);
  auto clocks = store.clocks(appeal);
  if (!clocks) return clocks.status();
  file.clocks = std::move(*clocks);
  file.now = clock.now();
  auto today = toLocal(file.now, file.law->data().default_zone);
  if (!today) return today.status();
  file.today = today->date;
  auto events = store.events(appeal);
  if (!events) return events.status();
  file.events = std::move(*events);
  file.stopped = isStopped(file.events);
  file.before = stateBehind(procedureOf(file), file.appeal.state, file.events);
  return file;
}

const store::EventRow* entryInto(const std::vector<store::EventRow>& events,
                                 const std::vector<std::string>& states,
                                 std::string_view not_from) {
  const auto within = [&](const std::string& state) {
    return std::find(states.begin(), states.end(), state) != states.end();
  };
  const auto came = std::find_if(events.rbegin(), events.rend(), [&](const auto& event) {
    return within(event.to_state) && !within(event.from_state) && event.from_state != not_from;
  });
  return came == events.rend() ? nullptr : &*came;
}

// Older histories have the row's own `to` between two of its turns.
std::string stateBefore(const std::vector<store::EventRow>& events,
                        const rules::ProcedureRow& row) {
  const auto* came = entryInto(events, row.back, row.to);
  if (!came) return {};
  std::string state = came->from_state;
  for (const auto* event = came; event != events.data() + events.size(); ++event) {
    if (state != "routed" && state != "assigned") break;
    // A word of the body's system tells that it has the appeal.
    const bool of_body = event->actor.starts_with("agency:") && event->type != "delivery_failed" &&
                         event->type != "message_refused";
    if (event->type == "delivery_refused") {
      state = "awaiting_routing";
    } else if (event->type == "delivered" || of_body) {
      state = "assigned";
    }
  }
  return state;
}

std::string stateBehind(const rules::ProcedureTable& procedure, std::string_view state,
                        const std::vector<store::EventRow>& events) {
  const auto& rows = procedure.data().rows;
  const auto back = std::find_if(rows.begin(), rows.end(), [&](const auto& row) {
    return std::find(row.back.begin(), row.back.end(), state) != row.back.end();
  });
  return back == rows.end() ? std::string() : stateBefore(events, *back);
}

const store::ClockRow* hearingNotice(const std::vector<store::ClockRow>& clocks) {
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

std::string specialKind(const CaseFile& file) {
  return file.appeal.kind_special.empty() ? file.document.kind_special.value_or("")
                                          : file.appeal.kind_special;
}

namespace {

// A term of the body complained of alone (`first_body`) that another body had before the appeal came to this one. The
// arrival here opened the consideration anew; one that a calendar moved begins when an earlier one did.
bool ofFormerBody(const CaseFile& file, std::size_t place) {
  const auto& clocks = file.clocks;
  const auto& rows = procedureOf(file).data().rows;
  const auto& term = clocks[place];
  const bool of_first = std::any_of(rows.begin(), rows.end(), [&](const auto& row) {
    return std::find(row.first_body.begin(), row.first_body.end(), term.name) !=
           row.first_body.end();
  });
  if (!of_first || isOpen(term)) return false;
  // Of a body that never got the appeal; what nobody could count ends so, too.
  if (term.status == "cancelled" && !term.due_date.empty()) return true;
  const auto here = clocks.begin() + static_cast<std::ptrdiff_t>(place);
  return std::any_of(here, clocks.end(), [&](const auto& clock) {
    if (clock.name != "consider" || clock.start_at < term.start_at) return false;
    return std::none_of(clocks.begin(), here, [&](const auto& before) {
      return before.name == clock.name && before.start_at == clock.start_at;
    });
  });
}

}  // namespace

namespace {

// By the body that has the case: one that it went to since was not silent.
bool isPresumed(const CaseFile& file) {
  if (file.appeal.decision_outcome != kDeemedRefused) return false;
  const auto last = std::find_if(
      file.events.rbegin(), file.events.rend(),
      [](const store::EventRow& event) { return event.type == kDeemedRefused || directs(event); });
  return last != file.events.rend() && last->type == kDeemedRefused;
}

}  // namespace

rules::CaseState caseState(const CaseFile& file) {
  rules::CaseState where;
  const auto* hearing = hearingNotice(file.clocks);
  where.state = file.appeal.state;
  where.kind = file.appeal.kind;
  where.procedure = file.appeal.procedure;
  where.special = specialKind(file);
  where.stopped = file.stopped;
  where.before = file.before;
  where.no_body = file.appeal.body_bin.empty();
  where.at_complained_of = file.at_complained_of;
  where.presumed = isPresumed(file);
  for (std::size_t i = 0; i < file.clocks.size(); ++i) {
    const auto& clock = file.clocks[i];
    if ((clock.name == "objection" && !hearing) || ofFormerBody(file, i)) continue;
    rules::ClockState state;
    state.name = clock.name == "consider_extended" ? "extend" : clock.name;
    if (auto day = parseDate(clock.due_date); day.ok()) state.due = *day;
    state.running = isOpen(clock);
    state.law = clock.law;
    where.clocks.push_back(std::move(state));
  }
  return where;
}

const rules::ProcedureTable& procedureOf(const CaseFile& file) {
  return *file.law->data().procedure;
}

const std::string& lawOf(const CaseFile& file, const rules::ProcedureRow& row) {
  return row.law.empty() ? procedureOf(file).data().law : row.law;
}

LocalText labelled(const CaseFile& file, const rules::ProcedureRow& row) {
  const auto source = lawNamed(lawOf(file, row), row.article);
  return {row.label.kk + " (" + source.kk + ")", row.label.ru + " (" + source.ru + ")",
          row.label.en + " (" + source.en + ")"};
}

LocalText deemedText(const CaseFile& file, const rules::ProcedureRow& row) {
  const auto source = lawNamed(lawOf(file, row), row.article);
  return {"Мерзім шешімсіз аяқталды, бұл бас тарту деп саналады (" + source.kk + ").",
          "Срок истёк без решения, что считается отказом (" + source.ru + ").",
          "The term ended without a decision, which counts as a refusal (" + source.en + ")."};
}

}  // namespace hub::exchange
