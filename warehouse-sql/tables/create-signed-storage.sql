-- Creates the storage of one generation of a table without a key. It has one row per row image: +1
-- for a row that came, -1 for one that went. `_tr_row` numbers copied rows (chunk, and position in
-- it) and is 0 for rows of the stream, so a row applied twice is the same row.
-- In: storage: name in backticks, `t16384_1_g1`; columns: name, type and comment of each column,
-- each followed by a comma (a table may have none); replicated: `Replicated` on a cluster, or
-- nothing; settings: a SETTINGS clause or nothing, from warehouse/place.ts.
-- By hand: after the holes are filled.
CREATE TABLE IF NOT EXISTS tailrace.{{storage}}
(
    {{columns}}
    _tr_exact   Map(String, Nullable(String)),
    _tr_version UInt128 CODEC(ZSTD(1)),
    _tr_row     UInt64,
    _tr_sign    Int8
)
ENGINE = {{replicated}}ReplacingMergeTree
ORDER BY (_tr_version, _tr_row)
{{settings}}
