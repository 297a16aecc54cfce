// Reads of what happened to an appeal and of its terms: events, clocks, the calendars they were counted by.
#include <algorithm>

#include "hub/store/sqlite/queries.h"
#include "hub/store/sqlite/take_rows.h"

// In the order in which takeClock takes them.
#define OTINISH_CLOCK_COLUMNS                                                        \
  "SELECT appeal, name, rule_id, rule_version, law, article, day_kind, first_day, "  \
  "start_event, length, start_at, due_date, calendar_version, status, explanation, " \
  "zone, cut_off, number "                                                           \
  "FROM clock "
// In the order in which takeEvent takes them.
#define OTINISH_EVENT_COLUMNS                                                     \
  "SELECT appeal, seq, event_id, type, at, actor, from_state, to_state, reason, " \
  "text_kk, text_ru, text_en, payload_sha256, sha256, evidence "                  \
  "FROM event "

namespace hub::store::sqlite {
namespace {

EventRow takeEvent(Statement& c, std::string& digest) {
  EventRow row;
  row.appeal = c.integer();
  row.seq = c.integer();
  row.event_id = c.packed();
  row.type = c.text();
  row.at = c.instant();
  row.actor = c.text();
  row.from_state = c.text();
  row.to_state = c.text();
  row.reason = c.text();
  row.text_kk = c.text();
  row.text_ru = c.text();
  row.text_en = c.text();
  row.payload_sha256 = c.packed();
  digest = c.packed();
  row.evidence = c.text();
  return row;
}

ClockRow takeClock(Statement& c) {
  ClockRow row;
  row.appeal = c.integer();
  row.name = c.text();
  row.rule_id = c.text();
  row.rule_version = c.text();
  row.law = c.text();
  row.article = c.text();
  row.day_kind = c.text();
  row.first_day = c.text();
  row.start_event = c.text();
  row.length = c.number();
  row.start_at = c.instant();
  row.due_date = c.text();
  row.calendar_version = c.text();
  row.status = c.text();
  row.explanation = c.text();
  row.zone = c.text();
  row.cut_off_minute = c.number();
  row.number = c.integer();
  return row;
}

}  // namespace

Result<std::vector<EventRow>> readEvents(Connection& db, RowId appeal) {
  Statement s =
      db.statement(OTINISH_EVENT_COLUMNS "WHERE " ROWS_OF_APPEAL("id", "?1") " ORDER BY id");
  std::string previous;
  return takeAll(s.bind(appeal), [&previous](Statement& c) {
    std::string digest;
    EventRow row = takeEvent(c, digest);
    row.previous_sha256 = std::move(previous);
    previous = std::move(digest);
    return row;
  });
}

Result<std::optional<EventRow>> readEvent(Connection& db, std::int64_t key) {
  Statement s = db.statement(OTINISH_EVENT_COLUMNS "WHERE id = ?");
  std::string digest;
  return takeOne(s.bind(key), [&digest](Statement& c) { return takeEvent(c, digest); });
}

// The condition of the partial index event_execution, word for word: only then it is used.
Result<std::vector<RowId>> readStoppedAppeals(Connection& db, RowId after, int limit) {
  Statement s = db.statement(
      "SELECT appeal FROM event INDEXED BY event_execution "
      "WHERE type >= 'execution_' AND type < 'execution`' AND appeal > ?1 GROUP BY appeal "
      "HAVING sum(type = 'execution_suspended') > sum(type = 'execution_resumed' "
      "OR type = 'execution_still_stopped' OR type = 'execution_stop_joined') "
      "AND sum(type = 'execution_over') = 0 ORDER BY appeal LIMIT ?2");
  return takeAll(s.bind(after, limit), [](Statement& c) { return c.integer(); });
}

Result<std::vector<ClockRow>> readClocks(Connection& db, RowId appeal) {
  Statement s =
      db.statement(OTINISH_CLOCK_COLUMNS "WHERE " ROWS_OF_APPEAL("id", "?1") " ORDER BY id");
  return takeAll(s.bind(appeal), takeClock);
}

Result<std::vector<ClockRow>> readOpenClocks(Connection& db, RowId after, int rows_max) {
  const int limit = std::max(rows_max, 100);
  Statement s = db.statement(OTINISH_CLOCK_COLUMNS
                             "WHERE id >= (?1 + 1 << 20) AND status IN ('running', 'unknown') "
                             "ORDER BY id LIMIT ?2");
  auto rows = takeAll(s.bind(after, limit), takeClock);
  // The last appeal may have been cut in two: it comes with the next call.
  if (rows.ok() && rows->size() == static_cast<std::size_t>(limit)) {
    const RowId cut = rows->back().appeal;
    if (rows->front().appeal != cut) {
      std::erase_if(*rows, [&](const ClockRow& row) { return row.appeal == cut; });
    }
  }
  return rows;
}

// The condition of the partial index clock_open, word for word: only then it is used.
Result<std::vector<ClockRow>> readOpenClocksDue(Connection& db, std::string_view name,
                                                std::string_view due_to, const ClockRow* after,
                                                int rows_max) {
  Statement s = db.statement(OTINISH_CLOCK_COLUMNS
                             "INDEXED BY clock_open WHERE status <> 'met' AND status <> 'missed' "
                             "AND status <> 'extended' AND status <> 'cancelled' "
                             "AND name = ?1 AND due_date <= ?2 AND (due_date, id) > (?3, ?4) "
                             "ORDER BY due_date, id LIMIT ?5");
  const std::string_view after_due = after == nullptr ? std::string_view() : after->due_date;
  const std::int64_t after_id =
      after == nullptr ? 0 : (after->appeal << kNumberBits) + after->number;
  return takeAll(s.bind(name, due_to, after_due, after_id, rows_max), takeClock);
}

// The body did not take the appeal, or gave it back.
#define OTINISH_REFUSED                                                           \
  "EXISTS (SELECT 1 FROM event WHERE event.id > appeal.id << 20 AND event.id < "  \
  "(appeal.id + 1) << 20 AND (event.type = 'status_refused' OR event.type = "     \
  "'status_not_registered' OR event.type = 'delivery_refused' OR event.reason = " \
  "'decline_competence') AND event.at >= outbox.created_at AND event.at "
// The end of the term's last day, by the national zone (UTC+5). Of a forwarding tells he who forwarded it.
#define OTINISH_TERM_OVER                                      \
  "CASE clock.name WHEN 'forward_notice' THEN clock.start_at " \
  "ELSE (unixepoch(clock.due_date, '+1 day') - 5 * 3600) * 1000000 END"

// Who had it: the last body that it was sent to before the end of that day, and that had not refused it by then; nobody
// if it stood at the reception desk. The condition of the partial index clock_missed, word for word.
Result<std::vector<MissedTerm>> readMissedTerms(Connection& db, std::optional<Instant> from,
                                                std::optional<Instant> to, std::int64_t after,
                                                int limit) {
  Statement s = db.statement(
      "SELECT clock.id, clock.name, kind, topic, kato, executor, received_at, coalesce((SELECT "
      "destination FROM outbox WHERE outbox.appeal = appeal.id AND outbox.type = 'appeal/1' AND "
      "outbox.created_at < " OTINISH_TERM_OVER " AND NOT " OTINISH_REFUSED "< " OTINISH_TERM_OVER
      ") AND (outbox.state <> ?5 OR " OTINISH_REFUSED ">= " OTINISH_TERM_OVER
      "))"
      " ORDER BY outbox.id DESC LIMIT 1), '') FROM clock INDEXED BY clock_missed "
      "JOIN appeal ON appeal.id = clock.id >> 20 WHERE clock.status = 'missed' AND clock.id > ?1 "
      "AND received_at >= ?2 AND received_at <= ?3 ORDER BY clock.id LIMIT ?4");
  s.bind(after, from.value_or(Instant::min()), to.value_or(Instant::max()), limit,
         static_cast<std::int64_t>(OutboxState::kRejected));
  return takeAll(s, [](Statement& c) {
    MissedTerm row;
    row.key = c.integer();
    row.clock = c.text();
    row.kind = c.text();
    row.topic = c.text();
    row.kato = c.text();
    row.executor = c.text();
    row.received_at = c.instant();
    row.had = c.text();
    return row;
  });
}

Result<std::optional<CalendarRow>> readCalendar(Connection& db, int year,
                                                std::string_view version) {
  Statement s = db.statement("SELECT days FROM calendar_year WHERE year = ? AND version = ?");
  return takeOne(s.bind(year, version), [&](Statement& c) {
    return CalendarRow{year, std::string(version), c.text()};
  });
}

}  // namespace hub::store::sqlite
