-- Drops a clone that is no longer read, or one that is made again.
-- In: clone: `database`.`name` in backticks.
-- By hand: after the holes are filled.
DROP TABLE IF EXISTS {{clone}}
SETTINGS max_table_size_to_drop = 0, max_partition_size_to_drop = 0
