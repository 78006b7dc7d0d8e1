-- Every generation of every table: what the compactor must know to resume after a crash. `record`
-- is all of it as JSON; the other columns are for people. Read it with FINAL: the row with the
-- greatest seq counts.
-- By hand: as it is.
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
ENGINE = ReplacingMergeTree(seq)
ORDER BY (table_id, rebuild, generation)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
