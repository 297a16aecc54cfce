#include "hub/exchange/clock_review.h"

#include <algorithm>

#include "hub/base/log.h"
#include "hub/base/metrics.h"
#include "hub/exchange/clock_rows.h"
#include "hub/exchange/event_texts.h"
#include "hub/exchange/transitions.h"
#include "hub/rules/recount.h"

namespace hub::exchange {
namespace {

constexpr int kRowsAtOnce = 2000;
constexpr std::size_t kChangesInUnit = 500;

rules::DayKind dayKindOf(const std::string& name) {
  if (name == "calendar") return rules::DayKind::kCalendar;
  return name == "months" ? rules::DayKind::kMonths : rules::DayKind::kWorking;
}

std::string spoken(const std::string& iso) {
  if (iso.empty()) return "?";
  return iso.substr(8, 2) + "." + iso.substr(5, 2) + "." + iso.substr(0, 4);
}

}  // namespace

// A term that runs from a registration whose day could not be told waits for the clock "register" of
// the same appeal, which was opened before it.
void ClockReview::compare(const std::vector<store::ClockRow>& clocks, std::vector<Change>& changes,
                          LawReload& counts) const {
  store::RowId appeal = 0;
  const store::ClockRow* registered = nullptr;
  for (const auto& clock : clocks) {
    if (clock.appeal != appeal) {
      appeal = clock.appeal;
      registered = nullptr;
      ++counts.appeals;
    }
    if (isNamedDay(clock)) continue;
    ++counts.clocks;
    auto start = toLocal(clock.start_at, law_.data().default_zone);
    if (!start) continue;
    rules::OpenTerm term{
        clock.rule_version,        clock.rule_id, dayKindOf(clock.day_kind), clock.length,
        rules::FirstDay::kNextDay, start->date,   start->minute_of_day,      0};
    if (clock.first_day == "same_day") term.first_day = rules::FirstDay::kSameDay;
    if (registered != nullptr && clock.start_event == "registration") {
      if (auto day = parseDate(registered->due_date); day.ok()) term.start_date = *day;
    }
    auto counted = rules::recount(law_, term);
    if (!counted) {
      logError("clock.not_counted", {{"clock", clock.name}, {"code", counted.error().code}});
      continue;
    }
    store::ClockRow now = clock;
    now.due_date = counted->due_date ? formatDate(*counted->due_date) : "";
    now.calendar_version = counted->calendar_version;
    now.status = counted->due_date ? "running" : "unknown";
    now.explanation = counted->due_date ? "" : "rules.calendar_missing";
    if (now.due_date == clock.due_date) continue;
    changes.push_back({clock, std::move(now)});
    if (clock.name == "register") registered = &changes.back().now;
  }
}

Status ClockReview::apply(store::Tx& tx, const std::vector<Change>& changes,
                          LawReload& counts) const {
  const Instant at = clock_.now();
  for (const auto& change : changes) {
    auto appeal = tx.appeal(change.old.appeal);
    if (!appeal) return appeal.status();
    if (isFinal(appeal->state)) continue;
    auto superseded = tx.supersedeClock(change.now, change.old.due_date);
    if (!superseded) return superseded.status();
    if (!*superseded) continue;  // by something else meanwhile
    const bool told = change.old.name == "consider" && appeal->due_date == change.old.due_date;
    auto event =
        makeEvent(appeal->id, told ? "term_moved" : "clock_moved", at, actor_, appeal->state,
                  appeal->state, "calendar_changed", spoken(change.now.due_date));
    if (!told) {
      const auto& names = law_.data().vocabulary.clocks;
      const auto name = names.find(change.old.name);
      const std::string move =
          ": " + spoken(change.old.due_date) + " → " + spoken(change.now.due_date);
      const rules::LocalText label =
          name == names.end() ? rules::LocalText{change.old.name, change.old.name, change.old.name}
                              : name->second;
      fillTexts(event, {label.kk + move, label.ru + move, label.en + move});
    }
    if (auto s = tx.addEvent(event); !s) return s;
    const auto& told_date = told ? change.now.due_date : appeal->due_date;
    if (auto s = tx.setAppealDue(appeal->id, told_date, at); !s) return s;
    ++(change.old.due_date.empty() ? counts.determined : counts.moved);
    logInfo("clock.moved", {{"correlation_id", appeal->hub_id},
                            {"clock", change.old.name},
                            {"rule", change.old.rule_id},
                            {"from", change.old.due_date},
                            {"to", change.now.due_date},
                            {"calendar", change.now.calendar_version}});
  }
  return {};
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
    compare(*clocks, changes, counts);
    for (std::size_t from = 0; from < changes.size(); from += kChangesInUnit) {
      const std::size_t until = std::min(changes.size(), from + kChangesInUnit);
      const std::vector<Change> part(changes.begin() + static_cast<std::ptrdiff_t>(from),
                                     changes.begin() + static_cast<std::ptrdiff_t>(until));
      LawReload done = counts;
      auto status = store_.write([&](store::Tx& tx) {
        done = counts;
        return apply(tx, part, done);
      });
      if (!status) return status;
      counts = done;
    }
  }
  metrics::count("hub_clocks_moved_total", "Due dates that moved because the law data changed.", {},
                 static_cast<double>(counts.moved + counts.determined));
  logInfo("law.clocks_reviewed", {{"actor", actor_},
                                  {"appeals", static_cast<long long>(counts.appeals)},
                                  {"clocks", static_cast<long long>(counts.clocks)},
                                  {"moved", static_cast<long long>(counts.moved)},
                                  {"determined", static_cast<long long>(counts.determined)}});
  return counts;
}

}  // namespace hub::exchange
