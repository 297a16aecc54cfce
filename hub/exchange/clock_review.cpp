#include "hub/exchange/clock_review.h"

#include <algorithm>

#include "hub/base/log.h"
#include "hub/base/metrics.h"
#include "hub/exchange/clock_rows.h"
#include "hub/exchange/event_texts.h"
#include "hub/exchange/named_term.h"
#include "hub/exchange/outgoing.h"
#include "hub/exchange/term_news.h"
#include "hub/exchange/transitions.h"
#include "hub/rules/procedure.h"
#include "hub/rules/recount.h"

namespace hub::exchange {
namespace {

constexpr const char* kRegister = "register";
constexpr int kRowsAtOnce = 2000;  // read; what changes of them is one unit of work

}  // namespace

// A day that a person named is left as it is, unless it is no day to end a term any more, APPC 76(5).
void ClockReview::moveNamed(store::ClockRow& clock, std::vector<Change>& changes) const {
  const auto named = workedDay(law_, clock.due_date);
  if (named.day_off.empty()) return;
  store::ClockRow now = clock;
  now.due_date = named.day;
  if (dayOffIn(clock.explanation).empty()) now.explanation += noteOfMove(named.day_off);
  changes.push_back({std::move(clock), std::move(now)});
}

Result<std::optional<store::ClockRow>> ClockReview::registration(
    std::span<const store::ClockRow> clocks) const {
  std::optional<store::ClockRow> found;
  // Who came in time is registered at that time; after hours the day begins anew.
  const bool later = std::any_of(clocks.begin(), clocks.end(), [&](const store::ClockRow& clock) {
    if (clock.start_event != "registration") return false;
    const auto start =
        toLocal(clock.start_at, clock.zone.empty() ? law_.data().default_zone : clock.zone);
    return start.ok() && start->minute_of_day == 0;
  });
  const bool open = std::any_of(clocks.begin(), clocks.end(),
                                [](const auto& clock) { return clock.name == kRegister; });
  if (!later || open) return found;
  auto all = store_.clocks(clocks.front().appeal);
  if (!all) return all.status();
  for (auto& clock : *all) {
    if (clock.name == kRegister) found = std::move(clock);  // the newest is the last
  }
  return found;
}

Status ClockReview::compare(std::vector<store::ClockRow>& clocks, std::vector<Change>& changes,
                            LawReload& counts) const {
  const auto failed = [](const rules::OpenClock& clock, const Error& error) {
    logError("clock.not_counted", {{"clock", clock.name}, {"code", error.code}});
  };
  for (std::size_t from = 0; from < clocks.size();) {
    std::size_t end = from;
    while (end < clocks.size() && clocks[end].appeal == clocks[from].appeal) ++end;
    auto registered = registration(std::span(clocks).subspan(from, end - from));
    if (!registered) return registered.status();
    std::vector<store::ClockRow*> rows;
    if (*registered) rows.push_back(&**registered);
    for (std::size_t i = from; i < end; ++i) rows.push_back(&clocks[i]);
    std::vector<rules::OpenClock> terms;
    for (const auto* row : rows) terms.push_back(openClock(*row));
    for (std::size_t i = from; i < end; ++i) counts.clocks += isNamedDay(clocks[i]) ? 0 : 1;
    ++counts.appeals;
    const auto counted = rules::recountAppeal(law_, terms, failed);
    for (std::size_t i = 0; i < counted.size(); ++i) {
      store::ClockRow& clock = *rows[i];
      if (terms[i].named_day) moveNamed(clock, changes);
      if (!counted[i]) continue;
      std::string due = counted[i]->due_date ? formatDate(*counted[i]->due_date) : "";
      if (due == clock.due_date) continue;
      store::ClockRow now = clock;
      now.due_date = std::move(due);
      now.calendar_version = counted[i]->calendar_version;
      if (clockDay(clock, clock.start_at) != formatDate(counted[i]->start_date)) {
        const auto& zone = clock.zone.empty() ? law_.data().default_zone : clock.zone;
        const auto start = fromLocal(counted[i]->start_date, 0, zone);
        if (start.ok()) now.start_at = *start;
      }
      now.status = counted[i]->due_date ? "running" : "unknown";
      now.explanation = counted[i]->due_date ? "" : "rules.calendar_missing";
      changes.push_back({std::move(clock), std::move(now)});
    }
    from = end;
  }
  return {};
}

bool ClockReview::follows(const store::ClockRow& clock, const std::string& state) const {
  const auto* procedure = law_.data().procedure.get();
  return !isFinal(state) || (procedure && procedure->outlivesCase(clock.name));
}

// The body's own system counts its days by itself. One that has not got the appeal yet is told by its
// dispatcher, once it has.
Status ClockReview::tellBody(store::Tx& tx, const Change& change, Instant at) const {
  auto appeal = tx.appeal(change.old.appeal);
  if (!appeal) return appeal.status();
  auto rows = tx.outboxOf(appeal->id);
  if (!rows) return rows.status();
  if (appeal->state == "awaiting_routing" || !hasTaken(*rows, appeal->destination)) return {};
  return queueMessage(tx, termNews(*appeal, change.now.due_date, telling_.node_name, at), at);
}

Result<bool> ClockReview::replace(store::Tx& tx, const Change& change) const {
  if (change.old.name != kRegister) return tx.supersedeClock(change.old, change.now);
  auto due = tx.clockDue(change.old.appeal, kRegister);
  if (!due) return due.status();
  if (*due != change.old.due_date) return false;
  auto appeal = tx.appeal(change.old.appeal);
  if (!appeal) return appeal.status();
  store::ClockRow now = change.now;
  const auto done = clockDay(now, appeal->registered_at.value_or(appeal->received_at));
  if (!now.due_date.empty()) now.status = done <= now.due_date ? "met" : "missed";
  if (auto s = tx.setClockStatus(appeal->id, kRegister, "cancelled"); !s) return s;
  if (auto s = tx.addClock(now); !s) return s;
  if (!now.due_date.empty()) appeal->registration_date = now.due_date;
  if (auto s = tx.updateAppeal(*appeal); !s) return s;
  return true;
}

Status ClockReview::apply(store::Tx& tx, std::span<const Change> changes, LawReload& counts) const {
  const Instant at = clock_.now();
  for (const auto& change : changes) {
    auto appeal = tx.appealTerm(change.old.appeal);
    if (!appeal) return appeal.status();
    if (!follows(change.old, appeal->state)) continue;
    auto superseded = replace(tx, change);
    if (!superseded) return superseded.status();
    if (!*superseded) continue;  // by something else meanwhile
    const bool answer = change.old.name == "consider" || change.old.name == "consider_extended";
    const bool told = answer && appeal->due_date == change.old.due_date;
    const bool lost = change.now.due_date.empty();
    const char* type = !told ? "clock_moved" : lost ? "term_lost" : "term_moved";
    auto event =
        makeEvent(change.old.appeal, type, at, actor_, appeal->state, appeal->state,
                  told ? "calendar_changed" : change.old.name, spokenDate(change.now.due_date));
    if (!told) {
      const auto& names = law_.data().vocabulary.clocks;
      const auto name = names.find(change.old.name);
      const auto before = spokenOrUnknown(change.old.due_date);
      const auto now = spokenOrUnknown(change.now.due_date);
      const rules::LocalText label =
          name == names.end() ? rules::LocalText{change.old.name, change.old.name, change.old.name}
                              : name->second;
      fillTexts(event, {label.kk + ": " + before.kk + " → " + now.kk,
                        label.ru + ": " + before.ru + " → " + now.ru,
                        label.en + ": " + before.en + " → " + now.en});
    }
    if (auto s = tx.addEvent(event); !s) return s;
    if (told && !lost && telling_.wanted && telling_.wanted(appeal->destination)) {
      if (auto s = tellBody(tx, change, at); !s) return s;
    }
    const auto& told_date = told ? change.now.due_date : appeal->due_date;
    if (auto s = tx.setAppealDue(change.old.appeal, told_date, at); !s) return s;
    alarmIfUnknown(change.now, appeal->hub_id);
    ++(lost ? counts.lost : change.old.due_date.empty() ? counts.determined : counts.moved);
    logInfo("clock.moved", {{"correlation_id", appeal->hub_id},
                            {"clock", change.old.name},
                            {"rule", change.old.rule_id},
                            {"from", change.old.due_date},
                            {"to", change.now.due_date},
                            {"calendar", change.now.calendar_version}});
  }
  return {};
}

Result<ClockReview::OpenPage> ClockReview::open(store::RowId after, int clocks_max) const {
  auto clocks = store_.openClocks(after, clocks_max);
  if (!clocks) return clocks.status();
  OpenPage page;
  if (!clocks->empty()) page.next = clocks->back().appeal;
  store::RowId last = 0;
  store::AppealRow appeal;
  for (auto& clock : *clocks) {
    if (clock.appeal != last) {
      last = clock.appeal;
      auto row = store_.appeal(last);
      if (!row) return row.status();
      appeal = std::move(*row);
    }
    if (!follows(clock, appeal.state)) continue;
    if (page.appeals.empty() || page.appeals.back().row.id != last) {
      page.appeals.push_back({appeal, {}});
    }
    page.appeals.back().clocks.push_back(std::move(clock));
  }
  return page;
}

Result<LawReload> ClockReview::run() {
  LawReload counts;
  store::RowId after = 0;
  for (;;) {
    auto clocks = store_.openClocks(after, kRowsAtOnce);
    if (!clocks) return clocks.status();
    if (clocks->empty()) break;
    after = clocks->back().appeal;
    std::vector<Change> changes;
    changes.reserve(clocks->size());
    if (auto s = compare(*clocks, changes, counts); !s) return s;
    if (changes.empty()) continue;
    LawReload done;
    auto status = store_.write([&](store::Tx& tx) {
      done = counts;
      return apply(tx, changes, done);
    });
    if (!status) return status;
    counts = done;
  }
  metrics::count("hub_clocks_moved_total", "Due dates that moved because the law data changed.", {},
                 static_cast<double>(counts.moved + counts.determined));
  logInfo("law.clocks_reviewed", {{"actor", actor_},
                                  {"appeals", static_cast<long long>(counts.appeals)},
                                  {"clocks", static_cast<long long>(counts.clocks)},
                                  {"moved", static_cast<long long>(counts.moved)},
                                  {"determined", static_cast<long long>(counts.determined)},
                                  {"lost", static_cast<long long>(counts.lost)}});
  return counts;
}

}  // namespace hub::exchange
