-- History of applied windows, for people; tailrace does not read it.
-- In: replicated: `Replicated` on a cluster, or nothing.
-- By hand: after the holes are filled.
CREATE TABLE IF NOT EXISTS tailrace.windows
(
    started_at    DateTime64(3, 'UTC'),
    duration_ms   UInt32,
    first_batch   UInt64 COMMENT 'number of the first manifest',
    last_batch    UInt64 COMMENT 'number of the last manifest',
    kind          LowCardinality(String) COMMENT 'front: all live tables; catch-up: generations on their way',
    tables        UInt32,
    steps         UInt32,
    rows          UInt64,
    bytes         UInt64,
    applied_lsn   String,
    as_of         Nullable(DateTime64(6, 'UTC'))
)
ENGINE = {{replicated}}MergeTree
ORDER BY started_at
TTL toDateTime(started_at) + INTERVAL 30 DAY
