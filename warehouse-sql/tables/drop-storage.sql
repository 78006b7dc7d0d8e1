-- A storage, staging, clone or input table that is no longer used. Readers under way keep what they
-- read. In: storage.
-- Servers refuse to drop what is larger than 50 GB unless the statement says that it means it.
DROP TABLE IF EXISTS tailrace.{{storage}}
SETTINGS max_table_size_to_drop = 0, max_partition_size_to_drop = 0
