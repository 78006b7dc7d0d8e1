-- Rows of a storage before merging, and their size in memory.
-- In: database, table: as literals.
-- Out: rows, bytes.
-- By hand: after the holes are filled.
SELECT toString(sum(rows)) AS rows, toString(sum(data_uncompressed_bytes)) AS bytes
FROM system.parts
WHERE active AND database = {{database}} AND table = {{table}}
