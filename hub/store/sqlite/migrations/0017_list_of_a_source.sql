-- A client that is bound to a source system lists its own appeals without reading everybody's.
CREATE INDEX appeal_of_source ON appeal (source_system, received_at);
