-- What a body forwarded as not its own (65(1)), and what its system refused at the delivery for that reason, is told by the
-- same report as what it gave back. Plain comparisons, see 0007.
DROP INDEX event_refused;
CREATE INDEX event_returned ON event (appeal)
  WHERE type = 'status_refused' OR type = 'status_not_registered' OR type = 'status_forwarded'
    OR (type = 'decided' AND reason = 'forwarded') OR reason = 'decline_competence' OR reason = 'forward_whole'
    OR (type = 'delivery_refused' AND reason = 'adapter.not_competent');
