-- What users see of a table with a key, or of one that only grows: current rows under the source's
-- names.
-- In: comment (our mark: by it views that have no table any more are found), view, columns
-- (`s.c<id> AS <name>`, or an expression of it), storage, settings (or nothing). FINAL filters
-- tombstones and old rows.
CREATE OR REPLACE VIEW {{view}} AS
SELECT {{columns}}
FROM tailrace.{{storage}} AS s FINAL
{{settings}}
COMMENT '{{comment}}'
