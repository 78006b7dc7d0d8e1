-- Counts stored rows that another shard is to have.
-- In: table: name in backticks; condition: which rows.
-- Out: rows.
-- By hand: after the holes are filled.
SELECT count() AS rows
FROM tailrace.{{table}}
WHERE {{condition}}
