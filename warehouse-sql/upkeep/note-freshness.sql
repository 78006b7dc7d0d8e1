-- One look at all tables into the history.
INSERT INTO tailrace.freshness_history (at, table, state, as_of, applied_lsn)
SELECT now64(3), table, state, as_of, applied_lsn
FROM tailrace.freshness
SETTINGS async_insert = 0
