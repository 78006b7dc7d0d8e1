-- Reads stored rows that another shard is to have: those of a staging table that belong there, or
-- those that go into one chunk of a base.
-- In: table: name in backticks; condition: which rows.
-- Out: the columns of the table.
-- By hand: after the holes are filled.
SELECT *
FROM tailrace.{{table}}
WHERE {{condition}}
