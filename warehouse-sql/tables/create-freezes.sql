-- The freezes of this warehouse: tables at one LSN, as clones under a name. `record` is all of it
-- as JSON; the other columns are for people. Read it with FINAL: the row with the greatest seq
-- counts.
-- In: replicated: `Replicated` on a cluster, or nothing; settings: a SETTINGS clause or nothing,
-- from warehouse/place.ts.
-- By hand: after the holes are filled.
CREATE TABLE IF NOT EXISTS tailrace.freezes
(
    name      String,
    state     LowCardinality(String) COMMENT 'moving, shown, dropping or dropped',
    lsn       String COMMENT 'everything below it is in the tables',
    as_of     Nullable(DateTime64(6, 'UTC')),
    databases Array(String),
    tables    Array(String),
    record    String,
    seq       UInt64
)
ENGINE = {{replicated}}ReplacingMergeTree(seq)
ORDER BY name
{{settings}}
