-- Where each table of the source stands; `tailrace.freshness` adds the front to it. One row per
-- table: the greatest seq counts.
-- In: replicated: `Replicated` on a cluster, or nothing; settings: a SETTINGS clause or nothing,
-- from warehouse/place.ts.
-- By hand: after the holes are filled.
CREATE TABLE IF NOT EXISTS tailrace.tables
(
    table         String,
    table_id      String,
    generation    UInt32,
    state         LowCardinality(String),
    append_only   Bool,
    applied_lsn   String COMMENT 'empty: as far as the front',
    as_of         Nullable(DateTime64(6, 'UTC')),
    error_code    String,
    error_message String,
    error_at      Nullable(DateTime64(3, 'UTC')),
    gone          Bool COMMENT 'the name is no longer a table of the source',
    seq           UInt64
)
ENGINE = {{replicated}}ReplacingMergeTree(seq)
ORDER BY table
{{settings}}
