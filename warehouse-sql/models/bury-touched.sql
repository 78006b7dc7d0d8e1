-- Adds a tombstone for each present row of the touched groups.
-- In: storage, present: names in backticks; settings: for the build; version: the tombstones get
-- it; touched: a condition on the rows.
-- By hand: after the holes are filled.
INSERT INTO tailrace_models.{{storage}}
SETTINGS {{settings}}
SELECT * REPLACE (toUInt64({{version}}) AS _tr_version, toUInt8(1) AS _tr_deleted)
FROM tailrace_models.{{present}} FINAL
WHERE {{touched}}
