-- Looks whether user builder may write in databases: whose they are, and which tables the source
-- has.
-- In: databases: their names as literals.
-- Out: is_table; name, of a database or of a table of the source; mark (comment of a database).
-- By hand: after the holes are filled.
SELECT false AS is_table, name, comment AS mark
FROM system.databases
WHERE name IN ({{databases}})
UNION ALL
SELECT true AS is_table, table AS name, '' AS mark
FROM tailrace.tables FINAL
WHERE NOT gone
