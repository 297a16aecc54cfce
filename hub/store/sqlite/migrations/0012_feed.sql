-- Events in the order in which they became durable, for whoever follows them: one row a commit, the keys of
-- its events separated by commas. A commit that told nothing has no row; the rows have no gaps else.
CREATE TABLE feed (
  id     INTEGER PRIMARY KEY,
  events TEXT NOT NULL
) STRICT;
-- What was told before: by its time.
INSERT INTO feed (events) SELECT CAST(id AS TEXT) FROM event ORDER BY at, id;
