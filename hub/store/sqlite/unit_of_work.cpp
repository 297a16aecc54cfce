#include "hub/store/sqlite/unit_of_work.h"

#include "hub/store/sqlite/queries.h"
#include "hub/trust/merkle_log.h"

namespace hub::store::sqlite {

void UnitOfWork::beginGroup(const Totals& totals, std::int64_t journal_size) {
  totals_ = totals;
  journal_size_ = journal_size;
  leaves_.clear();
  events_.clear();
}

void UnitOfWork::beginUnit() {
  unit_totals_ = totals_;
  unit_leaves_ = leaves_.size();
  unit_events_ = events_.size();
  chain_ = {};
}

void UnitOfWork::undoUnit() {
  totals_ = unit_totals_;
  leaves_.resize(unit_leaves_);
  events_.resize(unit_events_);
}

Status UnitOfWork::addFeed() {
  if (events_.empty()) return {};
  std::string keys;
  for (const std::int64_t key : events_) {
    if (!keys.empty()) keys += ',';
    keys += std::to_string(key);
  }
  return db_.statement("INSERT INTO feed (events) VALUES (?)").bind(keys).run();
}

namespace {

// The key of the number-th event or term of an appeal.
Result<std::int64_t> rowOfAppeal(RowId appeal, std::int64_t number) {
  if (number > kNumberOfAppealMax) {
    return Status::failure("store.unavailable", "the appeal has more events or terms than fit");
  }
  return (appeal << kNumberBits) + number;
}

}  // namespace

Status UnitOfWork::requireChange(const Status& status) {
  if (!status || db_.changes() > 0) return status;
  return Status::failure("store.not_found", "there is no row to change");
}

Result<int> UnitOfWork::recoverInFlight() {
  Statement s = db_.statement(
      "UPDATE outbox INDEXED BY outbox_open SET state = 0 "
      "WHERE state <> 4 AND state <> 5 AND state = 1");
  Status status = s.run();
  if (!status) return status;
  return db_.changes();
}

Result<RowId> UnitOfWork::addAppeal(const AppealRow& row) {
  Statement s = db_.statement(
      "INSERT INTO appeal (hub_id, source_system, source_id, content_sha256, reg_number, kind, "
      "language, character, topic, kato, body_bin, destination, state, state_since, received_at, "
      "registered_at, due_date, decision_outcome, decision_character, "
      "journal_position, updated_at, registration_date, executor, procedure, kind_special, "
      "decided_on) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  s.bind(Packed{row.hub_id}, row.source_system, row.source_id, Packed{row.content_sha256},
         row.reg_number, row.kind, row.language, row.character, row.topic, row.kato, row.body_bin,
         row.destination, row.state, row.state_since, row.received_at, row.registered_at,
         row.due_date, row.decision_outcome, row.decision_character, row.journal_position,
         row.updated_at, row.registration_date, row.executor, row.procedure, row.kind_special,
         row.decided_on);
  Status status = s.run();
  if (!status) return status;
  ++totals_.appeals;
  RowId id = db_.lastRowId();
  chain_ = {id, 0, "", 0};
  return id;
}

Status UnitOfWork::setAppealState(RowId appeal, std::string_view state, Instant at) {
  Statement s = db_.statement(
      "UPDATE appeal SET state = ?1, state_since = ?2, updated_at = ?2 WHERE id = ?3");
  return requireChange(s.bind(state, at, appeal).run());
}

Status UnitOfWork::setAppealDue(RowId appeal, std::string_view due_date, Instant updated_at) {
  Statement s = db_.statement("UPDATE appeal SET due_date = ?, updated_at = ? WHERE id = ?");
  return requireChange(s.bind(due_date, updated_at, appeal).run());
}

Status UnitOfWork::updateAppeal(const AppealRow& row) {
  Result<AppealRow> now = readAppeal(db_, row.id);
  if (!now) return now.status();
  Statement rest = db_.statement(
      "UPDATE appeal SET content_sha256 = ?, kind = ?, language = ?, character = ?, topic = ?, "
      "kato = ?, state_since = ?, registered_at = ?, decision_outcome = ?, "
      "decision_character = ?, updated_at = ?, executor = ?, kind_special = ?, "
      "registration_date = ?, decided_on = ? WHERE id = ?");
  rest.bind(Packed{row.content_sha256}, row.kind, row.language, row.character, row.topic, row.kato,
            row.state_since, row.registered_at, row.decision_outcome, row.decision_character,
            row.updated_at, row.executor, row.kind_special, row.registration_date, row.decided_on,
            row.id);
  Status status = rest.run();
  // Columns that stand in an index are written only when they change: the engine would delete and
  // insert the index entry even for the same value.
  if (status && now->state != row.state) {
    Statement s = db_.statement("UPDATE appeal SET state = ? WHERE id = ?");
    status = s.bind(row.state, row.id).run();
  }
  if (status && now->due_date != row.due_date) {
    Statement s = db_.statement("UPDATE appeal SET due_date = ? WHERE id = ?");
    status = s.bind(row.due_date, row.id).run();
  }
  if (status && (now->reg_number != row.reg_number || now->body_bin != row.body_bin ||
                 now->destination != row.destination || now->received_at != row.received_at)) {
    Statement s = db_.statement(
        "UPDATE appeal SET reg_number = ?, body_bin = ?, destination = ?, received_at = ? "
        "WHERE id = ?");
    s.bind(row.reg_number, row.body_bin, row.destination, row.received_at, row.id);
    status = s.run();
  }
  return status;
}

Result<std::optional<AppealRow>> UnitOfWork::findBySource(std::string_view system,
                                                          std::string_view id) {
  return findAppealBySource(db_, system, id);
}

Result<std::optional<AppealRow>> UnitOfWork::findByHubId(std::string_view hub_id) {
  return findAppealByHubId(db_, hub_id);
}

Result<std::optional<AppealRow>> UnitOfWork::findByNumber(std::string_view reg_number) {
  return findAppealByNumber(db_, reg_number);
}

Result<std::optional<AppealRow>> UnitOfWork::findByExternalId(std::string_view destination,
                                                              std::string_view external_id) {
  return findAppealByExternalId(db_, destination, external_id);
}

Result<std::optional<AppealRow>> UnitOfWork::findByMessageId(std::string_view message_id) {
  return findAppealByMessageId(db_, message_id);
}

Result<AppealRow> UnitOfWork::appeal(RowId id) { return readAppeal(db_, id); }

Result<AppealTerm> UnitOfWork::appealTerm(RowId id) {
  Statement s =
      db_.statement("SELECT hub_id, destination, state, due_date FROM appeal WHERE id = ?");
  Result<bool> row = s.bind(id).step();
  if (!row) return row.status();
  if (!*row) return Status::failure("store.not_found", "no such appeal");
  AppealTerm term;
  term.hub_id = s.packed();
  term.destination = s.text();
  term.state = s.text();
  term.due_date = s.text();
  return term;
}

Status UnitOfWork::addExternalId(RowId appeal, std::string_view destination,
                                 std::string_view external_id, Instant at) {
  // The same id of the same appeal again is no change; of another appeal it is a conflict.
  Statement s = db_.statement(
      "INSERT INTO external_id (destination, external_id, appeal, at) VALUES (?, ?, ?, ?) "
      "ON CONFLICT (external_id, destination) DO UPDATE SET at = at WHERE appeal = "
      "excluded.appeal");
  Status status = s.bind(destination, external_id, appeal, at).run();
  if (!status || db_.changes() > 0) return status;
  return Status::failure("store.conflict", "the external id belongs to another appeal",
                         "/external_id");
}

Result<std::int64_t> UnitOfWork::nextNumber(std::string_view series) {
  // Two statements and not RETURNING: that would make the engine open a temporary table each time.
  Statement s = db_.statement(
      "INSERT INTO number_series (series, last) VALUES (?, 1) "
      "ON CONFLICT (series) DO UPDATE SET last = last + 1");
  Status status = s.bind(series).run();
  if (!status) return status;
  Statement read = db_.statement("SELECT last FROM number_series WHERE series = ?");
  Result<bool> row = read.bind(series).step();
  if (!row) return row.status();
  return read.integer();
}

Status UnitOfWork::loadChainEnd(RowId appeal) {
  if (chain_.appeal == appeal) return {};
  Statement s = db_.statement("SELECT seq, sha256 FROM event WHERE " ROWS_OF_APPEAL(
      "id", "?1") " ORDER BY id DESC LIMIT 1");
  Result<bool> row = s.bind(appeal).step();
  if (!row) return row.status();
  chain_ = {appeal, 0, ""};
  if (*row) {
    chain_.seq = s.integer();
    chain_.sha256 = s.packed();
  }
  return {};
}

Status UnitOfWork::addEvent(const EventRow& given) {
  Status status = loadChainEnd(given.appeal);
  if (!status) return status;
  EventRow row = given;
  row.seq = chain_.seq + 1;
  Result<std::int64_t> id = rowOfAppeal(row.appeal, row.seq);
  if (!id) return id.status();
  row.previous_sha256 = chain_.sha256;
  std::string digest = eventSha256(row);
  Statement s = db_.statement(
      "INSERT INTO event (id, event_id, type, at, actor, from_state, to_state, reason, "
      "text_kk, text_ru, text_en, payload_sha256, sha256, evidence) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  s.bind(*id, Packed{row.event_id}, row.type, row.at, row.actor, row.from_state, row.to_state,
         row.reason, row.text_kk, row.text_ru, row.text_en, Packed{row.payload_sha256},
         Packed{digest}, row.evidence);
  status = s.run();
  if (!status) return status;
  events_.push_back(*id);
  chain_.seq = row.seq;
  chain_.sha256 = std::move(digest);
  return {};
}

Result<bool> UnitOfWork::hasEventOf(RowId appeal, std::string_view payload_sha256) {
  Statement s = db_.statement(
      "SELECT 1 FROM event WHERE " ROWS_OF_APPEAL("id", "?1") " AND payload_sha256 = ?2 LIMIT 1");
  return s.bind(appeal, Packed{payload_sha256}).step();
}

Result<std::vector<EventRow>> UnitOfWork::events(RowId appeal) { return readEvents(db_, appeal); }

Result<std::int64_t> UnitOfWork::nextClock(RowId appeal) {
  if (chain_.appeal == appeal && chain_.clocks) return ++*chain_.clocks;
  Statement s = db_.statement(
      "SELECT number FROM clock WHERE " ROWS_OF_APPEAL("id", "?1") " ORDER BY id DESC LIMIT 1");
  Result<bool> row = s.bind(appeal).step();
  if (!row) return row.status();
  return *row ? s.integer() + 1 : 1;
}

Status UnitOfWork::addClock(const ClockRow& row) {
  Result<std::int64_t> number = nextClock(row.appeal);
  if (!number) return number.status();
  Result<std::int64_t> id = rowOfAppeal(row.appeal, *number);
  if (!id) return id.status();
  Statement s = db_.statement(
      "INSERT INTO clock (id, name, rule_id, rule_version, law, article, day_kind, "
      "first_day, start_event, length, start_at, due_date, calendar_version, status, explanation, "
      "zone, cut_off, occasion) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  s.bind(*id, row.name, row.rule_id, row.rule_version, row.law, row.article, row.day_kind,
         row.first_day, row.start_event, row.length, row.start_at, row.due_date,
         row.calendar_version, row.status, row.explanation, row.zone, row.cut_off_minute,
         row.occasion);
  return s.run();
}

Status UnitOfWork::setClockStatus(RowId appeal, std::string_view name, std::string_view status) {
  Statement s = db_.statement(
      "UPDATE clock SET status = ?1 WHERE id = (SELECT id FROM clock WHERE " ROWS_OF_APPEAL(
          "id", "?2") " AND name = ?3 ORDER BY id DESC LIMIT 1)");
  return requireChange(s.bind(status, appeal, name).run());
}

Status UnitOfWork::setClockStatusAt(RowId appeal, std::int64_t number, std::string_view status) {
  Result<std::int64_t> id = rowOfAppeal(appeal, number);
  if (!id) return id.status();
  Statement s = db_.statement("UPDATE clock SET status = ? WHERE id = ?");
  return requireChange(s.bind(status, *id).run());
}

Result<bool> UnitOfWork::closeClock(RowId appeal, std::string_view name, std::string_view today) {
  Statement s = db_.statement(
      "UPDATE clock SET status = CASE WHEN due_date = '' THEN 'cancelled' "
      "WHEN due_date < ?1 THEN 'missed' ELSE 'met' END "
      "WHERE status IN ('running', 'unknown') AND id = (SELECT id FROM clock WHERE " ROWS_OF_APPEAL(
          "id", "?2") " AND name = ?3 ORDER BY id DESC LIMIT 1)");
  if (Status status = s.bind(today, appeal, name).run(); !status) return status;
  return db_.changes() > 0;
}

Result<bool> UnitOfWork::supersedeClock(const ClockRow& old, const ClockRow& next) {
  Result<std::int64_t> id = rowOfAppeal(old.appeal, old.number);
  if (!id) return id.status();
  Statement s = db_.statement(
      "UPDATE clock SET status = 'cancelled' WHERE id = ? AND due_date = ? "
      "AND status IN ('running', 'unknown')");
  if (auto status = s.bind(*id, old.due_date).run(); !status) return status;
  if (db_.changes() == 0) return false;
  if (auto status = addClock(next); !status) return status;
  return true;
}

Result<std::vector<ClockRow>> UnitOfWork::clocks(RowId appeal) { return readClocks(db_, appeal); }

Result<std::string> UnitOfWork::clockDue(RowId appeal, std::string_view name) {
  Statement s = db_.statement("SELECT due_date FROM clock WHERE " ROWS_OF_APPEAL(
      "id", "?1") " AND name = ?2 ORDER BY id DESC LIMIT 1");
  auto row = s.bind(appeal, name).step();
  if (!row) return row.status();
  return *row ? s.text() : std::string();
}

Status UnitOfWork::addCalendar(const CalendarRow& row) {
  Statement s = db_.statement(
      "INSERT INTO calendar_year (year, version, days) VALUES (?, ?, ?) "
      "ON CONFLICT (year, version) DO NOTHING");
  return s.bind(row.year, row.version, row.days).run();
}

Status UnitOfWork::addMessage(const MessageRow& row) {
  Statement s = db_.statement(
      "INSERT INTO message (message_id, appeal, type, direction, party, at) "
      "VALUES (?, ?, ?, ?, ?, ?)");
  s.bind(Packed{row.message_id}, RowRef{row.appeal}, row.type, row.direction, row.party, row.at);
  Status status = s.run();
  if (!status) return status;
  Statement body = db_.statement("INSERT INTO message_body (id, body) VALUES (?, ?)");
  return body.bind(db_.lastRowId(), row.body).run();
}

Result<std::vector<MessageRow>> UnitOfWork::messagesOf(RowId appeal, std::string_view type) {
  return readMessagesOf(db_, appeal, type);
}

Result<RowId> UnitOfWork::addOutbox(const OutboxRow& row) {
  Statement s = db_.statement(
      "INSERT INTO outbox (message_id, destination, appeal, type, state, attempts, created_at, "
      "next_at, external_id, last_code, last_text, escalated) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  s.bind(Packed{row.message_id}, row.destination, RowRef{row.appeal}, row.type,
         static_cast<int>(row.state), row.attempts, row.created_at, row.next_at, row.external_id,
         row.last_code, row.last_text, row.escalated);
  Status status = s.run();
  if (!status) return status;
  if (isUnfinished(row.state)) ++totals_.unfinished;
  return db_.lastRowId();
}

Status UnitOfWork::updateOutbox(const OutboxRow& row) {
  OutboxState before = OutboxState::kPending;
  {
    Statement s = db_.statement("SELECT state FROM outbox WHERE id = ?");
    Result<bool> found = s.bind(row.id).step();
    if (!found) return found.status();
    if (!*found) return Status::failure("store.not_found", "no such outbox row");
    before = static_cast<OutboxState>(s.number());
  }
  Statement s = db_.statement(
      "UPDATE outbox SET state = ?, attempts = ?, next_at = ?, external_id = ?, last_code = ?, "
      "last_text = ?, escalated = ? WHERE id = ?");
  s.bind(static_cast<int>(row.state), row.attempts, row.next_at, row.external_id, row.last_code,
         row.last_text, row.escalated, row.id);
  Status status = s.run();
  if (!status) return status;
  totals_.unfinished += (isUnfinished(row.state) ? 1 : 0) - (isUnfinished(before) ? 1 : 0);
  return {};
}

Result<std::optional<OutboxRow>> UnitOfWork::findOutbox(RowId id) { return readOutbox(db_, id); }

Result<std::optional<OutboxRow>> UnitOfWork::findOutboxByMessageId(std::string_view message_id) {
  return readOutboxByMessageId(db_, message_id);
}

Result<std::vector<OutboxRow>> UnitOfWork::outboxOf(RowId appeal) {
  return readOutboxOf(db_, appeal);
}

Result<std::vector<AttemptRow>> UnitOfWork::attempts(RowId outbox) {
  return readAttempts(db_, outbox);
}

Result<int> UnitOfWork::attemptsInARow(RowId outbox, int outcome) {
  Statement s = db_.statement(
      "SELECT count(*) FROM attempt WHERE outbox = ?1 AND number > "
      "(SELECT coalesce(max(number), 0) FROM attempt WHERE outbox = ?1 AND outcome <> ?2)");
  Result<bool> row = s.bind(outbox, outcome).step();
  if (!row) return row.status();
  return s.number();
}

Status UnitOfWork::addAttempt(const AttemptRow& row) {
  Statement s = db_.statement(
      "INSERT INTO attempt (outbox, number, started_at, ended_at, outcome, code, text) "
      "VALUES (?, ?, ?, ?, ?, ?, ?)");
  s.bind(row.outbox, row.number, row.started_at, row.ended_at, row.outcome, row.code, row.text);
  return s.run();
}

Result<std::optional<InboxRow>> UnitOfWork::findInbox(std::string_view party,
                                                      std::string_view item_id) {
  return readInbox(db_, party, item_id);
}

Status UnitOfWork::putInbox(const InboxRow& row) {
  Statement s = db_.statement(
      "INSERT INTO inbox (party, item_id, status, message_id, content_sha256, answer, at, about) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (item_id, party) DO UPDATE SET "
      "status = excluded.status, message_id = excluded.message_id, "
      "content_sha256 = excluded.content_sha256, answer = excluded.answer, at = excluded.at, "
      "about = excluded.about");
  s.bind(row.party, row.item_id, row.status, Packed{row.message_id}, Packed{row.content_sha256},
         row.answer, row.at, Packed{row.about});
  return s.run();
}

Result<RowId> UnitOfWork::addQuarantine(const QuarantineRow& row) {
  Statement s = db_.statement(
      "INSERT INTO quarantine (party, item_id, at, code, text, correlation, state, kind, bytes, "
      "subject, appeal, nobodys) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  s.bind(row.party, row.item_id, row.at, row.code, row.text, row.correlation, row.state, row.kind,
         static_cast<std::int64_t>(row.raw.size()), row.subject, row.appeal, row.nobodys ? 1 : 0);
  Status status = s.run();
  if (!status) return status;
  RowId id = db_.lastRowId();
  Statement body = db_.statement("INSERT INTO quarantine_body (id, raw) VALUES (?, ?)");
  status = body.bind(id, Bytes{row.raw}).run();
  if (status && row.item) {
    const QuarantinedItem& item = *row.item;
    Statement kept = db_.statement(
        "INSERT INTO quarantine_item (id, type, form, correlation_id, in_reply_to, external_id, "
        "reg_number, evidence, signer, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    kept.bind(id, item.type, item.form, item.correlation_id, item.in_reply_to, item.external_id,
              item.reg_number, item.evidence, item.signer, Bytes{item.body});
    status = kept.run();
  }
  if (status && row.request) {
    Statement kept = db_.statement(
        "INSERT INTO quarantine_request (id, method, target, headers, body) "
        "VALUES (?, ?, ?, ?, ?)");
    kept.bind(id, row.request->method, row.request->target, row.request->headers,
              Bytes{row.request->body});
    status = kept.run();
  }
  if (!status) return status;
  return id;
}

Result<std::optional<QuarantineRow>> UnitOfWork::findQuarantine(RowId id) {
  return readQuarantined(db_, id, false);
}

Status UnitOfWork::updateQuarantine(const QuarantineRow& row) {
  Statement s = db_.statement(
      "UPDATE quarantine SET code = ?, text = ?, state = ?, opened_at = ?, closed_at = ?, "
      "closed_by = ?, note = ?, appeal = ? WHERE id = ?");
  s.bind(row.code, row.text, row.state, row.opened_at, row.closed_at, row.closed_by, row.note,
         row.appeal, row.id);
  return requireChange(s.run());
}

Result<int> UnitOfWork::closeQuarantine(const QuarantineClosing& closing) {
  // The conditions of the partial indexes, word for word.
  Statement s = closing.subject.empty()
                    ? db_.statement(
                          "UPDATE quarantine SET state = 'resolved', closed_at = ?, closed_by = ?, "
                          "note = ? WHERE party = ? AND item_id = ? AND state = 'open'")
                    : db_.statement(
                          "UPDATE quarantine SET state = 'resolved', closed_at = ?, closed_by = ?, "
                          "note = ? WHERE party = ? AND subject = ? AND state = 'open' AND "
                          "subject <> ''");
  s.bind(closing.at, closing.by, closing.note, closing.party,
         closing.subject.empty() ? closing.item_id : closing.subject);
  if (auto status = s.run(); !status) return status;
  return db_.changes();
}

Result<std::vector<QuarantineRow>> UnitOfWork::waitingItems(std::string_view party,
                                                            std::string_view item_id) {
  return readWaitingOf(db_, party, item_id);
}

Result<bool> UnitOfWork::hasOpenQuarantine(std::string_view party, std::string_view subject) {
  return sqlite::hasOpenQuarantine(db_, party, subject);
}

Status UnitOfWork::addSketch(const SketchRow& row) {
  Statement s = db_.statement(
      "INSERT OR IGNORE INTO sketch (appeal, applicant, topic, kato, day, sketch) "
      "VALUES (?, ?, ?, ?, ?, ?)");
  s.bind(row.appeal, row.applicant, row.topic, row.kato, row.day, Bytes{row.sketch});
  return s.run();
}

Status UnitOfWork::dropSketchesBefore(std::string_view day) {
  // Sketches lie in the order in which appeals came, nearly that of their days: from the oldest on, until a
  // thousand in a row may stay.
  do {
    Status status = db_.statement(
                           "DELETE FROM sketch WHERE day < ? AND appeal IN "
                           "(SELECT appeal FROM sketch ORDER BY appeal LIMIT 1000)")
                        .bind(day)
                        .run();
    if (!status) return status;
  } while (db_.changes() > 0);
  return {};
}

Status UnitOfWork::putHint(const HintRow& row) {
  Statement s = db_.statement(
      "INSERT INTO hint (appeal, other, nature, percent, at, verdict, judged_by, judged_at) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (appeal, other) DO UPDATE SET "
      "verdict = excluded.verdict, judged_by = excluded.judged_by, judged_at = excluded.judged_at "
      "WHERE excluded.verdict <> ''");
  s.bind(row.appeal, row.other, row.nature, row.percent, row.at, row.verdict, row.judged_by,
         row.judged_at);
  return s.run();
}

Status UnitOfWork::addSettled(const SettledRow& row) {
  Statement s = db_.statement(
      "INSERT INTO settled (destination, item_id, accepted, code, text, reference) "
      "VALUES (?, ?, ?, ?, ?, ?)");
  s.bind(row.destination, row.item_id, row.accepted, row.code, row.text, row.reference);
  return s.run();
}

Status UnitOfWork::removeSettled(const std::vector<RowId>& ids) {
  for (RowId id : ids) {
    Statement s = db_.statement("DELETE FROM settled WHERE id = ?");
    Status status = s.bind(id).run();
    if (!status) return status;
  }
  return {};
}

Status UnitOfWork::putCursor(const CursorRow& row) {
  Statement s = db_.statement(
      "INSERT INTO collect_cursor (destination, adapter, cursor, at) VALUES (?, ?, ?, ?) "
      "ON CONFLICT (destination, adapter) DO UPDATE SET cursor = excluded.cursor, at = "
      "excluded.at");
  if (auto status = s.bind(row.destination, row.adapter, row.cursor, row.at).run();
      !status || row.adapter.empty()) {
    return status;
  }
  Statement older =
      db_.statement("DELETE FROM collect_cursor WHERE destination = ? AND adapter = ''");
  return older.bind(row.destination).run();
}

Result<std::string> UnitOfWork::cursor(std::string_view destination, std::string_view adapter) {
  return readCursor(db_, destination, adapter);
}

Result<std::int64_t> UnitOfWork::renameDestination(std::string_view from, std::string_view to) {
  std::int64_t appeals = 0;
  // What `to` has under the same key stays, and what is then `from`'s yet means nothing.
  for (const char* sql : {
           "UPDATE appeal SET destination = ? WHERE destination = ? AND destination <> ''",
           "UPDATE OR IGNORE outbox SET destination = ? WHERE destination = ?",
           "UPDATE OR IGNORE external_id SET destination = ? WHERE destination = ?",
           "UPDATE OR IGNORE inbox SET party = ? WHERE party = ?",
           "UPDATE quarantine SET party = ? WHERE party = ?",
           "UPDATE settled SET destination = ? WHERE destination = ?",
           "UPDATE OR IGNORE collect_cursor SET destination = ? WHERE destination = ?",
       }) {
    Statement s = db_.statement(sql);
    if (auto status = s.bind(to, from).run(); !status) return status;
    if (std::string_view(sql).starts_with("UPDATE appeal ")) appeals = db_.changes();
  }
  Statement left = db_.statement("DELETE FROM collect_cursor WHERE destination = ?");
  if (auto status = left.bind(from).run(); !status) return status;
  return appeals;
}

Result<int> UnitOfWork::removeCursors(std::string_view destination) {
  Statement s = db_.statement("DELETE FROM collect_cursor WHERE destination = ?");
  if (auto status = s.bind(destination).run(); !status) return status;
  return db_.changes();
}

Status UnitOfWork::addAttachment(const AttachmentRow& row) {
  Statement s = db_.statement(
      "INSERT INTO attachment (sha256, bytes, mime, at) VALUES (?, ?, ?, ?) "
      "ON CONFLICT (sha256) DO NOTHING");
  return s.bind(Packed{row.sha256}, row.bytes, row.mime, row.at).run();
}

Result<bool> UnitOfWork::addNotice(const NoticeRow& row) {
  Statement s = db_.statement(
      "INSERT INTO notice (appeal, seq, channel, event, kind, language, state, provider_id, "
      "attempts, event_at, created_at, next_at, code, sent_at, reported_at) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
      "ON CONFLICT (appeal, seq, channel) DO NOTHING");
  s.bind(row.appeal, row.seq, row.channel, row.event, row.kind, row.language,
         static_cast<int>(row.state), row.provider_id, row.attempts, row.event_at, row.created_at,
         row.next_at, row.code, row.sent_at, row.reported_at);
  Status status = s.run();
  if (!status) return status;
  return db_.changes() > 0;
}

Status UnitOfWork::updateNotice(const NoticeRow& row) {
  Statement s = db_.statement(
      "UPDATE notice SET state = ?, provider_id = ?, attempts = ?, next_at = ?, code = ?, "
      "sent_at = ?, reported_at = ? WHERE id = ?");
  s.bind(static_cast<int>(row.state), row.provider_id, row.attempts, row.next_at, row.code,
         row.sent_at, row.reported_at, row.id);
  return requireChange(s.run());
}

Result<std::optional<NoticeRow>> UnitOfWork::findNotice(RowId id) { return readNotice(db_, id); }

Result<int> UnitOfWork::overtakeNotices(RowId appeal, std::string_view channel,
                                        std::string_view kind, std::int64_t seq,
                                        std::string_view code) {
  Statement s = db_.statement(
      "UPDATE notice SET state = 4, code = ? "
      "WHERE appeal = ? AND seq < ? AND channel = ? AND kind = ? AND state = 0");
  Status status = s.bind(code, appeal, seq, channel, kind).run();
  if (!status) return status;
  return db_.changes();
}

Result<int> UnitOfWork::removeNotices(Instant made_before, int limit) {
  Statement s = db_.statement(
      "DELETE FROM notice WHERE id IN (SELECT id FROM notice ORDER BY id LIMIT ?1) "
      "AND state <> 0 AND created_at < ?2 AND id <> (SELECT max(id) FROM notice)");
  Status status = s.bind(limit, made_before).run();
  if (!status) return status;
  return db_.changes();
}

Result<std::int64_t> UnitOfWork::addJournal(const JournalRow& given) {
  JournalRow row = given;
  row.position = journal_size_ + static_cast<std::int64_t>(leaves_.size());
  Statement s = db_.statement(
      "INSERT INTO journal (position, at, direction, party, message_id, type, body_sha256, "
      "signature) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  s.bind(row.position, row.at, row.direction, row.party, Packed{row.message_id}, row.type,
         Packed{row.body_sha256}, row.signature);
  Status status = s.run();
  if (!status) return status;
  leaves_.push_back(trust::merkleLeafHash(journalText(row)));
  return row.position;
}

}  // namespace hub::store::sqlite
