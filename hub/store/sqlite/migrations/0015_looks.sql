-- Whose term has ended is found by its open clock, of the name that is asked for: what an applicant may still do stays
-- open with all that was ever decided. The same by the appeal cost an entry with every appeal and every moved term. The
-- work that executors have, by body, costs the appeals alone that have one.
DROP INDEX clock_open;
CREATE INDEX clock_open ON clock (name, due_date)
  WHERE status <> 'met' AND status <> 'missed' AND status <> 'extended' AND status <> 'cancelled';
DROP INDEX appeal_open_due;
CREATE INDEX appeal_assigned ON appeal (body_bin, due_date)
  WHERE executor <> '' AND due_date <> '' AND state <> 'executed' AND state <> 'terminated'
    AND state <> 'left_without_consideration' AND state <> 'returned' AND state <> 'deemed_refused'
    AND state <> 'forwarded_full' AND state <> 'sent_to_higher';
-- What a case that is over left open is over with it.
UPDATE clock SET status = 'cancelled'
  WHERE name IN ('consider', 'consider_extended') AND status IN ('running', 'unknown')
    AND id >> 20 IN (SELECT id FROM appeal WHERE state IN ('executed', 'terminated',
                     'left_without_consideration', 'returned', 'deemed_refused', 'forwarded_full', 'sent_to_higher'));
-- An appeal's newest message of a type, and the numbers it has elsewhere, without reading the rest of them.
DROP INDEX message_appeal;
CREATE INDEX message_appeal ON message (appeal, type);
DROP INDEX external_id_appeal;
CREATE INDEX external_id_appeal ON external_id (appeal, at);
-- Who does not register an appeal did not take it as its own either.
DROP INDEX event_refused;
CREATE INDEX event_refused ON event (appeal)
  WHERE type = 'status_refused' OR type = 'status_not_registered' OR reason = 'decline_competence';
