-- Clones whose exports died: no export runs for a day.
-- Out: name.
-- By hand: as it is.
SELECT name
FROM system.tables
WHERE database = 'tailrace_exports' AND metadata_modification_time < now() - INTERVAL 1 DAY
