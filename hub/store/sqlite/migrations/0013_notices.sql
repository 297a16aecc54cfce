-- What applicants are told of an appeal's events by SMS: that it was told, and what became of it. Neither the
-- phone number nor the text is kept. state: 0 waiting, 1 sent, 2 delivered, 3 failed, 4 skipped.
CREATE TABLE notice (
  id          INTEGER PRIMARY KEY,
  appeal      INTEGER NOT NULL REFERENCES appeal (id),
  seq         INTEGER NOT NULL,
  channel     TEXT NOT NULL,
  event       TEXT NOT NULL,
  kind        TEXT NOT NULL,
  language    TEXT NOT NULL,
  state       INTEGER NOT NULL,
  provider_id TEXT NOT NULL,
  attempts    INTEGER NOT NULL,
  event_at    INTEGER NOT NULL,
  created_at  INTEGER NOT NULL,
  next_at     INTEGER NOT NULL,
  code        TEXT NOT NULL,
  sent_at     INTEGER,
  reported_at INTEGER
) STRICT;
CREATE UNIQUE INDEX notice_event ON notice (appeal, seq, channel);
-- What is finished stands in no index of work.
CREATE INDEX notice_waiting ON notice (next_at) WHERE state = 0;
CREATE INDEX notice_failed ON notice (id) WHERE state = 3;
