-- (subquery) The least version among rows of files.
-- In: rows: as rows.sql.
-- By hand: no; its lists have one element per column. See README.md for how to read the real text.
SELECT min(r._tr_version)
FROM ({{rows}}) AS r
