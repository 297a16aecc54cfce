-- How far collecting has come is told in words of the adapter that asks, which another one cannot read: each has its own.
-- adapter: its name; '' for what no adapter keeps, and for what an older release kept, which is the next asker's.
CREATE TABLE cursor_of_adapter (
  destination TEXT NOT NULL,
  adapter     TEXT NOT NULL DEFAULT '',
  cursor      TEXT NOT NULL,
  at          INTEGER,
  PRIMARY KEY (destination, adapter)
) STRICT, WITHOUT ROWID;
INSERT INTO cursor_of_adapter (destination, adapter, cursor) SELECT destination, '', cursor FROM collect_cursor;
DROP TABLE collect_cursor;
ALTER TABLE cursor_of_adapter RENAME TO collect_cursor;
