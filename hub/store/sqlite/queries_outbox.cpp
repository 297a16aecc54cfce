// Reads of the outbox: deliveries, what is due, counts, attempts.
#include <algorithm>
#include <iterator>
#include <tuple>

#include "hub/store/sqlite/queries.h"
#include "hub/store/sqlite/take_rows.h"

// In the order in which takeOutbox takes them.
#define OUTBOX_COLUMNS                                                                       \
  "o.id, o.message_id, o.destination, o.appeal, o.type, o.state, o.attempts, o.created_at, " \
  "o.next_at, o.external_id, o.last_code, o.last_text, o.escalated"
// The condition of the partial index outbox_open, word for word: only then it is used.
#define OUTBOX_OPEN "o.state <> 4 AND o.state <> 5"
// No earlier row of the same appeal and destination that was not handed over yet. A dead letter of the appeal
// itself holds back what follows it, unless the body has opened the case all the same; news of a term (status/1)
// is judged by itself.
#define OUTBOX_FIRST                                                   \
  "NOT EXISTS (SELECT 1 FROM outbox e INDEXED BY outbox_appeal"        \
  " WHERE e.appeal = o.appeal AND e.id < o.id"                         \
  " AND e.destination = o.destination AND (e.state < 3 OR e.state = 7" \
  " OR (e.state = 6 AND e.type = 'appeal/1' AND o.type <> 'appeal/1'"  \
  " AND o.type <> 'status/1'"                                          \
  " AND (e.external_id = '' OR e.external_id LIKE 'message:%'))))"

namespace hub::store::sqlite {
namespace {

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

}  // namespace

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
                                             Instant now, Instant too_far, int limit) {
  struct Range {
    OutboxState state;
    Instant after, until;
  };
  // One range of the partial index each, already in order; merged by due time.
  Result<std::vector<OutboxRow>> rows = std::vector<OutboxRow>();
  for (const Range& range :
       {Range{OutboxState::kPending, Instant::min(), Instant::max()},
        Range{OutboxState::kRetryWait, Instant::min(), now},
        Range{OutboxState::kRetryWait, std::max(now, too_far), Instant::max()}}) {
    if (range.after == Instant::max()) continue;
    Statement s = db.statement(
        "SELECT " OUTBOX_COLUMNS " FROM outbox o INDEXED BY outbox_open WHERE " OUTBOX_OPEN
        " AND o.destination = ? AND o.state = ? AND o.next_at > ? AND o.next_at <= ? "
        "AND " OUTBOX_FIRST " ORDER BY o.next_at, o.created_at, o.id LIMIT ?");
    auto part =
        takeAll(s.bind(destination, static_cast<int>(range.state), range.after, range.until, limit),
                takeOutbox);
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

Result<std::vector<OutboxRow>> readOutboxList(Connection& db, const OutboxFilter& filter,
                                              RowId before, int limit) {
  const bool rejected = filter.state == OutboxState::kRejected;
  const bool open = filter.state && !rejected && *filter.state != OutboxState::kDelivered;
  std::string sql = "SELECT " OUTBOX_COLUMNS " FROM outbox o";
  // The conditions of the partial indexes, word for word. What is delivered is most of all rows: it is met soon on the
  // way from the newest one.
  if (open) {
    sql += " INDEXED BY outbox_open WHERE " OUTBOX_OPEN;
  } else if (rejected) {
    sql += " INDEXED BY outbox_rejected WHERE o.state = 5";
  } else {
    sql += filter.destination.empty() ? " NOT INDEXED WHERE 1"
                                      : " INDEXED BY outbox_destination WHERE o.appeal > 0";
  }
  if (!filter.destination.empty()) sql += " AND o.destination = ?";
  if (filter.state && !rejected) sql += " AND o.state = ?";
  if (before > 0) sql += " AND o.id < ?";
  sql += " ORDER BY o.id DESC LIMIT ?";
  Statement s = db.composed(sql);
  if (!filter.destination.empty()) s.bind(filter.destination);
  if (filter.state && !rejected) s.bind(static_cast<int>(*filter.state));
  if (before > 0) s.bind(before);
  return takeAll(s.bind(limit), takeOutbox);
}

Result<std::vector<RejectedCounts>> readRejectedCounts(Connection& db,
                                                       std::string_view refused_state) {
  const auto take = [](Statement& c) {
    RejectedCounts counts;
    counts.destination = c.text();
    counts.appeal_state = c.text();
    counts.count = c.integer();
    return counts;
  };
  Statement refused = db.statement(
      "SELECT o.destination, a.state, count(*) FROM appeal a INDEXED BY appeal_state"
      " CROSS JOIN outbox o INDEXED BY outbox_appeal ON o.appeal = a.id"
      " AND o.destination = a.destination"
      " WHERE a.state = ? AND o.state = 5 AND o.type = 'appeal/1' GROUP BY o.destination");
  auto rows = takeAll(refused.bind(refused_state), take);
  if (!rows) return rows;
  Statement following = db.statement(
      "SELECT o.destination, a.state, count(*) FROM outbox o INDEXED BY outbox_rejected"
      " CROSS JOIN appeal a ON a.id = o.appeal WHERE o.state = 5 AND o.type <> 'appeal/1'"
      " AND o.type <> 'status/1' GROUP BY o.destination, a.state");
  auto more = takeAll(following, take);
  if (!more) return more;
  rows->insert(rows->end(), std::make_move_iterator(more->begin()),
               std::make_move_iterator(more->end()));
  return rows;
}

Result<std::vector<std::string>> readAliases(Connection& db) {
  // From one name to the next by the index, however many appeals there are of each.
  Statement s = db.statement(
      "WITH RECURSIVE named(alias) AS ("
      " SELECT min(destination) FROM appeal WHERE destination <> ''"
      " UNION ALL SELECT (SELECT min(destination) FROM appeal WHERE destination <> '' AND"
      " destination > alias) FROM named WHERE alias IS NOT NULL)"
      " SELECT alias FROM named WHERE alias IS NOT NULL"
      " UNION SELECT destination FROM outbox o INDEXED BY outbox_open WHERE " OUTBOX_OPEN
      " UNION SELECT destination FROM collect_cursor WHERE instr(destination, ':') = 0"
      " UNION SELECT destination FROM settled"
      " UNION SELECT party FROM quarantine INDEXED BY quarantine_open WHERE state = 'open'"
      " ORDER BY 1");
  return takeAll(s, [](Statement& c) { return c.text(); });
}

Result<AliasUse> readAliasUse(Connection& db, std::string_view alias,
                              const std::vector<std::string>& finished) {
  std::string states = ",";
  for (const auto& state : finished) states += state + ",";
  Statement s = db.statement(
      "SELECT"
      " (SELECT count(*) FROM appeal WHERE destination = ? AND destination <> ''"
      " AND instr(?, ',' || state || ',') = 0),"
      " (SELECT count(*) FROM outbox o INDEXED BY outbox_open WHERE destination = ? "
      "AND " OUTBOX_OPEN
      " ),"
      " (SELECT count(*) FROM quarantine WHERE party = ? AND state <> 'resolved'),"
      " EXISTS (SELECT 1 FROM collect_cursor WHERE destination = ?)");
  auto use = takeOne(s.bind(alias, states, alias, alias, alias), [](Statement& c) {
    AliasUse row;
    row.appeals = c.integer();
    row.deliveries = c.integer();
    row.kept = c.integer();
    row.cursor = c.integer() != 0;
    return row;
  });
  if (!use) return use.status();
  AliasUse row = use->value_or(AliasUse{});
  row.alias = alias;
  return row;
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

}  // namespace hub::store::sqlite
