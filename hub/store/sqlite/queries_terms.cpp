// Reads of what happened to an appeal and of its terms: events, clocks, the calendars they were counted by.
#include <algorithm>

#include "hub/store/sqlite/queries.h"
#include "hub/store/sqlite/take_rows.h"

// In the order in which takeClock takes them.
#define OTINISH_CLOCK_COLUMNS                                                        \
  "SELECT appeal, name, rule_id, rule_version, law, article, day_kind, first_day, "  \
  "start_event, length, start_at, due_date, calendar_version, status, explanation, " \
  "zone, cut_off, number, occasion "                                                 \
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
  row.occasion = c.text();
  return row;
}

MissedTerm takeMissed(Statement& c) {
  MissedTerm row;
  row.key = c.integer();
  row.clock = c.text();
  row.kind = c.text();
  row.topic = c.text();
  row.kato = c.text();
  row.executor = c.text();
  row.received_at = c.instant();
  const std::string has_now = c.text();
  row.had = c.text();
  if (row.had != has_now) row.executor.clear();
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

// The end of a day by the national zone (UTC+5).
#define OTINISH_DAY_OVER(day) "((unixepoch(" day ", '+1 day') - 5 * 3600) * 1000000)"
// Of the events of an appeal, as `e`.
#define OTINISH_EVENTS_OF(appeal) \
  "FROM event e WHERE e.id > (" appeal " << 20) AND e.id < ((" appeal " + 1) << 20) AND e.at < "
// The last moment before `over` at which the appeal was directed to a body: by the hub, by a person, or by a retry from the
// reception desk.
#define OTINISH_DIRECTED(appeal, over)                                                   \
  "coalesce((SELECT max(e.at) " OTINISH_EVENTS_OF(appeal) over                           \
      " AND (e.type = 'routed' OR e.reason = 'route' OR e.type = 'retry_requested' AND " \
      "e.from_state = 'awaiting_routing' AND e.to_state = 'routed')), 0)"
// Until when the carrier told that what it had taken for the body of `o` was lost.
#define OTINISH_LOST(appeal, over)                             \
  "coalesce((SELECT max(e.at) " OTINISH_EVENTS_OF(appeal) over \
      " AND e.type = 'delivery_failed' AND e.actor = 'agency:' || o.destination), 0)"
// When the delivery `o` reached its body before `over`: by the first attempt that went through since the appeal was directed
// there or, where none did (the answer was lost), by the first word of the body's system or act of its people on it, whatever
// became of the appeal meanwhile (a withdrawal, a presumed refusal); NULL if it had not. What sent it there is no such act, nor is
// `notify`, which a body owes that sent it on. An attempt that came later brings nobody what he has, or has sent on, already. What the carrier
// lost, and told so, is a dead letter.
#define OTINISH_REACHED(appeal, over) \
  "coalesce((SELECT coalesce(min(CASE WHEN ended_at >= max(" OTINISH_DIRECTED(                   \
      appeal, over) ", " OTINISH_LOST(appeal, over)                                              \
  ") THEN ended_at END), max(ended_at)) FROM attempt WHERE attempt.outbox = o.id AND (outcome = 1 " \
  "OR outcome = 2) AND ended_at < " over                                                         \
  " AND o.state <> 6), (SELECT min(e.at) " OTINISH_EVENTS_OF(appeal) over                        \
      " AND e.at >= o.created_at AND (e.actor = 'agency:' || o.destination AND e.type <> "       \
      "'delivery_failed' OR e.at > o.created_at AND (e.from_state = 'routed' AND e.to_state <> " \
      "'routed' AND e.to_state <> 'withdrawn' AND e.actor <> 'hub' OR e.from_state <> "          \
      "'awaiting_routing' AND e.reason <> 'notify' AND (e.actor GLOB 'executor:*' OR e.actor "   \
      "GLOB 'controller:*' OR e.actor GLOB 'head:*')))))"
// Who had an appeal at the moment `over`: the body to which it was directed last, if it reached that, unless it lay at the
// reception desk or was on its way to another body by then; "" if nobody had it. That body has the delivery made with the
// direction; where none was, an earlier one goes out again. `reached`: of the delivery `o`.
#define OTINISH_HAD(appeal, over, reached)                                                        \
  "coalesce((SELECT destination FROM (SELECT destination, since FROM (SELECT o.destination AS "   \
  "destination, o.id AS id, o.created_at AS made, " OTINISH_DIRECTED(                             \
      appeal, over) " AS directed, " reached " AS since FROM outbox o WHERE o.appeal = " appeal   \
                    " AND o.type = 'appeal/1' AND o.created_at < " over                           \
                    ") ORDER BY made >= directed DESC, CASE WHEN made >= directed THEN -id END, " \
                    "since IS NULL, since < directed, CASE WHEN since < directed THEN -since "    \
                    "ELSE since END, id DESC LIMIT 1) WHERE since IS NOT NULL AND NOT EXISTS "    \
                    "(SELECT 1 " OTINISH_EVENTS_OF(appeal) over                                   \
      " AND (e.at >= since AND e.to_state = 'awaiting_routing' OR e.at > since AND (e.type = "    \
      "'routed' OR e.reason = 'route')))), '')"
// Of a forwarding tells he who forwarded it: the last to whom it was sent before.
#define OTINISH_TERM_OVER                                      \
  "CASE clock.name WHEN 'forward_notice' THEN clock.start_at " \
  "ELSE " OTINISH_DAY_OVER("clock.due_date") " END"
#define OTINISH_TERM_REACHED                                                       \
  "CASE clock.name WHEN 'forward_notice' THEN o.created_at ELSE " OTINISH_REACHED( \
      "appeal.id", OTINISH_TERM_OVER) " END"

// The condition of the partial index clock_missed, word for word.
Result<std::vector<MissedTerm>> readMissedTerms(Connection& db, std::optional<Instant> from,
                                                std::optional<Instant> to, std::int64_t after,
                                                int limit) {
  Statement s = db.statement(
      "SELECT clock.id, clock.name, kind, topic, kato, executor, received_at, destination, " OTINISH_HAD(
          "appeal.id", OTINISH_TERM_OVER, OTINISH_TERM_REACHED)
      " FROM clock INDEXED BY clock_missed "
      "JOIN appeal ON appeal.id = clock.id >> 20 WHERE clock.status = 'missed' AND clock.id > ?1 "
      "AND received_at >= ?2 AND received_at <= ?3 ORDER BY clock.id LIMIT ?4");
  s.bind(after, from.value_or(Instant::min()), to.value_or(Instant::max()), limit);
  return takeAll(s, takeMissed);
}

// The condition of the partial index event_deemed_refused, word for word. The term that ran out is the newest that had
// begun by then: met after all, or extended by then beyond that day, nothing was refused.
Result<std::vector<MissedTerm>> readDeemedRefusals(Connection& db, std::optional<Instant> from,
                                                   std::optional<Instant> to, std::int64_t after,
                                                   int limit) {
  Statement s = db.statement(
      "SELECT d.id, '', kind, topic, kato, executor, received_at, destination, " OTINISH_HAD(
          "appeal.id", "d.at", OTINISH_REACHED("appeal.id", "d.at"))
      " FROM event d INDEXED BY event_deemed_refused "
      "JOIN appeal ON appeal.id = d.id >> 20 WHERE d.type = 'deemed_refused' AND d.id > ?1 "
      "AND received_at >= ?2 AND received_at <= ?3 "
      "AND coalesce((SELECT CASE WHEN due_date >= date(d.at / 1000000 + 5 * 3600, 'unixepoch') "
      "THEN 'met' ELSE status END FROM clock WHERE " ROWS_OF_APPEAL("clock.id", "appeal.id")
      " AND name IN ('consider', 'consider_extended') AND start_at < d.at "
      "ORDER BY clock.id DESC LIMIT 1), '') <> 'met' ORDER BY d.id LIMIT ?4");
  s.bind(after, from.value_or(Instant::min()), to.value_or(Instant::max()), limit);
  return takeAll(s, takeMissed);
}

Result<std::string> readHadOn(Connection& db, RowId appeal, std::string_view day) {
  Statement s = db.statement("SELECT " OTINISH_HAD("?1", OTINISH_DAY_OVER("?2"),
                                                   OTINISH_REACHED("?1", OTINISH_DAY_OVER("?2"))));
  auto had = takeOne(s.bind(appeal, day), [](Statement& c) { return c.text(); });
  if (!had) return had.status();
  return had->value_or("");
}

Result<std::optional<CalendarRow>> readCalendar(Connection& db, int year,
                                                std::string_view version) {
  Statement s = db.statement("SELECT days FROM calendar_year WHERE year = ? AND version = ?");
  return takeOne(s.bind(year, version), [&](Statement& c) {
    return CalendarRow{year, std::string(version), c.text()};
  });
}

}  // namespace hub::store::sqlite
