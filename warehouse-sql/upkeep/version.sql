-- The version of the engine.
-- Out: version.
-- By hand: as it is.
SELECT version() AS version
