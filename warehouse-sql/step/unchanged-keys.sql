-- (subquery) Keys of rows of files that have an unchanged value.
-- In: key: list of r.… columns; rows: as rows.sql; bounds: condition on r._tr_version, and on the
-- shard.
-- By hand: no; its lists have one element per column. See README.md for how to read the real text.
SELECT {{key}}
FROM ({{rows}}) AS r
WHERE r._tr_unchanged != '' AND {{bounds}}
