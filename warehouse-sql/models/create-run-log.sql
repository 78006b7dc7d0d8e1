-- The part of each model in each run. Read it with FINAL: the row with the greatest seq counts.
-- By hand: as it is.
CREATE TABLE IF NOT EXISTS tailrace.run_log
(
    run           UInt64,
    model         String,
    trigger       LowCardinality(String),
    mode          LowCardinality(String),
    status        LowCardinality(String),
    lsn           String,
    as_of         Nullable(DateTime64(6, 'UTC')),
    started_at    DateTime64(3, 'UTC'),
    duration_ms   UInt64,
    rows          Nullable(UInt64),
    touched       Nullable(UInt64),
    tests         UInt32,
    failures      UInt64,
    error_code    String,
    error_message String,
    seq           UInt64
)
ENGINE = ReplacingMergeTree(seq)
ORDER BY (run, model)
TTL toDateTime(started_at) + INTERVAL 90 DAY
