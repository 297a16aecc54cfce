-- Events and terms lie in the tree of their appeal by one integer key: appeal * 2^20 + number. With the pair as
-- key of a table WITHOUT ROWID the inner pages held whole rows, so that the tree was seven levels deep
-- at a million appeals; now it is three.
CREATE TABLE event_by_key (
  id             INTEGER PRIMARY KEY,
  appeal         INTEGER NOT NULL GENERATED ALWAYS AS (id >> 20) VIRTUAL REFERENCES appeal (id),
  seq            INTEGER NOT NULL GENERATED ALWAYS AS (id & 1048575) VIRTUAL,
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
  evidence       TEXT NOT NULL
) STRICT;
INSERT INTO event_by_key (id, event_id, type, at, actor, from_state, to_state, reason, text_kk, text_ru,
                          text_en, payload_sha256, sha256, evidence)
  SELECT (appeal << 20) + seq, event_id, type, at, actor, from_state, to_state, reason, text_kk, text_ru,
         text_en, payload_sha256, sha256, evidence FROM event ORDER BY appeal, seq;
DROP TABLE event;
ALTER TABLE event_by_key RENAME TO event;
CREATE INDEX event_refused ON event (appeal)
  WHERE type = 'status_refused' OR reason = 'decline_competence';

CREATE TABLE clock_by_key (
  id               INTEGER PRIMARY KEY,
  appeal           INTEGER NOT NULL GENERATED ALWAYS AS (id >> 20) VIRTUAL REFERENCES appeal (id),
  number           INTEGER NOT NULL GENERATED ALWAYS AS (id & 1048575) VIRTUAL,
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
  zone             TEXT NOT NULL,
  cut_off          INTEGER NOT NULL
) STRICT;
INSERT INTO clock_by_key (id, name, rule_id, rule_version, law, article, day_kind, first_day, start_event,
                          length, start_at, due_date, calendar_version, status, explanation, zone, cut_off)
  SELECT (appeal << 20) + number, name, rule_id, rule_version, law, article, day_kind, first_day, start_event,
         length, start_at, due_date, calendar_version, status, explanation, zone, cut_off
  FROM clock ORDER BY appeal, number;
DROP TABLE clock;
ALTER TABLE clock_by_key RENAME TO clock;
CREATE INDEX clock_extended ON clock (appeal) WHERE name = 'consider_extended';
CREATE INDEX clock_open ON clock (due_date)
  WHERE status <> 'met' AND status <> 'missed' AND status <> 'extended' AND status <> 'cancelled';
