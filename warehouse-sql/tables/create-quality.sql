-- Results of checks on tables (verification, quality tests), newest row per check and table counts.
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
