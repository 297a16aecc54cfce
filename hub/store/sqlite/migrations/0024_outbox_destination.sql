-- Only the list of a destination is to use its index, which it asks for by this condition: where other queries name an
-- appeal and a destination, it looked as good as the index of the appeal, and is all rows of a body.
DROP INDEX outbox_destination;
CREATE INDEX outbox_destination ON outbox (destination) WHERE appeal > 0;
