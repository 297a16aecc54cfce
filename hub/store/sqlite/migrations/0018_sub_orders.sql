-- What bodies ask of other bodies while they have a case. In the tree of its appeal by one integer key, as events
-- are: appeal * 2^20 + number. `open`: it is neither checked nor cancelled.
CREATE TABLE sub_order (
  id          INTEGER PRIMARY KEY,
  appeal      INTEGER NOT NULL GENERATED ALWAYS AS (id >> 20) VIRTUAL REFERENCES appeal (id),
  number      INTEGER NOT NULL GENERATED ALWAYS AS (id & 1048575) VIRTUAL,
  kind        TEXT NOT NULL,
  state       TEXT NOT NULL,
  open        INTEGER NOT NULL,
  body        TEXT NOT NULL,
  target      TEXT NOT NULL,
  follows     INTEGER NOT NULL,
  text        TEXT NOT NULL,
  due_date    TEXT NOT NULL,
  answer      TEXT NOT NULL,
  reason      TEXT NOT NULL,
  created_at  INTEGER NOT NULL,
  created_by  TEXT NOT NULL,
  state_since INTEGER NOT NULL,
  answered_at INTEGER
) STRICT;
-- What is over stands in no index of work.
CREATE INDEX sub_order_open ON sub_order (due_date, id) WHERE open = 1;
CREATE INDEX sub_order_asked ON sub_order (body, due_date, id) WHERE open = 1;
CREATE INDEX sub_order_owed ON sub_order (target, due_date, id) WHERE open = 1;
