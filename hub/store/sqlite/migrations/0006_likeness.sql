-- What is kept of an appeal's text to find its like (hub/rules/duplicates.h); no text and no identity.
CREATE TABLE sketch (
  appeal    INTEGER PRIMARY KEY REFERENCES appeal (id),
  applicant INTEGER NOT NULL,
  topic     TEXT NOT NULL,
  kato      TEXT NOT NULL,
  day       TEXT NOT NULL,
  sketch    BLOB NOT NULL
) STRICT;
-- Appeals that look alike: `appeal` came after `other`. verdict: '' until a person judged, linked, dismissed.
CREATE TABLE hint (
  appeal     INTEGER NOT NULL REFERENCES appeal (id),
  other      INTEGER NOT NULL REFERENCES appeal (id),
  nature     TEXT NOT NULL,
  percent    INTEGER NOT NULL,
  at         INTEGER NOT NULL,
  verdict    TEXT NOT NULL DEFAULT '',
  judged_by  TEXT NOT NULL DEFAULT '',
  judged_at  INTEGER,
  PRIMARY KEY (appeal, other)
) STRICT, WITHOUT ROWID;
CREATE INDEX hint_other ON hint (other);
