-- The engine of a table, as it was defined: with its key and settings.
-- In: storage: `database`.`name` in backticks, as a literal.
-- Out: engine.
-- By hand: after the holes are filled.
SELECT engine_full AS engine
FROM system.tables
WHERE format('`{}`.`{}`', database, name) = {{storage}}
