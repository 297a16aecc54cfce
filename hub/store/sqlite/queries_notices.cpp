// Reads of notices to applicants.
#include "hub/store/sqlite/queries.h"
#include "hub/store/sqlite/take_rows.h"

// In the order in which takeNotice takes them.
#define NOTICE_COLUMNS                                                              \
  "id, appeal, seq, channel, event, kind, language, state, provider_id, attempts, " \
  "event_at, created_at, next_at, code, sent_at, reported_at"
// The condition of the partial index notice_waiting, word for word: only then it is used.
#define NOTICE_WAITING "state = 0"

namespace hub::store::sqlite {
namespace {

NoticeRow takeNotice(Statement& s) {
  NoticeRow row;
  row.id = s.integer();
  row.appeal = s.integer();
  row.seq = s.integer();
  row.channel = s.text();
  row.event = s.text();
  row.kind = s.text();
  row.language = s.text();
  row.state = static_cast<NoticeState>(s.number());
  row.provider_id = s.text();
  row.attempts = s.number();
  row.event_at = s.instant();
  row.created_at = s.instant();
  row.next_at = s.instant();
  row.code = s.text();
  row.sent_at = s.optionalInstant();
  row.reported_at = s.optionalInstant();
  return row;
}

}  // namespace

Result<std::optional<NoticeRow>> readNotice(Connection& db, RowId id) {
  Statement s = db.statement("SELECT " NOTICE_COLUMNS " FROM notice WHERE id = ?");
  return takeOne(s.bind(id), takeNotice);
}

Result<std::vector<NoticeRow>> readNoticesOf(Connection& db, RowId appeal) {
  Statement s = db.statement("SELECT " NOTICE_COLUMNS
                             " FROM notice WHERE appeal = ? ORDER BY appeal, seq, channel");
  return takeAll(s.bind(appeal), takeNotice);
}

Result<std::vector<NoticeRow>> readDueNotices(Connection& db, Instant now, int limit) {
  Statement s = db.statement("SELECT " NOTICE_COLUMNS
                             " FROM notice INDEXED BY notice_waiting WHERE " NOTICE_WAITING
                             " AND next_at <= ? ORDER BY next_at, id LIMIT ?");
  return takeAll(s.bind(now, limit), takeNotice);
}

Result<std::optional<Instant>> readNextNotice(Connection& db) {
  Statement s =
      db.statement("SELECT next_at FROM notice INDEXED BY notice_waiting WHERE " NOTICE_WAITING
                   " ORDER BY next_at LIMIT 1");
  return takeOne(s, [](Statement& c) { return c.instant(); });
}

Result<std::int64_t> countWaitingNotices(Connection& db) {
  Statement s =
      db.statement("SELECT count(*) FROM notice INDEXED BY notice_waiting WHERE " NOTICE_WAITING);
  auto row = s.step();
  if (!row) return row.status();
  return s.integer();
}

Result<std::vector<NoticeRow>> readNoticeList(Connection& db, std::optional<NoticeState> state,
                                              RowId before, int limit) {
  std::string sql = "SELECT " NOTICE_COLUMNS " FROM notice WHERE 1";
  // The state itself and no parameter: only then the planner sees that a partial index fits.
  if (state) sql += " AND state = " + std::to_string(static_cast<int>(*state));
  if (before > 0) sql += " AND id < ?";
  sql += " ORDER BY id DESC LIMIT ?";
  Statement s = db.composed(sql);
  if (before > 0) s.bind(before);
  return takeAll(s.bind(limit), takeNotice);
}

}  // namespace hub::store::sqlite
