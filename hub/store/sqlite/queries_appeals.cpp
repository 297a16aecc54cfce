// Reads of appeals: one by what it is known by, lists, cases for reports.
#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "hub/store/sqlite/queries.h"
#include "hub/store/sqlite/take_rows.h"

// In the order in which takeAppeal takes them.
#define APPEAL_COLUMNS                                                                        \
  "appeal.id, hub_id, source_system, source_id, content_sha256, reg_number, kind, language, " \
  "character, topic, kato, body_bin, appeal.destination, state, state_since, received_at, "   \
  "registered_at, appeal.due_date, decision_outcome, decision_character, "                    \
  "journal_position, updated_at, registration_date, executor, procedure, kind_special, "      \
  "decided_on"

namespace hub::store::sqlite {
namespace {

constexpr int kListReadMax = 5'000;  // rows that one page of a list may cost

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
  row.decided_on = s.text();
  return row;
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

// Most appeals are in one of these.
bool isFinalState(std::string_view state) {
  constexpr std::array kStates = {"executed",      "terminated",     "left_without_consideration",
                                  "returned",      "deemed_refused", "forwarded_full",
                                  "sent_to_higher"};
  return std::find(kStates.begin(), kStates.end(), state) != kStates.end();
}

// One index drives the list and gives the order, by this condition; the others are checked row by row.
struct ListIndex {
  const char* name;
  std::string AppealFilter::*by;  // none: by the time of receipt alone
};

ListIndex listIndex(const AppealFilter& filter) {
  if (!filter.body_bin.empty()) return {"appeal_body", &AppealFilter::body_bin};
  if (!filter.destination.empty()) return {"appeal_destination", &AppealFilter::destination};
  const bool few = !filter.state.empty() && !isFinalState(filter.state);
  if (!filter.source_system.empty() && !few) {
    return {"appeal_of_source", &AppealFilter::source_system};
  }
  if (!filter.state.empty()) return {"appeal_state", &AppealFilter::state};
  return {"appeal_received", nullptr};
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

// Rows of the index, each with whether the filter takes it: how many are read is bounded, whatever it takes.
std::string listSql(const AppealFilter& driving, const AppealFilter& rest, bool continued) {
  std::string sql = "SELECT (1" + conditions(rest).substr(std::string(" WHERE 1").size()) +
                    "), received_at, appeal.id, " APPEAL_COLUMNS " FROM appeal INDEXED BY " +
                    listIndex(driving).name + conditions(driving);
  if (continued) sql += " AND (received_at, appeal.id) < (?, ?)";
  return sql + " ORDER BY received_at DESC, appeal.id DESC LIMIT ?";
}

std::string textOf(const ListCursor& cursor) {
  return std::to_string(cursor.received_at) + "." + std::to_string(cursor.id);
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
  AppealFilter rest = filter, driving;
  driving.received_from = std::exchange(rest.received_from, std::nullopt);
  driving.received_to = std::exchange(rest.received_to, std::nullopt);
  if (const auto by = listIndex(filter).by) driving.*by = std::exchange(rest.*by, "");
  Statement s = db.composed(listSql(driving, rest, !after.empty()));
  bindList(s, rest);
  bindList(s, driving);
  if (!after.empty()) {
    Result<ListCursor> cursor = parseCursor(after);
    if (!cursor) return cursor.status();
    s.bind(cursor->received_at, cursor->id);
  }
  const int read_max = std::max(kListReadMax, limit);
  s.bind(read_max + 1);  // one more row tells whether there is a next page
  AppealPage page;
  ListCursor last;  // read before, and shown if it is to be
  for (int read = 0;; ++read) {
    Result<bool> row = s.step();
    if (!row) return row.status();
    if (!*row) return page;
    const bool fits = s.integer() != 0;
    const bool full = fits && page.rows.size() == static_cast<std::size_t>(limit);
    if (full || read == read_max) {
      page.next = textOf(last);
      return page;
    }
    last.received_at = s.integer();
    last.id = s.integer();
    if (fits) page.rows.push_back(takeAppeal(s));
  }
}

Result<bool> readCases(Connection& db, const AppealFilter& filter, CaseCursor& cursor, int limit,
                       const std::function<Status(const CaseRow&)>& visit) {
  // Without a condition that an index serves, the table itself is read in its own order.
  const bool narrow = filter.received_from || filter.received_to || !filter.body_bin.empty() ||
                      !filter.destination.empty() || !filter.state.empty();
  std::string sql =
      "SELECT appeal.id, kind, topic, kato, body_bin, appeal.destination, executor, state, "
      "state_since, received_at, registration_date, due_date, decision_outcome, decided_on, "
      "EXISTS (SELECT 1 FROM clock INDEXED BY clock_extended WHERE clock.appeal = appeal.id "
      "AND clock.name = 'consider_extended'), coalesce((SELECT status = 'met' FROM clock WHERE "
      ROWS_OF_APPEAL("clock.id", "appeal.id") " AND name IN ('consider', 'consider_extended') "
      "ORDER BY clock.id DESC LIMIT 1), 0) FROM appeal " +
      (narrow ? std::string("INDEXED BY ") + listIndex(filter).name : std::string("NOT INDEXED")) +
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
    row.decided_on = s.text();
    row.extended = s.integer() != 0;
    row.term_met = s.integer() != 0;
    cursor = {true, row.received_at, row.id};
    if (Status status = visit(row); !status) return status;
  }
}

// The condition of the partial index event_returned, word for word.
Result<std::vector<AppealRow>> readRefusedAppeals(Connection& db, std::optional<Instant> from,
                                                  std::optional<Instant> to, RowId after,
                                                  int limit) {
  Statement s = db.statement(
      "SELECT " APPEAL_COLUMNS
      " FROM appeal WHERE appeal.id IN (SELECT appeal FROM event INDEXED BY event_returned"
      " WHERE (type = 'status_refused' OR type = 'status_not_registered' OR type = "
      "'status_forwarded' OR (type = 'decided' AND reason = 'forwarded') OR reason = "
      "'decline_competence' OR reason = 'forward_whole' OR (type = 'delivery_refused' AND reason = "
      "'adapter.not_competent')) AND appeal > ?1)"
      " AND received_at >= ?2 AND received_at <= ?3 ORDER BY appeal.id LIMIT ?4");
  s.bind(after, from.value_or(Instant::min()), to.value_or(Instant::max()), limit);
  return takeAll(s, takeAppeal);
}

// The condition of the partial index appeal_assigned, word for word: only then it is used.
Result<std::vector<AppealRow>> readAssignedOf(Connection& db, std::string_view body_bin,
                                              std::string_view after_due, RowId after, int limit) {
  Statement s = db.statement(
      "SELECT " APPEAL_COLUMNS
      " FROM appeal INDEXED BY appeal_assigned"
      " WHERE executor <> '' AND state <> 'decision_signed'"
      " AND state <> 'executed' AND state <> 'terminated' AND state <> 'left_without_consideration'"
      " AND state <> 'returned' AND state <> 'deemed_refused'"
      " AND state <> 'forwarded_full' AND state <> 'sent_to_higher'"
      " AND body_bin = ?1 AND (due_date, appeal.id) > (?2, ?3)"
      " ORDER BY due_date, appeal.id LIMIT ?4");
  return takeAll(s.bind(body_bin, after_due, after, limit), takeAppeal);
}

Result<std::int64_t> countAppealsIn(Connection& db, std::string_view state) {
  Statement s = db.statement("SELECT count(*) FROM appeal INDEXED BY appeal_state WHERE state = ?");
  auto row = s.bind(state).step();
  if (!row) return row.status();
  return s.integer();
}

}  // namespace hub::store::sqlite
