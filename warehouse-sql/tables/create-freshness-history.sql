-- How fresh every table was: one row per table and minute, or every few minutes when there are very
-- many tables. `at` is the compactor's clock, `as_of` the source's.
-- In: replicated: `Replicated` on a cluster, or nothing.
-- By hand: after the holes are filled.
CREATE TABLE IF NOT EXISTS tailrace.freshness_history
(
    at          DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    table       LowCardinality(String),
    state       LowCardinality(String),
    as_of       Nullable(DateTime64(6, 'UTC')),
    applied_lsn String
)
ENGINE = {{replicated}}MergeTree
ORDER BY (table, at)
TTL toDateTime(at) + INTERVAL 30 DAY
