-- What the rows of one chunk of a base are, or all rows of a table.
-- In: hash: 64 bits of a row over _tr_b; marks: array of marks of columns that have a NULL though
-- they must not; rows: as current-rows.sql or signed-rows.sql.
-- Out: rows, hash, marks.
-- By hand: no; its lists have one element per column. See README.md for how to read the real text.
SELECT count() AS rows, toString(sum({{hash}})) AS hash, {{marks}} AS marks
FROM ({{rows}}) AS _tr_b
