-- Single facts of this warehouse: its id, the id of its lake, the front (how far all live tables
-- have come), the number of the rebuild. Read it with FINAL: the row with the greatest seq counts.
-- In: replicated: `Replicated` on a cluster, or nothing; settings: a SETTINGS clause or nothing,
-- from warehouse/place.ts.
-- By hand: after the holes are filled.
CREATE TABLE IF NOT EXISTS tailrace.meta
(
    key   String,
    value String,
    seq   UInt64
)
ENGINE = {{replicated}}ReplacingMergeTree(seq)
ORDER BY key
{{settings}}
