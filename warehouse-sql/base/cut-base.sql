-- The key of one row of a range, by its place from the beginning or, with DESC, from the end.
-- In: key: array of texts over _tr_b; rows: as current-rows.sql; order: the sort key over _tr_b,
-- each column with DESC or without; skip: rows before it.
-- Out: key.
-- By hand: no; its lists have one element per column. See README.md for how to read the real text.
SELECT {{key}} AS key
FROM ({{rows}}) AS _tr_b
ORDER BY {{order}}
LIMIT 1 OFFSET {{skip}}
