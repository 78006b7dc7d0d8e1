-- Drops a clone when its export has ended.
-- In: clone: name in backticks.
-- By hand: after the holes are filled.
DROP TABLE IF EXISTS tailrace_exports.{{clone}}
SETTINGS max_table_size_to_drop = 0, max_partition_size_to_drop = 0
