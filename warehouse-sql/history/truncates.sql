-- The truncates among rows of files.
-- In: rows: as rows.sql; bounds: condition on r._tr_version; settings: as in insert-settings.ts.
-- Out: version, time.
-- By hand: no; its lists have one element per column. See README.md for how to read the real text.
SELECT toString(r._tr_version) AS version, toString(r._tr_commit_time) AS time
FROM ({{rows}}) AS r
WHERE r._tr_op = 'T' AND {{bounds}}
ORDER BY r._tr_version
SETTINGS {{settings}}
