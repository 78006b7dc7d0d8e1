-- Drops the view of a name that a table no longer has.
-- In: view: `database`.`name` in backticks.
-- By hand: after the holes are filled.
DROP VIEW IF EXISTS {{view}}
