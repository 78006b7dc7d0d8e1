-- Adds one row to the history of exports.
-- In: table, place, lsn, code, message, status: as literals; as_of: a DateTime64 or NULL;
-- started_ms, duration_ms, rows, bytes, files: numbers.
-- By hand: after the holes are filled.
INSERT INTO tailrace.exports
SELECT
    {{table}} AS table,
    {{place}} AS to,
    {{lsn}} AS lsn,
    {{as_of}} AS as_of,
    fromUnixTimestamp64Milli({{started_ms}}, 'UTC') AS started_at,
    {{duration_ms}} AS duration_ms,
    {{rows}} AS rows,
    {{bytes}} AS bytes,
    {{files}} AS files,
    {{status}} AS status,
    {{code}} AS error_code,
    {{message}} AS error_message
