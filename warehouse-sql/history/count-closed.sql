-- Counts versions of a history that were closed before a time.
-- In: versions: as versions.sql; before: a time.
-- Out: rows.
-- By hand: after the holes are filled.
SELECT count() AS rows
FROM ({{versions}}) AS s
WHERE s._tr_deleted = 0 AND s._tr_to < {{before}}
