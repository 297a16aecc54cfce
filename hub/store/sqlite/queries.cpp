#include "hub/store/sqlite/queries.h"

#include <algorithm>
#include <charconv>
#include <tuple>

// Column lists, in the order in which the read functions below take them.
#define APPEAL_COLUMNS                                                                        \
  "appeal.id, hub_id, source_system, source_id, content_sha256, reg_number, kind, language, " \
  "character, topic, kato, body_bin, appeal.destination, state, state_since, received_at, "   \
  "registered_at, due_date, decision_outcome, decision_character, "                           \
  "journal_position, updated_at, registration_date, executor, procedure, kind_special"
#define OUTBOX_COLUMNS                                                                       \
  "o.id, o.message_id, o.destination, o.appeal, o.type, o.state, o.attempts, o.created_at, " \
  "o.next_at, o.external_id, o.last_code, o.last_text, o.escalated"
#define QUARANTINE_COLUMNS                                                                      \
  "id, party, item_id, at, code, text, correlation, state, kind, bytes, closed_at, closed_by, " \
  "note, subject"
// The condition of the partial index outbox_open, word for word: only then it is used.
#define OUTBOX_OPEN "o.state <> 4 AND o.state <> 5"
// No earlier row of the same appeal and destination that was not handed over yet.
#define OUTBOX_FIRST                                                             \
  "NOT EXISTS (SELECT 1 FROM outbox e WHERE e.appeal = o.appeal AND e.id < o.id" \
  " AND e.destination = o.destination AND (e.state < 3 OR e.state = 7))"

