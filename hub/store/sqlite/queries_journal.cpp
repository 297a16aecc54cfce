// Reads of the journal: records, nodes of its tree, signed heads.
#include "hub/store/sqlite/queries.h"
#include "hub/store/sqlite/take_rows.h"

namespace hub::store::sqlite {

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
