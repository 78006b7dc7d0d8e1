-- Where each model stands. `record` is all of it as JSON, the other columns are for people. Read it
-- with FINAL: the row with the greatest seq counts.
-- In: settings: a SETTINGS clause or nothing, from warehouse/place.ts.
-- By hand: after the holes are filled.
CREATE TABLE IF NOT EXISTS tailrace.model_records
(
    model         String,
    kind          LowCardinality(String),
    status        LowCardinality(String) COMMENT 'of its last run: published, unchanged, failed or skipped',
    lsn           String COMMENT 'everything below it is in the rows; empty: nothing is shown',
    as_of         Nullable(DateTime64(6, 'UTC')),
    manifest      Nullable(UInt64) COMMENT 'the last one that is in the rows',
    rows          Nullable(UInt64),
    run           UInt64 COMMENT 'its last run',
    storage       String COMMENT 'empty for a view',
    columns       Array(String),
    inputs        Array(String),
    sources       Array(String) COMMENT 'tables of the source, also those that it reads through other models',
    error_code    String,
    error_message String,
    gone          Bool COMMENT 'its file was removed',
    record        String,
    seq           UInt64
)
ENGINE = ReplacingMergeTree(seq)
ORDER BY model
{{settings}}
