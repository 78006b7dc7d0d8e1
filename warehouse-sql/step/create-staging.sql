-- Creates an empty table for the rows of one step whose unchanged values are being resolved: the
-- storage's columns, and whether a value was found nowhere.
-- In: staging: name in backticks; replicated: `Replicated` on a cluster, or nothing;
-- storage: name in backticks, `t16384_1_g1`; settings: a SETTINGS clause or nothing, from
-- warehouse/place.ts.
-- By hand: after the holes are filled.
CREATE OR REPLACE TABLE tailrace.{{staging}}
ENGINE = {{replicated}}MergeTree
ORDER BY tuple()
{{settings}}
EMPTY AS SELECT *, toUInt8(0) AS _tr_unresolved FROM tailrace.{{storage}}
