-- The history of exports: one row for each that ended. It outlives the longest schedule, a year, so
-- that a start knows whether a time has passed.
-- In: replicated: `Replicated` on a cluster, or nothing; settings: a SETTINGS clause or nothing,
-- from warehouse/place.ts.
-- By hand: after the holes are filled.
CREATE TABLE IF NOT EXISTS tailrace.exports
(
    table         String,
    to            String COMMENT 'the place: a directory or s3://bucket/prefix',
    lsn           String COMMENT 'everything below it is in the files; empty: it failed before that was known',
    as_of         Nullable(DateTime64(6, 'UTC')),
    started_at    DateTime64(3, 'UTC'),
    duration_ms   UInt64,
    rows          UInt64,
    bytes         UInt64,
    files         UInt64,
    status        LowCardinality(String) COMMENT 'exported, unchanged or failed',
    error_code    String,
    error_message String
)
ENGINE = {{replicated}}MergeTree
ORDER BY (table, to, started_at)
TTL toDateTime(started_at) + INTERVAL 400 DAY
{{settings}}
