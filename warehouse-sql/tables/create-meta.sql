-- Single facts of this warehouse: its id, its lake's id, the front (how far all live tables have
-- come), the number of the rebuild.
-- Read with FINAL: the row with the greatest seq counts.
CREATE TABLE IF NOT EXISTS tailrace.meta
(
    key   String,
    value String,
    seq   UInt64
)
ENGINE = ReplacingMergeTree(seq)
ORDER BY key
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
