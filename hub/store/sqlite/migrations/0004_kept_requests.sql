-- An agency's own request as it came, so that a push can run through the whole way in once more.
-- headers: "Name: value" lines. body: '' if quarantine_body.raw is the whole body.
CREATE TABLE quarantine_request (
  id      INTEGER PRIMARY KEY REFERENCES quarantine (id),
  method  TEXT NOT NULL,
  target  TEXT NOT NULL,
  headers TEXT NOT NULL,
  body    BLOB NOT NULL
) STRICT;
