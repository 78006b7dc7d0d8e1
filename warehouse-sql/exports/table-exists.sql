-- Whether there is a table.
-- In: database, table: as literals.
-- Out: one row if there is one.
-- By hand: after the holes are filled.
SELECT name
FROM system.tables
WHERE database = {{database}} AND name = {{table}}
