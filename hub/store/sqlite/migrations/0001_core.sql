-- The hub's own tables. Times are microseconds since 1970 UTC. Columns of type ANY hold identifiers
-- and digests: 16 or 32 raw bytes where the text is a canonical UUID or a lower-case hex SHA-256,
-- otherwise the text itself (see sqlite/database.h).

CREATE TABLE appeal (
  id                 INTEGER PRIMARY KEY,
  hub_id             ANY  NOT NULL,
  source_system      TEXT NOT NULL,
  source_id          TEXT NOT NULL,
  content_sha256     ANY  NOT NULL,
  reg_number         TEXT NOT NULL,
  kind               TEXT NOT NULL,
  language           TEXT NOT NULL,
  character          TEXT NOT NULL,
  topic              TEXT NOT NULL,
  kato               TEXT NOT NULL,
  body_bin           TEXT NOT NULL,
  destination        TEXT NOT NULL,
  state              TEXT NOT NULL,
  state_since        INTEGER NOT NULL,
  received_at        INTEGER NOT NULL,
  registered_at      INTEGER,
  due_date           TEXT NOT NULL,
  decision_outcome   TEXT NOT NULL,
  decision_character TEXT NOT NULL,
  journal_position   INTEGER NOT NULL,
  updated_at         INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX appeal_hub_id ON appeal (hub_id);
CREATE UNIQUE INDEX appeal_source ON appeal (source_id, source_system);
CREATE UNIQUE INDEX appeal_number ON appeal (reg_number) WHERE reg_number <> '';

CREATE TABLE external_id (
  destination TEXT NOT NULL,
  external_id TEXT NOT NULL,
  appeal      INTEGER NOT NULL REFERENCES appeal (id),
  at          INTEGER NOT NULL,
  PRIMARY KEY (external_id, destination)
) STRICT, WITHOUT ROWID;
CREATE INDEX external_id_appeal ON external_id (appeal);

CREATE TABLE number_series (
  series TEXT PRIMARY KEY,
  last   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- sha256 is the digest of this event's text, which contains the digest of the event before it.
CREATE TABLE event (
  appeal         INTEGER NOT NULL REFERENCES appeal (id),
  seq            INTEGER NOT NULL,
  event_id       ANY  NOT NULL,
  type           TEXT NOT NULL,
  at             INTEGER NOT NULL,
  actor          TEXT NOT NULL,
  from_state     TEXT NOT NULL,
  to_state       TEXT NOT NULL,
  reason         TEXT NOT NULL,
  text_kk        TEXT NOT NULL,
  text_ru        TEXT NOT NULL,
  text_en        TEXT NOT NULL,
  payload_sha256 ANY  NOT NULL,
  sha256         ANY  NOT NULL,
  PRIMARY KEY (appeal, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE clock (
  appeal           INTEGER NOT NULL REFERENCES appeal (id),
  number           INTEGER NOT NULL,
  name             TEXT NOT NULL,
  rule_id          TEXT NOT NULL,
  rule_version     TEXT NOT NULL,
  law              TEXT NOT NULL,
  article          TEXT NOT NULL,
  day_kind         TEXT NOT NULL,
  first_day        TEXT NOT NULL,
  start_event      TEXT NOT NULL,
  length           INTEGER NOT NULL,
  start_at         INTEGER NOT NULL,
  due_date         TEXT NOT NULL,
  calendar_version TEXT NOT NULL,
  status           TEXT NOT NULL,
  explanation      TEXT NOT NULL,
  PRIMARY KEY (appeal, number)
) STRICT, WITHOUT ROWID;

-- Bodies stand apart: lists and searches read `message`, never `message_body`.
CREATE TABLE message (
  id         INTEGER PRIMARY KEY,
  message_id ANY  NOT NULL,
  appeal     INTEGER REFERENCES appeal (id),
  type       TEXT NOT NULL,
  direction  TEXT NOT NULL,
  party      TEXT NOT NULL,
  at         INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX message_message_id ON message (message_id);
CREATE INDEX message_appeal ON message (appeal);
CREATE TABLE message_body (
  id   INTEGER PRIMARY KEY REFERENCES message (id),
  body TEXT NOT NULL
) STRICT;

-- state: the number of hub::store::OutboxState. 4 delivered and 5 rejected are finished.
CREATE TABLE outbox (
  id          INTEGER PRIMARY KEY,
  message_id  ANY  NOT NULL,
  destination TEXT NOT NULL,
  appeal      INTEGER REFERENCES appeal (id),
  type        TEXT NOT NULL,
  state       INTEGER NOT NULL,
  attempts    INTEGER NOT NULL,
  created_at  INTEGER NOT NULL,
  next_at     INTEGER NOT NULL,
  external_id TEXT NOT NULL,
  last_code   TEXT NOT NULL,
  last_text   TEXT NOT NULL,
  escalated   INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX outbox_message_id ON outbox (message_id, destination);
CREATE INDEX outbox_appeal ON outbox (appeal);
-- Finished rows are not in it: finding work and counting cost nothing for what is done.
CREATE INDEX outbox_open ON outbox (destination, state, next_at, created_at)
  WHERE state IN (0, 1, 2, 3, 6, 7);

CREATE TABLE attempt (
  outbox     INTEGER NOT NULL REFERENCES outbox (id),
  number     INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at   INTEGER NOT NULL,
  outcome    INTEGER NOT NULL,
  code       TEXT NOT NULL,
  text       TEXT NOT NULL,
  PRIMARY KEY (outbox, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE inbox (
  id             INTEGER PRIMARY KEY,
  party          TEXT NOT NULL,
  item_id        TEXT NOT NULL,
  status         TEXT NOT NULL,
  message_id     ANY  NOT NULL,
  content_sha256 ANY  NOT NULL,
  answer         TEXT NOT NULL,
  at             INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX inbox_item ON inbox (item_id, party);

CREATE TABLE quarantine (
  id          INTEGER PRIMARY KEY,
  party       TEXT NOT NULL,
  item_id     TEXT NOT NULL,
  at          INTEGER NOT NULL,
  code        TEXT NOT NULL,
  text        TEXT NOT NULL,
  correlation TEXT NOT NULL,
  state       TEXT NOT NULL
) STRICT;
CREATE INDEX quarantine_party ON quarantine (party);
CREATE TABLE quarantine_body (
  id  INTEGER PRIMARY KEY REFERENCES quarantine (id),
  raw BLOB NOT NULL
) STRICT;

CREATE TABLE settled (
  id          INTEGER PRIMARY KEY,
  destination TEXT NOT NULL,
  item_id     TEXT NOT NULL,
  accepted    INTEGER NOT NULL,
  code        TEXT NOT NULL,
  text        TEXT NOT NULL,
  reference   TEXT NOT NULL
) STRICT;
CREATE INDEX settled_destination ON settled (destination);

CREATE TABLE collect_cursor (
  destination TEXT PRIMARY KEY,
  cursor      TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE attachment (
  sha256 ANY PRIMARY KEY,
  bytes  INTEGER NOT NULL,
  mime   TEXT NOT NULL,
  at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The journal and its Merkle log. journal_node is numbered by hub::trust::merkleNodeNumber: every
-- complete subtree once, in the order of completion, so all three tables only ever grow at the end.
CREATE TABLE journal (
  position    INTEGER PRIMARY KEY,
  at          INTEGER NOT NULL,
  direction   TEXT NOT NULL,
  party       TEXT NOT NULL,
  message_id  ANY  NOT NULL,
  type        TEXT NOT NULL,
  body_sha256 ANY  NOT NULL,
  signature   TEXT NOT NULL
) STRICT;
CREATE TABLE journal_node (
  number INTEGER PRIMARY KEY,
  hash   BLOB NOT NULL
) STRICT;
CREATE TABLE tree_head (
  size      INTEGER PRIMARY KEY,
  root      BLOB NOT NULL,
  at        INTEGER NOT NULL,
  signature TEXT NOT NULL
) STRICT;
