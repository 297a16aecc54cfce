-- Lists of appeals, newest first: the rowid that every index ends with is the second sort key.
CREATE INDEX appeal_received    ON appeal (received_at);
CREATE INDEX appeal_state       ON appeal (state, received_at);
CREATE INDEX appeal_destination ON appeal (destination, received_at) WHERE destination <> '';
CREATE INDEX appeal_body        ON appeal (body_bin, received_at) WHERE body_bin <> '';
