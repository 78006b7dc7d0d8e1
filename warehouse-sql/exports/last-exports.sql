-- The last export of each table to each place, and the last one that succeeded.
-- Out: table, to, lsn and as_of of the one that succeeded (empty and NULL: none did); started_ms,
-- status, error_code, error_message of the last one.
-- By hand: as it is.
SELECT
    e.table AS table,
    e.to AS to,
    argMaxIf(e.lsn, e.started_at, e.status != 'failed') AS lsn,
    toString(argMaxIf(tuple(e.as_of), e.started_at, e.status != 'failed').1) AS as_of,
    argMax(e.status, e.started_at) AS status,
    toString(toUnixTimestamp64Milli(max(e.started_at))) AS started_ms,
    argMax(e.error_code, e.started_at) AS error_code,
    argMax(e.error_message, e.started_at) AS error_message
FROM tailrace.exports AS e
GROUP BY e.table, e.to
