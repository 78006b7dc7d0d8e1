-- (subquery) Current rows of a storage that a step needs to resolve unchanged values.
-- In: storage: name in backticks, `t16384_1_g1`; target: columns that are needed; target_key: the
-- key without exact texts; base_known: SELECT of all keys that are needed, without exact texts.
-- By hand: no; its lists have one element per column. See README.md for how to read the real text.
SELECT {{target}}, toUInt8(1) AS _tr_there
FROM tailrace.{{storage}} AS t FINAL
WHERE ({{target_key}}) IN ({{base_known}})
