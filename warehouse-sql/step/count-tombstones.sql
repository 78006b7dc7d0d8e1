-- In: storage. Out: rows, tombstones (both before merging).
SELECT count() AS rows, countIf(_tr_deleted = 1) AS tombstones
FROM tailrace.{{storage}}
