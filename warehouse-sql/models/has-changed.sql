-- Whether a table has got rows since a version.
-- In: rows: the view of every stored row; version: the first that counts.
-- Out: one row when it has.
-- By hand: after the holes are filled.
SELECT 1 AS changed
FROM {{rows}}
WHERE _tr_version >= toUInt128('{{version}}')
LIMIT 1
