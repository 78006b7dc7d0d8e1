-- Drops the table of a name that a table of the source no longer has.
-- In: table: `database`.`name` in backticks.
-- By hand: after the holes are filled.
DROP TABLE IF EXISTS {{table}}
