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

rules::LocalText calendarAwaited(const std::string& year) {
  return {year + " жылдың күнтізбесі болғанша күні белгісіз",
          "День неизвестен, пока нет календаря на " + year + " год",
          "The day is not known until there is a calendar for the year " + year};
}

}  // namespace

Result<std::optional<store::ClockRow>> ClockReview::registration(
    store::RowId appeal, const std::vector<rules::OpenClock>& terms) const {
  std::optional<store::ClockRow> found;
  if (!rules::needsRegistration(law_, terms)) return found;
  auto all = store_.clocks(appeal);
  if (!all) return all.status();
  for (auto& clock : *all) {
    if (clock.name == kRegister) found = std::move(clock);  // the newest is the last
  }
  return found;
}

ClockReview::Change ClockReview::changed(store::ClockRow& clock, rules::TermMove& move) const {
  store::ClockRow now = clock;
  now.due_date = std::move(move.due_date);
  if (!move.again) {  // named by a person: left as it is but for the day
    if (dayOffIn(clock.explanation).empty()) now.explanation += noteOfMove(clock.due_date);
    return {std::move(clock), std::move(now)};
  }
  now.calendar_version = move.again->calendar_version;
  if (clockDay(clock, clock.start_at) != formatDate(move.again->start_date)) {
    const auto& zone = clock.zone.empty() ? law_.data().default_zone : clock.zone;
    const auto start = fromLocal(move.again->start_date, 0, zone);
    if (start.ok()) now.start_at = *start;
  }
  now.status = now.due_date.empty() ? "unknown" : "running";
  now.explanation = now.due_date.empty() ? "rules.calendar_missing" : "";
  return {std::move(clock), std::move(now)};
}

Status ClockReview::compare(std::vector<store::ClockRow>& clocks, std::vector<Change>& changes,
                            LawReload& counts) const {
  const auto failed = [](const rules::OpenClock& clock, const Error& error) {
    logError("clock.not_counted", {{"clock", clock.name}, {"code", error.code}});
  };
  for (std::size_t from = 0; from < clocks.size();) {
    std::vector<store::ClockRow*> rows;
    std::vector<rules::OpenClock> terms;
    const store::RowId appeal = clocks[from].appeal;
    for (; from < clocks.size() && clocks[from].appeal == appeal; ++from) {
      rows.push_back(&clocks[from]);
      terms.push_back(openClock(clocks[from]));
      counts.clocks += terms.back().named_day ? 0 : 1;
    }
    ++counts.appeals;
    auto registered = registration(appeal, terms);
    if (!registered) return registered.status();
    if (*registered) {
      rows.insert(rows.begin(), &**registered);
      terms.insert(terms.begin(), openClock(**registered));
    }
    for (auto& move : rules::movesOf(law_, terms, failed)) {
      changes.push_back(changed(*rows[move.place], move));
    }
  }
  return {};
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
    if (!rules::runsOn(law_, change.old.name, isFinal(appeal->state))) continue;
    auto superseded = replace(tx, change);
    if (!superseded) return superseded.status();
    if (!*superseded) continue;  // by something else meanwhile
    const bool answer = change.old.name == "consider" || change.old.name == "consider_extended";
    const bool told = answer && appeal->due_date == change.old.due_date;
    const bool lost = change.now.due_date.empty();
    const char* type = !told ? "clock_moved" : lost ? "term_lost" : "term_moved";
    std::string until = spokenDate(change.now.due_date);
    std::string year;
    if (lost) {
      const auto missing = rules::yearMissing(law_, openClock(change.now));
      if (missing) year = std::to_string(*missing);
      until = year;
    }
    auto event = makeEvent(change.old.appeal, type, at, actor_, appeal->state, appeal->state,
                           told ? "calendar_changed" : change.old.name, until);
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
      if (!year.empty()) addSentence(event, calendarAwaited(year));
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
  for (std::size_t from = 0; from < clocks->size();) {
    auto row = store_.appeal((*clocks)[from].appeal);
    if (!row) return row.status();
    OpenAppeal one{std::move(*row), {}};
    std::vector<rules::OpenClock> terms;
    for (; from < clocks->size() && (*clocks)[from].appeal == one.row.id; ++from) {
      terms.push_back(openClock((*clocks)[from]));
      one.clocks.push_back(std::move((*clocks)[from]));
    }
    auto registered = registration(one.row.id, terms);
    if (!registered) return registered.status();
    if (*registered) one.clocks.insert(one.clocks.begin(), std::move(**registered));
    page.appeals.push_back(std::move(one));
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
