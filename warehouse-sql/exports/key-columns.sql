-- Columns of the sort key of a table.
-- In: database, table: as literals.
-- Out: name.
-- By hand: after the holes are filled.
SELECT name
FROM system.columns
WHERE database = {{database}} AND table = {{table}} AND is_in_sorting_key
ORDER BY position
