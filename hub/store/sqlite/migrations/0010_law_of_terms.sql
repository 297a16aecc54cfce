-- By which procedure, and under which special kind, an appeal is considered; '' is the usual procedure of
-- its kind, or no special kind. Older complaints on public services are told by the law of their term.
ALTER TABLE appeal ADD COLUMN procedure TEXT NOT NULL DEFAULT '';
ALTER TABLE appeal ADD COLUMN kind_special TEXT NOT NULL DEFAULT '';
UPDATE appeal SET procedure = 'public_service'
  WHERE kind = 'complaint' AND id IN (SELECT appeal FROM clock WHERE law = 'LAW-88');
-- Where and until which hour the term was counted: '' and 0 are the registrar's.
ALTER TABLE clock ADD COLUMN zone TEXT NOT NULL DEFAULT '';
ALTER TABLE clock ADD COLUMN cut_off INTEGER NOT NULL DEFAULT 0;
-- What runs, by its last day: what is pressing is found without looking at what is over.
CREATE INDEX clock_open ON clock (due_date)
  WHERE status <> 'met' AND status <> 'missed' AND status <> 'extended' AND status <> 'cancelled';
-- The calendars that terms were counted by: an explanation stays true after a later version.
CREATE TABLE calendar_year (
  year    INTEGER NOT NULL,
  version TEXT NOT NULL,
  days    TEXT NOT NULL,
  PRIMARY KEY (year, version)
) STRICT, WITHOUT ROWID;
