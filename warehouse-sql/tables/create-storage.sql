-- Creates the storage of one generation of a table with a key. The row with the greatest
-- `_tr_version` counts, unless it is a tombstone.
-- `_tr_key_exact`: exact text of key values that their columns cannot hold, else empty.
-- `_tr_exact`: the same for all columns, by `c<column id>`.
-- LZ4: every query with FINAL reads the versions, and unpacks them faster than with ZSTD.
-- No partitions: a window is one part per table, and the rows of a key stay together.
-- compactor/upkeep/quiet-merges.ts decides which quiet storages become one part.
-- No deduplication log of blocks (`non_replicated_deduplication_window`): a repeated block has the
-- same rows, and each table's log would take 1 MiB of memory.
-- In: storage: name in backticks, `t16384_1_g1`; columns: `c<column id>` with type and comment,
-- each followed by a comma; key: the sort key, with `_tr_key_exact` where a key column cannot hold
-- every value; replicated: `Replicated` on a cluster, or nothing; settings: a SETTINGS clause or
-- nothing, from warehouse/place.ts.
-- By hand: after the holes are filled.
CREATE TABLE IF NOT EXISTS tailrace.{{storage}}
(
    {{columns}}
    _tr_key_exact String,
    _tr_exact     Map(String, Nullable(String)),
    _tr_version   UInt128 CODEC(LZ4),
    _tr_deleted   UInt8
)
ENGINE = {{replicated}}ReplacingMergeTree(_tr_version, _tr_deleted)
ORDER BY ({{key}})
{{settings}}
