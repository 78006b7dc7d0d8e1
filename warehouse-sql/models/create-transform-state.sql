-- Single facts of the transformer: the run that was begun last. Read it with FINAL: the row with
-- the greatest seq counts.
-- By hand: as it is.
CREATE TABLE IF NOT EXISTS tailrace.transform_state
(
    key   String,
    value String,
    seq   UInt64
)
ENGINE = ReplacingMergeTree(seq)
ORDER BY key
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
