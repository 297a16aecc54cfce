-- What bodies missed, and what persons judged, is counted for reports without reading all that went well.
CREATE INDEX clock_missed ON clock (id) WHERE status = 'missed';
CREATE INDEX hint_judged ON hint (appeal, other) WHERE verdict <> '';
