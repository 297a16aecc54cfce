-- What complaints did to the execution of acts, by the appeal: which acts stand stopped is told without reading the events
-- of all others. Plain comparisons, see 0007; '`' is what follows '_'.
CREATE INDEX event_execution ON event (appeal, type) WHERE type >= 'execution_' AND type < 'execution`';
