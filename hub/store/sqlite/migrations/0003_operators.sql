-- What an operator needs to work off the quarantine. kind: item, answer, push; '' before this schema.
ALTER TABLE quarantine ADD COLUMN kind TEXT NOT NULL DEFAULT '';
ALTER TABLE quarantine ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE quarantine ADD COLUMN closed_at INTEGER;
ALTER TABLE quarantine ADD COLUMN closed_by TEXT NOT NULL DEFAULT '';
ALTER TABLE quarantine ADD COLUMN note TEXT NOT NULL DEFAULT '';
UPDATE quarantine SET bytes = coalesce((SELECT length(raw) FROM quarantine_body AS b
                                        WHERE b.id = quarantine.id), 0);
-- The translated item with its references and the evidence it came with: judged again as it was.
CREATE TABLE quarantine_item (
  id             INTEGER PRIMARY KEY REFERENCES quarantine (id),
  type           TEXT NOT NULL,
  form           TEXT NOT NULL,
  correlation_id TEXT NOT NULL,
  in_reply_to    TEXT NOT NULL,
  external_id    TEXT NOT NULL,
  reg_number     TEXT NOT NULL,
  evidence       TEXT NOT NULL,
  signer         TEXT NOT NULL,
  body           BLOB NOT NULL
) STRICT;

-- Who signed what an event tells of: format and certificate, as verified.
ALTER TABLE event ADD COLUMN evidence TEXT NOT NULL DEFAULT '';

-- The day that counts as registration by law, which may be after the instant of arrival.
ALTER TABLE appeal ADD COLUMN registration_date TEXT NOT NULL DEFAULT '';
UPDATE appeal SET registration_date = coalesce(
  (SELECT due_date FROM clock WHERE clock.appeal = appeal.id AND name = 'register'
   ORDER BY number LIMIT 1), '');

-- next_at of an awaiting row (state 3) is the end of its wait from now on.
UPDATE outbox SET next_at = next_at + 86400000000 WHERE state = 3;
-- What waited in vain, for the status page.
CREATE INDEX outbox_overdue ON outbox (destination) WHERE state = 3 AND escalated = 1;
