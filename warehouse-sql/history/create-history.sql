-- Creates the storage of a table's history: every row image that ever came, in the order of its
-- key.
-- `_tr_op`: C a row of a copy, I insert, U update, D delete, T truncate; S a row of a later copy
-- that says what was known, and is no version. `_tr_commit_time`: NULL in the copy that the history
-- begins with. Two rows of one key and version are one row image that was applied again; the later
-- one counts.
-- In: storage: name in backticks, `h16384_1_g1`; columns: `c<column id>` with type and comment,
-- each followed by a comma; key: as in create-storage.sql; replicated: `Replicated` on a cluster,
-- or nothing; settings: a SETTINGS clause or nothing, from warehouse/place.ts.
-- By hand: after the holes are filled.
CREATE TABLE IF NOT EXISTS tailrace.{{storage}}
(
    {{columns}}
    _tr_key_exact   String,
    _tr_exact       Map(String, Nullable(String)),
    _tr_version     UInt128 CODEC(LZ4),
    _tr_deleted     UInt8,
    _tr_op          LowCardinality(String),
    _tr_commit_time Nullable(DateTime64(6, 'UTC'))
)
ENGINE = {{replicated}}ReplacingMergeTree
ORDER BY ({{key}}, _tr_version)
{{settings}}
