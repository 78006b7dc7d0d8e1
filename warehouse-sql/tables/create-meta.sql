-- Single facts of this warehouse: its id, the id of its lake, the front (how far all live tables
-- have come), the number of the rebuild. Read it with FINAL: the row with the greatest seq counts.
-- By hand: as it is.
CREATE TABLE IF NOT EXISTS tailrace.meta
(
    key   String,
    value String,
    seq   UInt64
)
ENGINE = ReplacingMergeTree(seq)
ORDER BY key
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
