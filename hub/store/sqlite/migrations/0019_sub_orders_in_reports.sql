-- A sub-order that is sent twice is made once, by the key its maker gave it. When the body asked got it, and whether it
-- missed its day, stay known for the reports.
ALTER TABLE sub_order ADD COLUMN sent_at INTEGER;
ALTER TABLE sub_order ADD COLUMN missed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sub_order ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE sub_order ADD COLUMN source_id TEXT NOT NULL DEFAULT '';
ALTER TABLE sub_order ADD COLUMN content_sha256 TEXT NOT NULL DEFAULT '';
-- As far as it can still be told: the last step is known, not the signature. The day of the registrar is five hours ahead.
UPDATE sub_order SET sent_at = coalesce(answered_at, state_since) WHERE state IN ('signed', 'answered', 'checked') OR answered_at IS NOT NULL;
UPDATE sub_order SET missed = 1 WHERE answered_at IS NOT NULL
  AND date(answered_at / 1000000 + 5 * 3600, 'unixepoch') > due_date;
-- What was asked again has no answer that stands.
UPDATE sub_order SET answered_at = NULL WHERE state = 'signed';
CREATE INDEX sub_order_missed ON sub_order (id) WHERE missed = 1;
