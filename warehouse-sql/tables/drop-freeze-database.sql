-- Drops a database of a freeze, and the views of the freeze in it.
-- In: database: name in backticks, and on a cluster on all its nodes.
-- By hand: after the holes are filled.
DROP DATABASE IF EXISTS {{database}}
