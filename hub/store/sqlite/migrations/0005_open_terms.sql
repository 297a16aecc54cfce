-- Who considers the appeal within its body, by the body's own id of the person; '' while nobody.
ALTER TABLE appeal ADD COLUMN executor TEXT NOT NULL DEFAULT '';
-- Open appeals by their legal due date: what is overdue is found without looking at what is done.
CREATE INDEX appeal_open_due ON appeal (due_date)
  WHERE due_date <> '' AND state NOT IN ('executed', 'terminated', 'left_without_consideration',
                                         'returned', 'deemed_refused', 'forwarded_full',
                                         'sent_to_higher');
