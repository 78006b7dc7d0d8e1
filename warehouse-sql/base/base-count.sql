-- Counts the current rows of a table.
-- In: rows: as current-rows.sql or signed-rows.sql.
-- Out: rows.
-- By hand: no; its lists have one element per column. See README.md for how to read the real text.
SELECT count() AS rows
FROM ({{rows}}) AS _tr_b
