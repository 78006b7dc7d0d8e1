-- Drops a database of tests with all that is in it.
-- In: database: name in backticks.
-- By hand: after the holes are filled.
DROP DATABASE IF EXISTS {{database}}
