-- Refusals that the law presumed are counted by their events, for the body that had the appeal then, without reading all
-- the others. Plain comparisons, see 0007.
CREATE INDEX event_deemed_refused ON event (id) WHERE type = 'deemed_refused';
-- What went up from the silent body is not refused by the one above it, which still considers it.
UPDATE appeal SET decision_outcome = ''
  WHERE decision_outcome = 'deemed_refused' AND (state = 'routed' OR state = 'assigned')
    AND EXISTS (SELECT 1 FROM event INDEXED BY event_deemed_refused WHERE type = 'deemed_refused'
                AND event.id > (appeal.id << 20) AND event.id < ((appeal.id + 1) << 20));
