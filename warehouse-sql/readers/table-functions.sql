-- Every table function of the engine.
-- Out: name.
-- By hand: as it is.
SELECT name
FROM system.table_functions
