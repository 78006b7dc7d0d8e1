-- Drops an empty database of a freeze.
-- In: database: name in backticks.
-- By hand: after the holes are filled.
DROP DATABASE IF EXISTS {{database}}
