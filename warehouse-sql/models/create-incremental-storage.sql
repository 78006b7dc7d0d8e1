-- Creates the empty storage of an `incremental` model. The row of a key with the greatest
-- `_tr_version` counts, unless it is a tombstone.
-- In: storage: name in backticks; columns: name and type of each; key: sort key, `(a, b)`;
-- settings: a SETTINGS clause or nothing, from warehouse/place.ts.
-- By hand: after the holes are filled.
CREATE TABLE IF NOT EXISTS tailrace_models.{{storage}}
(
    {{columns}},
    _tr_version UInt64,
    _tr_deleted UInt8
)
ENGINE = ReplacingMergeTree(_tr_version, _tr_deleted)
ORDER BY {{key}}
{{settings}}
