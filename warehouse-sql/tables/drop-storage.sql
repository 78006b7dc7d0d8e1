-- Drops a storage, staging, clone or input table that is no longer used. Running queries keep what
-- they read. Servers refuse to drop more than 50 GB unless the statement allows it.
-- In: storage: name in backticks, `t16384_1_g1`.
-- By hand: after the holes are filled.
DROP TABLE IF EXISTS tailrace.{{storage}}
SETTINGS max_table_size_to_drop = 0, max_partition_size_to_drop = 0
