-- Columns of a table or view.
-- In: database, table: as literals.
-- Out: name.
-- By hand: after the holes are filled.
SELECT name
FROM system.columns
WHERE database = {{database}} AND table = {{table}}
ORDER BY position
