-- The freezes of this warehouse: tables at one LSN, as clones under a name. `record` is all of it
-- as JSON; the other columns are for people. Read it with FINAL: the row with the greatest seq
-- counts.
-- By hand: as it is.
CREATE TABLE IF NOT EXISTS tailrace.freezes
(
    name      String,
    state     LowCardinality(String) COMMENT 'moving, shown, dropping or dropped',
    lsn       String COMMENT 'everything below it is in the tables',
    as_of     Nullable(DateTime64(6, 'UTC')),
    databases Array(String),
    tables    Array(String),
    record    String,
    seq       UInt64
)
ENGINE = ReplacingMergeTree(seq)
ORDER BY name
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
