// Reads of the canonical messages and of the attachments they name.
#include "hub/store/sqlite/queries.h"
#include "hub/store/sqlite/take_rows.h"

namespace hub::store::sqlite {
namespace {

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

}  // namespace

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

Result<std::vector<MessageRow>> readMessagesOf(Connection& db, RowId appeal,
                                               std::string_view type) {
  Statement s = db.statement(
      "SELECT message_id, appeal, type, direction, party, at, body"
      " FROM message JOIN message_body USING (id) WHERE appeal = ? AND type = ? ORDER BY id");
  return takeAll(s.bind(appeal, type), [](Statement& c) { return takeMessage(c, true); });
}

Result<std::optional<MessageRow>> readMessage(Connection& db, std::string_view message_id) {
  Statement s = db.statement(
      "SELECT message_id, appeal, type, direction, party, at, body"
      " FROM message JOIN message_body USING (id) WHERE message_id = ?");
  return takeOne(s.bind(Packed{message_id}), [](Statement& c) { return takeMessage(c, true); });
}

Result<std::optional<MessageRow>> readNewestMessage(Connection& db, RowId appeal,
                                                    std::string_view type) {
  Statement s = db.statement(
      "SELECT message_id, appeal, type, direction, party, at, body"
      " FROM message JOIN message_body USING (id) WHERE appeal = ? AND type = ?"
      " ORDER BY id DESC LIMIT 1");
  return takeOne(s.bind(appeal, type), [](Statement& c) { return takeMessage(c, true); });
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

}  // namespace hub::store::sqlite
