// Sub-orders: reads, and the writes of a unit of work.
#include "hub/store/sqlite/queries.h"
#include "hub/store/sqlite/take_rows.h"
#include "hub/store/sqlite/unit_of_work.h"

// In the order in which takeSubOrder takes them.
#define SUB_ORDER_COLUMNS                                                                      \
  "appeal, number, kind, state, open, body, target, follows, text, due_date, answer, reason, " \
  "created_at, created_by, state_since, answered_at, sent_at, missed, source, source_id, "     \
  "content_sha256"

namespace hub::store::sqlite {
namespace {

constexpr std::int64_t kNumberMax = (1 << 20) - 1;

SubOrderRow takeSubOrder(Statement& s) {
  SubOrderRow row;
  row.appeal = s.integer();
  row.number = s.integer();
  row.kind = s.text();
  row.state = s.text();
  row.open = s.number() != 0;
  row.body = s.text();
  row.target = s.text();
  row.follows = s.integer();
  row.text = s.text();
  row.due_date = s.text();
  row.answer = s.text();
  row.reason = s.text();
  row.created_at = s.instant();
  row.created_by = s.text();
  row.state_since = s.instant();
  row.answered_at = s.optionalInstant();
  row.sent_at = s.optionalInstant();
  row.missed = s.number() != 0;
  row.source = s.text();
  row.source_id = s.text();
  row.content_sha256 = s.text();
  return row;
}

}  // namespace

Result<std::vector<SubOrderRow>> readSubOrders(Connection& db, RowId appeal) {
  Statement s = db.statement("SELECT " SUB_ORDER_COLUMNS
                             " FROM sub_order WHERE " ROWS_OF_APPEAL("id", "?1") " ORDER BY id");
  return takeAll(s.bind(appeal), takeSubOrder);
}

Result<std::vector<SubOrderRow>> readOpenSubOrders(Connection& db, const SubOrderFilter& filter,
                                                   const SubOrderRow* after, int limit) {
  // The conditions of the partial indexes, word for word.
  std::string sql = "SELECT " SUB_ORDER_COLUMNS " FROM sub_order WHERE open = 1";
  if (!filter.target.empty()) sql += " AND target = ?";
  if (!filter.body.empty()) sql += " AND body = ?";
  if (!filter.state.empty()) sql += " AND state = ?";
  if (!filter.due_to.empty()) sql += " AND due_date <= ?";
  if (filter.sent) sql += " AND sent_at IS NOT NULL";
  if (after) sql += " AND (due_date, id) > (?, (? << 20) + ?)";
  sql += " ORDER BY due_date, id LIMIT ?";
  Statement s = db.composed(sql);
  for (const auto* value : {&filter.target, &filter.body, &filter.state, &filter.due_to}) {
    if (!value->empty()) s.bind(*value);
  }
  if (after) s.bind(after->due_date, after->appeal, after->number);
  return takeAll(s.bind(limit), takeSubOrder);
}

Result<std::vector<SubOrderRow>> readMissedSubOrders(Connection& db, const SubOrderRow* after,
                                                     int limit) {
  Statement s = db.statement("SELECT " SUB_ORDER_COLUMNS
                             " FROM sub_order WHERE missed = 1 AND id > (? << 20) + ? "
                             "ORDER BY id LIMIT ?");
  s.bind(after ? after->appeal : 0, after ? after->number : 0, limit);
  return takeAll(s, takeSubOrder);
}

Result<std::vector<SubOrderRow>> UnitOfWork::subOrders(RowId appeal) {
  return readSubOrders(db_, appeal);
}

Result<std::int64_t> UnitOfWork::addSubOrder(const SubOrderRow& row) {
  Statement newest = db_.statement(
      "SELECT coalesce(max(id) & 1048575, 0) FROM sub_order WHERE " ROWS_OF_APPEAL("id", "?1"));
  Result<bool> found = newest.bind(row.appeal).step();
  if (!found) return found.status();
  const std::int64_t number = newest.integer() + 1;
  if (number > kNumberMax) {
    return Status::failure("store.unavailable", "the appeal has more events or terms than fit");
  }
  Statement s = db_.statement(
      "INSERT INTO sub_order (id, kind, state, open, body, target, follows, text, due_date, "
      "answer, reason, "
      "created_at, created_by, state_since, answered_at, sent_at, missed, source, source_id, "
      "content_sha256) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  s.bind((row.appeal << 20) + number, row.kind, row.state, row.open, row.body, row.target,
         row.follows, row.text, row.due_date, row.answer, row.reason, row.created_at,
         row.created_by, row.state_since, row.answered_at, row.sent_at, row.missed, row.source,
         row.source_id, row.content_sha256);
  if (Status status = s.run(); !status) return status;
  return number;
}

Status UnitOfWork::updateSubOrder(const SubOrderRow& row) {
  Statement s = db_.statement(
      "UPDATE sub_order SET state = ?, open = ?, text = ?, due_date = ?, answer = ?, reason = ?, "
      "state_since = ?, answered_at = ?, sent_at = ?, missed = ? WHERE id = (? << 20) + ?");
  s.bind(row.state, row.open, row.text, row.due_date, row.answer, row.reason, row.state_since,
         row.answered_at, row.sent_at, row.missed, row.appeal, row.number);
  return requireChange(s.run());
}

}  // namespace hub::store::sqlite
