-- The rows of one chunk of a base, as they go into a file.
-- In: columns: `_tr_b.c<id> AS <field>`, and the map of exact texts; rows: as current-rows.sql or
-- signed-rows.sql; order: the sort key over _tr_b.
-- Out: the fields of a chunk.
-- By hand: no; its lists have one element per column. See README.md for how to read the real text.
SELECT {{columns}}
FROM ({{rows}}) AS _tr_b
ORDER BY {{order}}
