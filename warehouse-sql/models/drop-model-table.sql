-- Drops a storage of a model, or a list of touched groups. Running queries keep what they read.
-- In: storage: name in backticks.
-- By hand: after the holes are filled.
DROP TABLE IF EXISTS tailrace_models.{{storage}}
SETTINGS max_table_size_to_drop = 0, max_partition_size_to_drop = 0
