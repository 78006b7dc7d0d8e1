-- Marks arrays that the source has got without a value for older rows. Those rows have NULL, which
-- an array column cannot hold, so the map of exact texts says it. Runs before the columns are
-- added.
-- In: storage: name in backticks, `t16384_1_g1`; columns: `['c<id>', …]`; sync: which
-- replicas are waited for: 2 for all, 1 for one.
-- By hand: after the holes are filled.
ALTER TABLE tailrace.{{storage}}
UPDATE _tr_exact = mapUpdate(_tr_exact, CAST(mapFromArrays({{columns}}, arrayMap(c -> NULL, {{columns}})), 'Map(String, Nullable(String))'))
WHERE true
SETTINGS mutations_sync = {{sync}}
