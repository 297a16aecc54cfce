-- The load of an executor: open appeals whose day is not known count, too; what is signed is done. Plain comparisons, see
-- 0007.
DROP INDEX appeal_assigned;
CREATE INDEX appeal_assigned ON appeal (body_bin, due_date)
  WHERE executor <> '' AND state <> 'decision_signed' AND state <> 'executed' AND state <> 'terminated'
    AND state <> 'left_without_consideration' AND state <> 'returned' AND state <> 'deemed_refused'
    AND state <> 'forwarded_full' AND state <> 'sent_to_higher';
