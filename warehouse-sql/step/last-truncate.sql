-- Version of the last truncate among rows of files.
-- In: rows: as rows.sql; bounds: condition on r._tr_version; settings: as in insert-settings.ts.
-- Out: version, '0' when there is none.
-- By hand: no; its lists have one element per column. See README.md for how to read the real text.
SELECT toString(max(r._tr_version)) AS version
FROM ({{rows}}) AS r
WHERE r._tr_op = 'T' AND {{bounds}}
SETTINGS {{settings}}
