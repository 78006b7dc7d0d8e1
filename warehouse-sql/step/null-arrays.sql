-- Arrays that the source has got without a value for older rows: those rows have NULL, which an
-- array column cannot hold, so the map of exact texts says it.
-- Run before the columns are added. In: storage, columns (`['c<id>', …]`).
ALTER TABLE tailrace.{{storage}}
UPDATE _tr_exact = mapUpdate(_tr_exact, CAST(mapFromArrays({{columns}}, arrayMap(c -> NULL, {{columns}})), 'Map(String, Nullable(String))'))
WHERE true
SETTINGS mutations_sync = 2
