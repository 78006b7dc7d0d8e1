-- How fresh every table was: a row per table and minute (with very many tables every few minutes).
-- `at` is the compactor's clock, `as_of` the source's.
CREATE TABLE IF NOT EXISTS tailrace.freshness_history
(
    at          DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    table       LowCardinality(String),
    state       LowCardinality(String),
    as_of       Nullable(DateTime64(6, 'UTC')),
    applied_lsn String
)
ENGINE = MergeTree
ORDER BY (table, at)
TTL toDateTime(at) + INTERVAL 30 DAY
