-- Drops a database of a run with its views.
-- In: database: name in backticks.
-- By hand: after the holes are filled.
DROP DATABASE IF EXISTS {{database}}
