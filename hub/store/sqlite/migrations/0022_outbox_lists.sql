-- The outbox as people list it, newest first: of one destination, and what was refused. Neither column of the first
-- ever changes, so that a delivery costs one entry more. The second holds what is counted of the refused. Plain
-- comparisons, see 0007.
CREATE INDEX outbox_destination ON outbox (destination);
CREATE INDEX outbox_rejected ON outbox (id, destination, type, appeal, state) WHERE state = 5;
