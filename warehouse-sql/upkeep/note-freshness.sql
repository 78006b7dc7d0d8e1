-- Adds the present freshness of all tables to the history.
-- By hand: as it is.
INSERT INTO tailrace.freshness_history (at, table, state, as_of, applied_lsn)
SELECT now64(3), table, state, as_of, applied_lsn
FROM tailrace.freshness
SETTINGS async_insert = 0
