-- Adds results of checks to the history.
-- In: rows: lists of the values, in the order of the columns.
-- By hand: after the holes are filled.
INSERT INTO tailrace.quality (at, check, table, ok, detail, run, severity, failures, sample, lsn, as_of, duration_ms)
SETTINGS async_insert = 0
VALUES {{rows}}
