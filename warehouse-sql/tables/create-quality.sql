-- Results of checks on tables (verification, quality tests). The newest row per check and table
-- counts.
-- By hand: as it is.
CREATE TABLE IF NOT EXISTS tailrace.quality
(
    at     DateTime64(3, 'UTC'),
    check  LowCardinality(String),
    table  String,
    ok     Bool,
    detail String
)
ENGINE = MergeTree
ORDER BY (check, table, at)
TTL toDateTime(at) + INTERVAL 90 DAY
