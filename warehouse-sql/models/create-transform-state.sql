-- Single facts of the transformer: the run that was begun last. Read it with FINAL: the row with
-- the greatest seq counts.
-- In: settings: a SETTINGS clause or nothing, from warehouse/place.ts.
-- By hand: after the holes are filled.
CREATE TABLE IF NOT EXISTS tailrace.transform_state
(
    key   String,
    value String,
    seq   UInt64
)
ENGINE = ReplacingMergeTree(seq)
ORDER BY key
{{settings}}
