-- The local day of the decision itself, for reports: the state changes when it is delivered, or when the hub learns of it.
-- Of decisions before this schema the day on which the hub had them is taken, in the national zone.
ALTER TABLE appeal ADD COLUMN decided_on TEXT NOT NULL DEFAULT '';
UPDATE appeal SET decided_on = coalesce((
    SELECT strftime('%Y-%m-%d', event.at / 1000000 + 18000, 'unixepoch') FROM event
    WHERE event.id > (appeal.id << 20) AND event.id < ((appeal.id + 1) << 20)
      AND (type = 'decided' OR type = 'deemed_refused') ORDER BY event.id DESC LIMIT 1), '')
  WHERE decision_outcome <> '';