namespace hub::store::sqlite {
namespace {

AppealRow takeAppeal(Statement& s) {
  AppealRow row;
  row.id = s.integer();
  row.hub_id = s.packed();
  row.source_system = s.text();
  row.source_id = s.text();
  row.content_sha256 = s.packed();
  row.reg_number = s.text();
  row.kind = s.text();
  row.language = s.text();
  row.character = s.text();
  row.topic = s.text();
  row.kato = s.text();
  row.body_bin = s.text();
  row.destination = s.text();
  row.state = s.text();
  row.state_since = s.instant();
  row.received_at = s.instant();
  row.registered_at = s.optionalInstant();
  row.due_date = s.text();
  row.decision_outcome = s.text();
  row.decision_character = s.text();
  row.journal_position = s.integer();
  row.updated_at = s.instant();
  row.registration_date = s.text();
  row.executor = s.text();
  row.procedure = s.text();
  row.kind_special = s.text();
  return row;
}

OutboxRow takeOutbox(Statement& s) {
  OutboxRow row;
  row.id = s.integer();
  row.message_id = s.packed();
  row.destination = s.text();
  row.appeal = s.integer();
  row.type = s.text();
  row.state = static_cast<OutboxState>(s.number());
  row.attempts = s.number();
  row.created_at = s.instant();
  row.next_at = s.instant();
  row.external_id = s.text();
  row.last_code = s.text();
  row.last_text = s.text();
  row.escalated = s.integer() != 0;
  return row;
}

QuarantineRow takeQuarantine(Statement& s) {
  QuarantineRow row;
  row.id = s.integer();
  row.party = s.text();
  row.item_id = s.text();
  row.at = s.instant();
  row.code = s.text();
  row.text = s.text();
  row.correlation = s.text();
  row.state = s.text();
  row.kind = s.text();
  row.bytes = s.integer();
  row.closed_at = s.optionalInstant();
  row.closed_by = s.text();
  row.note = s.text();
  row.subject = s.text();
  return row;
}

QuarantinedItem takeQuarantinedItem(Statement& s) {
  QuarantinedItem item;
  item.type = s.text();
  item.form = s.text();
  item.correlation_id = s.text();
  item.in_reply_to = s.text();
  item.external_id = s.text();
  item.reg_number = s.text();
  item.evidence = s.text();
  item.signer = s.text();
  item.body = s.text();
  return item;
}

MessageRow takeMessage(Statement& s, bool with_body) {
  MessageRow row;
  row.message_id = s.packed();
  row.appeal = s.integer();
  row.type = s.text();
  row.direction = s.text();
  row.party = s.text();
  row.at = s.instant();
  if (with_body) row.body = s.text();
  return row;
}

template <class Take>
auto takeOne(Statement& s, Take take) -> Result<std::optional<decltype(take(s))>> {
  using Row = std::optional<decltype(take(s))>;
  Result<bool> row = s.step();
  if (!row) return row.status();
  if (!*row) return Row();
  return Row(take(s));
}

template <class Take>
auto takeAll(Statement& s, Take take) -> Result<std::vector<decltype(take(s))>> {
  std::vector<decltype(take(s))> rows;
  for (;;) {
    Result<bool> row = s.step();
    if (!row) return row.status();
    if (!*row) return rows;
    rows.push_back(take(s));
  }
}

struct ListCursor {
  std::int64_t received_at = 0;
  RowId id = 0;
};

std::optional<std::int64_t> parseNumber(std::string_view text) {
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Result<ListCursor> parseCursor(std::string_view text) {
  std::size_t dot = text.find('.');
  if (dot != std::string_view::npos) {
    auto received = parseNumber(text.substr(0, dot));
    auto id = parseNumber(text.substr(dot + 1));
    if (received && id) return ListCursor{*received, *id};
  }
  return Status::failure("store.bad_cursor", "not a page cursor of this list", "/after");
}

// One index drives the list and gives the order; the other conditions are checked row by row.
const char* listIndex(const AppealFilter& filter) {
  if (!filter.body_bin.empty()) return "appeal_body";
  if (!filter.destination.empty()) return "appeal_destination";
  if (!filter.state.empty()) return "appeal_state";
  return "appeal_received";
}

std::string conditions(const AppealFilter& filter) {
  std::string sql = " WHERE 1";
  auto equal = [&sql](const std::string& value, const char* condition) {
    if (!value.empty()) sql += condition;
  };
  equal(filter.body_bin, " AND body_bin = ? AND body_bin <> ''");
  equal(filter.destination, " AND appeal.destination = ? AND appeal.destination <> ''");
  equal(filter.state, " AND state = ?");
  equal(filter.kind, " AND kind = ?");
  equal(filter.language, " AND language = ?");
  equal(filter.source_system, " AND source_system = ?");
  equal(filter.due_to, " AND due_date <= ? AND due_date <> ''");
  if (filter.received_from) sql += " AND received_at >= ?";
  if (filter.received_to) sql += " AND received_at <= ?";
  return sql;
}

std::string listSql(const AppealFilter& filter, bool continued) {
  std::string sql = std::string("SELECT " APPEAL_COLUMNS " FROM appeal INDEXED BY ") +
                    listIndex(filter) + conditions(filter);
  if (continued) sql += " AND (received_at, appeal.id) < (?, ?)";
  return sql + " ORDER BY received_at DESC, appeal.id DESC LIMIT ?";
}

void bindList(Statement& s, const AppealFilter& filter) {
  for (const std::string* value :
       {&filter.body_bin, &filter.destination, &filter.state, &filter.kind, &filter.language,
        &filter.source_system, &filter.due_to}) {
    if (!value->empty()) s.bind(std::string_view(*value));
  }
  if (filter.received_from) s.bind(*filter.received_from);
  if (filter.received_to) s.bind(*filter.received_to);
}

}  // namespace

Result<std::optional<AppealRow>> findAppealBySource(Connection& db, std::string_view system,
                                                    std::string_view id) {
  Statement s = db.statement("SELECT " APPEAL_COLUMNS
                             " FROM appeal WHERE source_id = ? AND source_system = ?");
  return takeOne(s.bind(id, system), takeAppeal);
}

Result<std::optional<AppealRow>> findAppealByHubId(Connection& db, std::string_view hub_id) {
  Statement s = db.statement("SELECT " APPEAL_COLUMNS " FROM appeal WHERE hub_id = ?");
  return takeOne(s.bind(Packed{hub_id}), takeAppeal);
}

Result<std::optional<AppealRow>> findAppealByNumber(Connection& db, std::string_view number) {
  Statement s = db.statement("SELECT " APPEAL_COLUMNS
                             " FROM appeal WHERE reg_number = ? AND reg_number <> ''");
  return takeOne(s.bind(number), takeAppeal);
}

Result<std::optional<AppealRow>> findAppealByExternalId(Connection& db,
                                                        std::string_view destination,
                                                        std::string_view external_id) {
  Statement s = db.statement("SELECT " APPEAL_COLUMNS
                             " FROM external_id x JOIN appeal ON appeal.id = x.appeal"
                             " WHERE x.external_id = ? AND x.destination = ?");
  return takeOne(s.bind(external_id, destination), takeAppeal);
}

Result<std::optional<AppealRow>> findAppealByMessageId(Connection& db,
                                                       std::string_view message_id) {
  Statement s = db.statement("SELECT " APPEAL_COLUMNS
                             " FROM message JOIN appeal ON appeal.id = message.appeal"
                             " WHERE message_id = ?");
  return takeOne(s.bind(Packed{message_id}), takeAppeal);
}

Result<AppealRow> readAppeal(Connection& db, RowId id) {
  Statement s = db.statement("SELECT " APPEAL_COLUMNS " FROM appeal WHERE appeal.id = ?");
  Result<std::optional<AppealRow>> row = takeOne(s.bind(id), takeAppeal);
  if (!row) return row.status();
  if (!*row) return Status::failure("store.not_found", "no such appeal");
  return std::move(**row);
}

Result<AppealPage> listAppeals(Connection& db, const AppealFilter& filter, std::string_view after,
                               int limit) {
  Statement s = db.composed(listSql(filter, !after.empty()));
  bindList(s, filter);
  if (!after.empty()) {
    Result<ListCursor> cursor = parseCursor(after);
    if (!cursor) return cursor.status();
    s.bind(cursor->received_at, cursor->id);
  }
  s.bind(limit + 1);  // one more row tells whether there is a next page
  Result<std::vector<AppealRow>> rows = takeAll(s, takeAppeal);
  if (!rows) return rows.status();
  AppealPage page{std::move(*rows), ""};
  if (page.rows.size() > static_cast<std::size_t>(limit)) {
    page.rows.pop_back();
    const AppealRow& last = page.rows.back();
    page.next =
        std::to_string(last.received_at.time_since_epoch().count()) + "." + std::to_string(last.id);
  }
  return page;
}

Result<bool> readCases(Connection& db, const AppealFilter& filter, CaseCursor& cursor, int limit,
                       const std::function<Status(const CaseRow&)>& visit) {
  // Without a condition that an index serves, the table itself is read in its own order.
  const bool narrow = filter.received_from || filter.received_to || !filter.body_bin.empty() ||
                      !filter.destination.empty() || !filter.state.empty();
  std::string sql =
      "SELECT appeal.id, kind, topic, kato, body_bin, appeal.destination, executor, state, "
      "state_since, received_at, registration_date, due_date, decision_outcome, "
      "EXISTS (SELECT 1 FROM clock INDEXED BY clock_extended WHERE clock.appeal = appeal.id "
      "AND clock.name = 'consider_extended'), coalesce((SELECT status = 'met' FROM clock WHERE "
      ROWS_OF_APPEAL("clock.id", "appeal.id") " AND name IN ('consider', 'consider_extended') "
      "ORDER BY clock.id DESC LIMIT 1), 0) FROM appeal " +
      (narrow ? std::string("INDEXED BY ") + listIndex(filter) : std::string("NOT INDEXED")) +
      conditions(filter);
  if (!narrow) {
    sql += " AND appeal.id > ? ORDER BY appeal.id LIMIT ?";
  } else {
    if (cursor.begun) sql += " AND (received_at, appeal.id) > (?, ?)";
    sql += " ORDER BY received_at, appeal.id LIMIT ?";
  }
  Statement s = db.composed(sql);
  bindList(s, filter);
  if (narrow && cursor.begun) s.bind(cursor.received_at);
  if (!narrow || cursor.begun) s.bind(cursor.id);
  s.bind(limit);
  CaseRow row;
  for (int count = 0;; ++count) {
    Result<bool> found = s.step();
    if (!found) return found.status();
    if (!*found) return count == limit;
    row.id = s.integer();
    row.kind = s.text();
    row.topic = s.text();
    row.kato = s.text();
    row.body_bin = s.text();
    row.destination = s.text();
    row.executor = s.text();
    row.state = s.text();
    row.state_since = s.instant();
    row.received_at = s.instant();
    row.registration_date = s.text();
    row.due_date = s.text();
    row.decision_outcome = s.text();
    row.extended = s.integer() != 0;
    row.term_met = s.integer() != 0;
    cursor = {true, row.received_at, row.id};
    if (Status status = visit(row); !status) return status;
  }
}

// The condition of the partial index event_refused, word for word.
Result<std::vector<AppealRow>> readRefusedAppeals(Connection& db, std::optional<Instant> from,
                                                  std::optional<Instant> to, RowId after,
                                                  int limit) {
  Statement s = db.statement(
      "SELECT " APPEAL_COLUMNS
      " FROM appeal WHERE appeal.id IN (SELECT appeal FROM event INDEXED BY event_refused"
      " WHERE (type = 'status_refused' OR reason = 'decline_competence') AND appeal > ?1)"
      " AND received_at >= ?2 AND received_at <= ?3 ORDER BY appeal.id LIMIT ?4");
  s.bind(after, from.value_or(Instant::min()), to.value_or(Instant::max()), limit);
  return takeAll(s, takeAppeal);
}

// The condition of the partial index appeal_open_due, word for word: only then it is used.
Result<std::vector<AppealRow>> readOpenDue(Connection& db, std::string_view due_to,
                                           std::string_view after_due, RowId after, int limit) {
  Statement s =
      db.statement("SELECT " APPEAL_COLUMNS
                   " FROM appeal INDEXED BY appeal_open_due"
                   " WHERE due_date <> '' AND state <> 'executed' AND state <> 'terminated'"
                   " AND state <> 'left_without_consideration' AND state <> 'returned'"
                   " AND state <> 'deemed_refused' AND state <> 'forwarded_full'"
                   " AND state <> 'sent_to_higher'"
                   " AND due_date <= ?1 AND (due_date, appeal.id) > (?2, ?3)"
                   " ORDER BY due_date, appeal.id LIMIT ?4");
  return takeAll(s.bind(due_to, after_due, after, limit), takeAppeal);
}

Result<std::vector<EventRow>> readEvents(Connection& db, RowId appeal) {
  Statement s = db.statement(
      "SELECT appeal, seq, event_id, type, at, actor, from_state, to_state, reason, text_kk, "
      "text_ru, text_en, payload_sha256, sha256, evidence FROM event WHERE " ROWS_OF_APPEAL(
          "id", "?1") " ORDER BY id");
  std::string previous;
  return takeAll(s.bind(appeal), [&previous](Statement& c) {
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
    row.previous_sha256 = std::move(previous);
    previous = c.packed();
    row.evidence = c.text();
    return row;
  });
}

namespace {

#define OTINISH_CLOCK_COLUMNS                                                        \
  "SELECT appeal, name, rule_id, rule_version, law, article, day_kind, first_day, "  \
  "start_event, length, start_at, due_date, calendar_version, status, explanation, " \
  "zone, cut_off, number "                                                           \
  "FROM clock "

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
Result<std::vector<ClockRow>> readOpenClocksDue(Connection& db, std::string_view due_to,
                                                std::string_view after_due, RowId after,
                                                int rows_max) {
  const int limit = std::max(rows_max, 100);
  Statement s = db.statement(OTINISH_CLOCK_COLUMNS
                             "INDEXED BY clock_open WHERE status <> 'met' AND status <> 'missed' "
                             "AND status <> 'extended' AND status <> 'cancelled' "
                             "AND due_date <= ?1 AND (due_date, id) >= (?2, ?3 + 1 << 20) "
                             "ORDER BY due_date, id LIMIT ?4");
  auto rows = takeAll(s.bind(due_to, after_due, after, limit), takeClock);
  // The last appeal may have been cut in two: it comes with the next call.
  if (rows.ok() && rows->size() == static_cast<std::size_t>(limit)) {
    const ClockRow cut = rows->back();
    const auto of_it = [&](const ClockRow& row) {
      return row.appeal == cut.appeal && row.due_date == cut.due_date;
    };
    if (!of_it(rows->front())) std::erase_if(*rows, of_it);
  }
  return rows;
}
#undef OTINISH_CLOCK_COLUMNS

Result<std::optional<CalendarRow>> readCalendar(Connection& db, int year,
                                                std::string_view version) {
  Statement s = db.statement("SELECT days FROM calendar_year WHERE year = ? AND version = ?");
  return takeOne(s.bind(year, version), [&](Statement& c) {
    return CalendarRow{year, std::string(version), c.text()};
  });
}

Result<std::vector<SketchRow>> readSketches(Connection& db, RowId after, int limit) {
  Statement s = db.statement(
      "SELECT appeal, applicant, topic, kato, day, sketch FROM sketch WHERE appeal > ? "
      "ORDER BY appeal LIMIT ?");
  return takeAll(s.bind(after, limit), [](Statement& c) {
    SketchRow row;
    row.appeal = c.integer();
    row.applicant = c.integer();
    row.topic = c.text();
    row.kato = c.text();
    row.day = c.text();
    row.sketch = c.text();
    return row;
  });
}

Result<std::vector<RowId>> readUnsketched(Connection& db, Instant since, RowId after, int limit) {
  Statement s = db.statement(
      "SELECT id FROM appeal WHERE id > ? AND received_at >= ? AND instr(reg_number, '/') = 0 "
      "AND NOT EXISTS (SELECT 1 FROM sketch WHERE sketch.appeal = appeal.id) ORDER BY id LIMIT ?");
  return takeAll(s.bind(after, since, limit), [](Statement& c) { return c.integer(); });
}

Result<std::vector<HintRow>> readHints(Connection& db, RowId appeal) {
  Statement s = db.statement(
      "SELECT appeal, other, nature, percent, at, verdict, judged_by, judged_at FROM hint "
      "WHERE appeal = ?1 UNION ALL SELECT appeal, other, nature, percent, at, verdict, "
      "judged_by, judged_at FROM hint WHERE other = ?1 ORDER BY 1 DESC, 2 DESC LIMIT 200");
  return takeAll(s.bind(appeal), [](Statement& c) {
    HintRow row;
    row.appeal = c.integer();
    row.other = c.integer();
    row.nature = c.text();
    row.percent = c.number();
    row.at = c.instant();
    row.verdict = c.text();
    row.judged_by = c.text();
    row.judged_at = c.optionalInstant();
    return row;
  });
}

Result<std::vector<MessageRow>> readMessages(Connection& db, RowId appeal, bool with_bodies) {
  if (with_bodies) {
    Statement s = db.statement(
        "SELECT message_id, appeal, type, direction, party, at, body"
        " FROM message JOIN message_body USING (id) WHERE appeal = ? ORDER BY id");
    return takeAll(s.bind(appeal), [](Statement& c) { return takeMessage(c, true); });
  }
  Statement s = db.statement(
      "SELECT message_id, appeal, type, direction, party, at FROM message"
      " WHERE appeal = ? ORDER BY id");
  return takeAll(s.bind(appeal), [](Statement& c) { return takeMessage(c, false); });
}

Result<std::optional<MessageRow>> readMessage(Connection& db, std::string_view message_id) {
  Statement s = db.statement(
      "SELECT message_id, appeal, type, direction, party, at, body"
      " FROM message JOIN message_body USING (id) WHERE message_id = ?");
  return takeOne(s.bind(Packed{message_id}), [](Statement& c) { return takeMessage(c, true); });
}

Result<std::optional<OutboxRow>> readOutbox(Connection& db, RowId id) {
  Statement s = db.statement("SELECT " OUTBOX_COLUMNS " FROM outbox o WHERE o.id = ?");
  return takeOne(s.bind(id), takeOutbox);
}

Result<std::optional<OutboxRow>> readOutboxByMessageId(Connection& db,
                                                       std::string_view message_id) {
  Statement s = db.statement("SELECT " OUTBOX_COLUMNS
                             " FROM outbox o WHERE o.message_id = ? ORDER BY o.id LIMIT 1");
  return takeOne(s.bind(Packed{message_id}), takeOutbox);
}

Result<std::vector<OutboxRow>> readOutboxOf(Connection& db, RowId appeal) {
  Statement s =
      db.statement("SELECT " OUTBOX_COLUMNS " FROM outbox o WHERE o.appeal = ? ORDER BY o.id");
  return takeAll(s.bind(appeal), takeOutbox);
}

Result<std::vector<OutboxRow>> readDueOutbox(Connection& db, std::string_view destination,
                                             Instant now, int limit) {
  // One range of the partial index per state, each already in order; merged by due time.
  Result<std::vector<OutboxRow>> rows = std::vector<OutboxRow>();
  for (OutboxState state : {OutboxState::kPending, OutboxState::kRetryWait}) {
    Statement s = db.statement(
        "SELECT " OUTBOX_COLUMNS " FROM outbox o INDEXED BY outbox_open WHERE " OUTBOX_OPEN
        " AND o.destination = ? AND o.state = ? AND o.next_at <= ? AND " OUTBOX_FIRST
        " ORDER BY o.next_at, o.created_at, o.id LIMIT ?");
    auto part = takeAll(s.bind(destination, static_cast<int>(state), now, limit), takeOutbox);
    if (!part) return part;
    rows->insert(rows->end(), std::make_move_iterator(part->begin()),
                 std::make_move_iterator(part->end()));
  }
  std::sort(rows->begin(), rows->end(), [](const OutboxRow& a, const OutboxRow& b) {
    return std::tie(a.next_at, a.created_at, a.id) < std::tie(b.next_at, b.created_at, b.id);
  });
  if (rows->size() > static_cast<std::size_t>(limit)) {
    rows->resize(static_cast<std::size_t>(limit));
  }
  return rows;
}

Result<std::optional<Instant>> readNextDue(Connection& db, std::string_view destination) {
  std::optional<Instant> next;
  for (OutboxState state : {OutboxState::kPending, OutboxState::kRetryWait}) {
    Statement s = db.statement(
        "SELECT o.next_at FROM outbox o INDEXED BY outbox_open WHERE " OUTBOX_OPEN
        " AND o.destination = ? AND o.state = ? AND " OUTBOX_FIRST " ORDER BY o.next_at LIMIT 1");
    auto found = takeOne(s.bind(destination, static_cast<int>(state)),
                         [](Statement& c) { return c.instant(); });
    if (!found) return found.status();
    if (*found && (!next || **found < *next)) next = **found;
  }
  return next;
}

Result<std::vector<OutboxRow>> readOutboxList(Connection& db, std::string_view destination,
                                              std::optional<OutboxState> state, int limit) {
  std::string sql = "SELECT " OUTBOX_COLUMNS " FROM outbox o";
  bool open = state && *state != OutboxState::kDelivered && *state != OutboxState::kRejected;
  sql += open ? " INDEXED BY outbox_open WHERE " OUTBOX_OPEN : " WHERE 1";
  if (!destination.empty()) sql += " AND o.destination = ?";
  if (state) sql += " AND o.state = ?";
  sql += " ORDER BY o.id DESC LIMIT ?";
  Statement s = db.composed(sql);
  if (!destination.empty()) s.bind(destination);
  if (state) s.bind(static_cast<int>(*state));
  return takeAll(s.bind(limit), takeOutbox);
}

Result<std::vector<OutboxCounts>> readOutboxCounts(Connection& db) {
  Statement s = db.statement(
      "SELECT o.destination, o.state, count(*), min(o.created_at)"
      " FROM outbox o INDEXED BY outbox_open WHERE " OUTBOX_OPEN
      " GROUP BY o.destination, o.state ORDER BY o.destination, o.state");
  return takeAll(s, [](Statement& c) {
    OutboxCounts counts;
    counts.destination = c.text();
    counts.state = toString(static_cast<OutboxState>(c.number()));
    counts.count = c.integer();
    counts.oldest = c.optionalInstant();
    return counts;
  });
}

Result<std::vector<OutboxRow>> readOverdueOutbox(Connection& db, std::string_view destination,
                                                 Instant now, int limit) {
  Statement s = db.statement(
      "SELECT " OUTBOX_COLUMNS " FROM outbox o INDEXED BY outbox_open WHERE " OUTBOX_OPEN
      " AND o.destination = ? AND o.state = ? AND o.next_at <= ? ORDER BY o.next_at LIMIT ?");
  return takeAll(s.bind(destination, static_cast<int>(OutboxState::kAwaiting), now, limit),
                 takeOutbox);
}

Result<std::vector<OutboxCounts>> readOverdueCounts(Connection& db) {
  // The condition of the partial index outbox_overdue, word for word.
  Statement s = db.statement(
      "SELECT destination, count(*) FROM outbox WHERE state = 3 AND escalated = 1"
      " GROUP BY destination");
  return takeAll(s, [](Statement& c) {
    OutboxCounts counts;
    counts.destination = c.text();
    counts.state = toString(OutboxState::kAwaiting);
    counts.count = c.integer();
    return counts;
  });
}

Result<std::vector<AttemptRow>> readAttempts(Connection& db, RowId outbox) {
  Statement s = db.statement(
      "SELECT outbox, number, started_at, ended_at, outcome, code, text"
      " FROM attempt WHERE outbox = ? ORDER BY number");
  return takeAll(s.bind(outbox), [](Statement& c) {
    AttemptRow row;
    row.outbox = c.integer();
    row.number = c.number();
    row.started_at = c.instant();
    row.ended_at = c.instant();
    row.outcome = c.number();
    row.code = c.text();
    row.text = c.text();
    return row;
  });
}

Result<std::optional<InboxRow>> readInbox(Connection& db, std::string_view party,
                                          std::string_view item_id) {
  Statement s = db.statement(
      "SELECT party, item_id, status, message_id, content_sha256, answer, at"
      " FROM inbox WHERE item_id = ? AND party = ?");
  return takeOne(s.bind(item_id, party), [](Statement& c) {
    InboxRow row;
    row.party = c.text();
    row.item_id = c.text();
    row.status = c.text();
    row.message_id = c.packed();
    row.content_sha256 = c.packed();
    row.answer = c.text();
    row.at = c.instant();
    return row;
  });
}

Result<std::vector<std::pair<std::string, std::string>>> readExternalIds(Connection& db,
                                                                         RowId appeal) {
  Statement s = db.statement(
      "SELECT destination, external_id FROM external_id WHERE appeal = ?"
      " ORDER BY at, destination, external_id");
  return takeAll(s.bind(appeal), [](Statement& c) {
    std::string destination = c.text();
    return std::pair(std::move(destination), c.text());
  });
}

Result<std::string> readCursor(Connection& db, std::string_view destination) {
  Statement s = db.statement("SELECT cursor FROM collect_cursor WHERE destination = ?");
  auto found = takeOne(s.bind(destination), [](Statement& c) { return c.text(); });
  if (!found) return found.status();
  return found->value_or("");
}

Result<std::vector<SettledRow>> readSettled(Connection& db, std::string_view destination,
                                            int limit) {
  Statement s = db.statement(
      "SELECT id, destination, item_id, accepted, code, text, reference"
      " FROM settled WHERE destination = ? ORDER BY id LIMIT ?");
  return takeAll(s.bind(destination, limit), [](Statement& c) {
    SettledRow row;
    row.id = c.integer();
    row.destination = c.text();
    row.item_id = c.text();
    row.accepted = c.integer() != 0;
    row.code = c.text();
    row.text = c.text();
    row.reference = c.text();
    return row;
  });
}

Result<std::vector<QuarantineRow>> readQuarantine(Connection& db, std::string_view party,
                                                  std::string_view state, int limit) {
  std::string sql = "SELECT " QUARANTINE_COLUMNS " FROM quarantine WHERE 1";
  if (!party.empty()) sql += " AND party = ?";
  if (!state.empty()) sql += " AND state = ?";
  Statement s = db.composed(sql + " ORDER BY id DESC LIMIT ?");
  if (!party.empty()) s.bind(party);
  if (!state.empty()) s.bind(state);
  return takeAll(s.bind(limit), takeQuarantine);
}

Result<bool> hasOpenQuarantine(Connection& db, std::string_view party, std::string_view subject) {
  Statement s = db.statement(
      "SELECT 1 FROM quarantine WHERE party = ? AND subject = ? AND state = 'open' AND "
      "subject <> '' LIMIT 1");
  return s.bind(party, subject).step();
}

Result<std::optional<QuarantineRow>> readQuarantined(Connection& db, RowId id, bool with_content) {
  Statement s = db.statement("SELECT " QUARANTINE_COLUMNS " FROM quarantine WHERE id = ?");
  auto row = takeOne(s.bind(id), takeQuarantine);
  if (!row || !*row || !with_content) return row;
  Statement raw = db.statement("SELECT raw FROM quarantine_body WHERE id = ?");
  auto bytes = takeOne(raw.bind(id), [](Statement& c) { return c.text(); });
  if (!bytes) return bytes.status();
  (*row)->raw = bytes->value_or("");
  Statement item = db.statement(
      "SELECT type, form, correlation_id, in_reply_to, external_id, reg_number, evidence, signer,"
      " body FROM quarantine_item WHERE id = ?");
  auto kept = takeOne(item.bind(id), takeQuarantinedItem);
  if (!kept) return kept.status();
  (*row)->item = std::move(*kept);
  Statement request =
      db.statement("SELECT method, target, headers, body FROM quarantine_request WHERE id = ?");
  auto came = takeOne(request.bind(id), [](Statement& c) {
    QuarantinedRequest out;
    out.method = c.text();
    out.target = c.text();
    out.headers = c.text();
    out.body = c.text();
    return out;
  });
  if (!came) return came.status();
  (*row)->request = std::move(*came);
  return row;
}

Result<std::vector<QuarantineRow>> readWaiting(Connection& db, std::string_view party, RowId after,
                                               int limit) {
  Statement s = db.statement(
      "SELECT id FROM quarantine WHERE party = ? AND state = 'waiting' AND id > ? ORDER BY id "
      "LIMIT ?");
  auto ids = takeAll(s.bind(party, after, limit), [](Statement& c) { return c.integer(); });
  if (!ids) return ids.status();
  std::vector<QuarantineRow> rows;
  for (RowId id : *ids) {
    auto row = readQuarantined(db, id, true);
    if (!row) return row.status();
    if (*row) rows.push_back(std::move(**row));
  }
  return rows;
}

Result<std::optional<AttachmentRow>> readAttachment(Connection& db, std::string_view sha256) {
  Statement s = db.statement("SELECT sha256, bytes, mime, at FROM attachment WHERE sha256 = ?");
  return takeOne(s.bind(Packed{sha256}), [](Statement& c) {
    AttachmentRow row;
    row.sha256 = c.packed();
    row.bytes = c.integer();
    row.mime = c.text();
    row.at = c.instant();
    return row;
  });
}

Result<std::optional<JournalRow>> readJournal(Connection& db, std::int64_t position) {
  Statement s = db.statement(
      "SELECT position, at, direction, party, message_id, type, body_sha256, signature"
      " FROM journal WHERE position = ?");
  return takeOne(s.bind(position), [](Statement& c) {
    JournalRow row;
    row.position = c.integer();
    row.at = c.instant();
    row.direction = c.text();
    row.party = c.text();
    row.message_id = c.packed();
    row.type = c.text();
    row.body_sha256 = c.packed();
    row.signature = c.text();
    return row;
  });
}

Result<Sha256> readNode(Connection& db, trust::MerkleNodeId node) {
  Statement s = db.statement("SELECT hash FROM journal_node WHERE number = ?");
  auto found = takeOne(s.bind(static_cast<std::int64_t>(trust::merkleNodeNumber(node))),
                       [](Statement& c) { return c.hash(); });
  if (!found) return found.status();
  if (!*found) return Status::failure("store.corrupt", "a node of the journal's tree is missing");
  return **found;
}

Result<TreeHead> readHead(Connection& db) {
  Statement s =
      db.statement("SELECT size, root, at, signature FROM tree_head ORDER BY size DESC LIMIT 1");
  auto found = takeOne(s, [](Statement& c) {
    TreeHead head;
    head.size = c.integer();
    head.root_hex = c.packed();
    head.at = c.instant();
    head.signature = c.text();
    return head;
  });
  if (!found) return found.status();
  if (*found) return std::move(**found);
  TreeHead empty;
  empty.root_hex = sha256Hex("");
  return empty;
}

Result<TreeHead> readHeadAfter(Connection& db, std::int64_t position) {
  Statement s = db.statement(
      "SELECT size, root, at, signature FROM tree_head WHERE size > ? ORDER BY size LIMIT 1");
  s.bind(position);
  auto found = takeOne(s, [](Statement& c) {
    TreeHead head;
    head.size = c.integer();
    head.root_hex = c.packed();
    head.at = c.instant();
    head.signature = c.text();
    return head;
  });
  if (!found) return found.status();
  if (*found) return std::move(**found);
  TreeHead empty;
  empty.root_hex = sha256Hex("");
  return empty;
}

}  // namespace hub::store::sqlite
