-- The same partial indexes with plain comparisons: for IN (…) the engine opens a temporary tree on
-- every insert and update of the table.
DROP INDEX outbox_open;
CREATE INDEX outbox_open ON outbox (destination, state, next_at, created_at)
  WHERE state <> 4 AND state <> 5;
DROP INDEX appeal_open_due;
CREATE INDEX appeal_open_due ON appeal (due_date)
  WHERE due_date <> '' AND state <> 'executed' AND state <> 'terminated'
    AND state <> 'left_without_consideration' AND state <> 'returned' AND state <> 'deemed_refused'
    AND state <> 'forwarded_full' AND state <> 'sent_to_higher';
