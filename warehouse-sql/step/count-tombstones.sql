-- Counts the rows and tombstones of a storage, both before merging.
-- In: storage: name in backticks, `t16384_1_g1`.
-- Out: rows, tombstones.
-- By hand: after the holes are filled.
SELECT count() AS rows, countIf(_tr_deleted = 1) AS tombstones
FROM tailrace.{{storage}}
