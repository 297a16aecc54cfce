-- What a kept request or answer belongs to, so that it is closed once the same succeeds: the digest of a
-- verified push, the message id of a delivery, 'collect'; '' if only a person may close it.
ALTER TABLE quarantine ADD COLUMN subject TEXT NOT NULL DEFAULT '';
CREATE INDEX quarantine_open_item ON quarantine (party, item_id) WHERE state = 'open';
CREATE INDEX quarantine_open_subject ON quarantine (party, subject)
  WHERE state = 'open' AND subject <> '';
