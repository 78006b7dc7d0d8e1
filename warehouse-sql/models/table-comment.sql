-- The comment of a table or view.
-- In: database, table: as literals.
-- Out: comment.
-- By hand: after the holes are filled.
SELECT comment
FROM system.tables
WHERE database = {{database}} AND name = {{table}}
