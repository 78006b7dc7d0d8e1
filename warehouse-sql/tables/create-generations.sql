-- Every generation of every table: what the compactor must know to resume after a crash. `record`
-- is all of it as JSON; the other columns are for people. Read it with FINAL: the row with the
-- greatest seq counts.
-- In: replicated: `Replicated` on a cluster, or nothing; settings: a SETTINGS clause or nothing,
-- from warehouse/place.ts.
-- By hand: after the holes are filled.
CREATE TABLE IF NOT EXISTS tailrace.generations
(
    table_id   String,
    rebuild    UInt32,
    generation UInt32,
    table      String,
    state      LowCardinality(String),
    storage    String,
    record     String,
    seq        UInt64
)
ENGINE = {{replicated}}ReplacingMergeTree(seq)
ORDER BY (table_id, rebuild, generation)
{{settings}}
