-- Whose appeal a kept message is about, by its references; 0 if nobody can tell.
ALTER TABLE quarantine ADD COLUMN appeal INTEGER NOT NULL DEFAULT 0;
UPDATE quarantine SET appeal = coalesce(
  (SELECT id FROM appeal WHERE reg_number = correlation AND reg_number <> ''),
  (SELECT e.appeal FROM external_id AS e WHERE e.external_id = correlation AND e.destination = party), 0)
  WHERE correlation <> '';
CREATE INDEX quarantine_appeal ON quarantine (appeal) WHERE appeal <> 0;
-- Pushed without a signature: a stranger can send as many as he likes, and they must hide nothing of an agency's own.
ALTER TABLE quarantine ADD COLUMN nobodys INTEGER NOT NULL DEFAULT 0;
UPDATE quarantine SET nobodys = 1 WHERE kind = 'push'
  AND code IN ('trust.signature_missing', 'trust.malformed', 'trust.dtd_refused');
-- Lists, newest first: the rowid that every index ends with is the sort key. What is open is counted by the last one.
CREATE INDEX quarantine_nobodys ON quarantine (nobodys);
CREATE INDEX quarantine_party_nobodys ON quarantine (party, nobodys);
CREATE INDEX quarantine_open ON quarantine (id, party, nobodys, code, state) WHERE state = 'open';
