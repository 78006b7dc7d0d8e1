-- Every table in the database of models.
-- Out: name.
-- By hand: as it is.
SELECT name
FROM system.tables
WHERE database = 'tailrace_models'
