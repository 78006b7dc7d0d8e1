-- Results of checks on tables: verifications, tests of models, tests in files. The newest row per
-- check and table counts.
-- In: replicated: `Replicated` on a cluster, or nothing.
-- By hand: after the holes are filled.
CREATE TABLE IF NOT EXISTS tailrace.quality
(
    at          DateTime64(3, 'UTC'),
    check       LowCardinality(String) COMMENT 'verify, or the test',
    table       String,
    ok          Bool COMMENT 'false too when it could not be told',
    detail      String COMMENT 'what failed, or why it could not be told',
    run         Nullable(UInt64) COMMENT 'number in tailrace.runs; NULL outside of a run',
    severity    LowCardinality(String) COMMENT 'error or warn',
    failures    UInt64 COMMENT 'failing rows',
    sample      String COMMENT 'at most 10 of them, as JSON',
    lsn         String COMMENT 'position at which the tables were read',
    as_of       Nullable(DateTime64(6, 'UTC')),
    duration_ms UInt64
)
ENGINE = {{replicated}}MergeTree
ORDER BY (check, table, at)
TTL toDateTime(at) + INTERVAL 90 DAY
