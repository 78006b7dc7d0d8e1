-- The last truncate among rows of files. In: rows, bounds (condition on r._tr_version), settings.
-- Out: version, '0' when there is none.
SELECT toString(max(r._tr_version)) AS version
FROM ({{rows}}) AS r
WHERE r._tr_op = 'T' AND {{bounds}}
SETTINGS {{settings}}
