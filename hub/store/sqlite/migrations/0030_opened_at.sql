-- An item that waited becomes open later than newer ones: who closes what he looked at does not mean it.
ALTER TABLE quarantine ADD COLUMN opened_at INTEGER;
