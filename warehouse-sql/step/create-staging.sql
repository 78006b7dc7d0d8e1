-- Creates an empty table for the rows of one step whose unchanged values are being resolved: the
-- storage's columns, and whether a value was found nowhere.
-- In: staging: name in backticks; storage: name in backticks, `t16384_1_g1`.
-- By hand: after the holes are filled.
CREATE OR REPLACE TABLE tailrace.{{staging}}
ENGINE = MergeTree
ORDER BY tuple()
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
EMPTY AS SELECT *, toUInt8(0) AS _tr_unresolved FROM tailrace.{{storage}}
