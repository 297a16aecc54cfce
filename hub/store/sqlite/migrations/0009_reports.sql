-- What reports over millions look for among the clocks and events without reading all of them: who was
-- granted an extension, and what a body did not take as its own. Plain comparisons, see 0007.
CREATE INDEX clock_extended ON clock (appeal) WHERE name = 'consider_extended';
CREATE INDEX event_refused ON event (appeal)
  WHERE type = 'status_refused' OR reason = 'decline_competence';
