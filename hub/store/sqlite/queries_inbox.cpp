// Reads of what agencies sent: the inbox, their numbers for appeals, cursors, settlements, the quarantine.
#include <utility>

#include "hub/store/sqlite/queries.h"
#include "hub/store/sqlite/take_rows.h"

// In the order in which takeQuarantine takes them.
#define QUARANTINE_COLUMNS                                                                      \
  "id, party, item_id, at, code, text, correlation, state, kind, bytes, closed_at, closed_by, " \
  "note, subject, appeal, nobodys, opened_at"

namespace hub::store::sqlite {
namespace {

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
  row.appeal = s.integer();
  row.nobodys = s.integer() != 0;
  row.opened_at = s.optionalInstant();
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

}  // namespace

Result<std::optional<InboxRow>> readInbox(Connection& db, std::string_view party,
                                          std::string_view item_id) {
  Statement s = db.statement(
      "SELECT party, item_id, status, message_id, content_sha256, answer, at, about"
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
    row.about = c.packed();
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

Result<std::string> readCursor(Connection& db, std::string_view destination,
                               std::string_view adapter) {
  Statement s = db.statement(
      "SELECT cursor FROM collect_cursor WHERE destination = ? AND (adapter = ? OR adapter = '')"
      " ORDER BY adapter DESC LIMIT 1");
  auto found = takeOne(s.bind(destination, adapter), [](Statement& c) { return c.text(); });
  if (!found) return found.status();
  return found->value_or("");
}

Result<std::vector<CursorRow>> readCursors(Connection& db, std::string_view destination) {
  Statement s = db.statement(
      "SELECT destination, adapter, cursor, at FROM collect_cursor WHERE destination = ?"
      " ORDER BY adapter");
  return takeAll(s.bind(destination), [](Statement& c) {
    CursorRow row;
    row.destination = c.text();
    row.adapter = c.text();
    row.cursor = c.text();
    row.at = c.optionalInstant();
    return row;
  });
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

Result<std::vector<QuarantineRow>> readQuarantine(Connection& db, const QuarantineFilter& filter,
                                                  RowId before, int limit) {
  std::string sql = "SELECT " QUARANTINE_COLUMNS " FROM quarantine";
  // The condition of the partial index, word for word.
  const bool open = filter.state == "open";
  if (open) {
    sql += " INDEXED BY quarantine_open WHERE state = 'open'";
  } else if (filter.party.empty()) {
    sql += filter.nobodys ? " INDEXED BY quarantine_nobodys WHERE 1" : " NOT INDEXED WHERE 1";
  } else {
    sql += filter.nobodys ? " INDEXED BY quarantine_party_nobodys WHERE 1"
                          : " INDEXED BY quarantine_party WHERE 1";
  }
  if (!filter.party.empty()) sql += " AND party = ?";
  if (!filter.state.empty() && !open) sql += " AND state = ?";
  if (!filter.code.empty()) sql += " AND code = ?";
  if (filter.nobodys) sql += " AND nobodys = ?";
  if (filter.opened_by) sql += " AND (opened_at IS NULL OR opened_at <= ?)";
  if (before > 0) sql += " AND id < ?";
  Statement s = db.composed(sql + " ORDER BY id DESC LIMIT ?");
  if (!filter.party.empty()) s.bind(filter.party);
  if (!filter.state.empty() && !open) s.bind(filter.state);
  if (!filter.code.empty()) s.bind(filter.code);
  if (filter.nobodys) s.bind(*filter.nobodys ? 1 : 0);
  if (filter.opened_by) s.bind(*filter.opened_by);
  if (before > 0) s.bind(before);
  return takeAll(s.bind(limit), takeQuarantine);
}

Result<std::vector<QuarantineCounts>> readQuarantineCounts(Connection& db) {
  Statement s = db.statement(
      "SELECT party, nobodys, count(*) FROM quarantine INDEXED BY quarantine_open"
      " WHERE state = 'open' GROUP BY party, nobodys");
  return takeAll(s, [](Statement& c) {
    QuarantineCounts counts;
    counts.party = c.text();
    counts.nobodys = c.integer() != 0;
    counts.open = c.integer();
    return counts;
  });
}

Result<std::vector<QuarantineRow>> readQuarantineOf(Connection& db, RowId appeal, int limit) {
  Statement s = db.statement("SELECT " QUARANTINE_COLUMNS
                             " FROM quarantine INDEXED BY quarantine_appeal WHERE appeal = ?"
                             " AND appeal <> 0 AND state <> 'resolved' ORDER BY id DESC LIMIT ?");
  return takeAll(s.bind(appeal, limit), takeQuarantine);
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

namespace {

Result<std::vector<QuarantineRow>> wholeRows(Connection& db,
                                             const Result<std::vector<RowId>>& ids) {
  if (!ids) return ids.status();
  std::vector<QuarantineRow> rows;
  for (RowId id : *ids) {
    auto row = readQuarantined(db, id, true);
    if (!row) return row.status();
    if (*row) rows.push_back(std::move(**row));
  }
  return rows;
}

}  // namespace

Result<std::vector<QuarantineRow>> readWaitingOf(Connection& db, std::string_view party,
                                                 std::string_view item_id) {
  Statement s = db.statement(
      "SELECT id FROM quarantine WHERE party = ? AND state = 'waiting' AND item_id = ? ORDER BY "
      "id");
  return wholeRows(db, takeAll(s.bind(party, item_id), [](Statement& c) { return c.integer(); }));
}

Result<std::vector<QuarantineRow>> readWaiting(Connection& db, std::string_view party, RowId after,
                                               int limit) {
  Statement s = db.statement(
      "SELECT id FROM quarantine WHERE party = ? AND state = 'waiting' AND id > ? ORDER BY id "
      "LIMIT ?");
  return wholeRows(db,
                   takeAll(s.bind(party, after, limit), [](Statement& c) { return c.integer(); }));
}

}  // namespace hub::store::sqlite
