-- Creates the storage of one generation of a table without a key. It has one row per row image: +1
-- for a row that came, -1 for one that went. `_tr_row` numbers copied rows (chunk, and position in
-- it) and is 0 for rows of the stream, so a row applied twice is the same row.
-- In: storage: name in backticks, `t16384_1_g1`; columns: name, type and comment of each column,
-- each followed by a comma (a table may have none).
-- By hand: after the holes are filled.
CREATE TABLE IF NOT EXISTS tailrace.{{storage}}
(
    {{columns}}
    _tr_exact   Map(String, Nullable(String)),
    _tr_version UInt128 CODEC(ZSTD(1)),
    _tr_row     UInt64,
    _tr_sign    Int8
)
ENGINE = ReplacingMergeTree
ORDER BY (_tr_version, _tr_row)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1,
    min_age_to_force_merge_seconds = 300, min_age_to_force_merge_on_partition_only = 1
