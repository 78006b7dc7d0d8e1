-- For people: state, as-of (the source's clock), applied LSN and error of every table. Live tables
-- share the position of the front.
-- By hand: as it is.
CREATE OR REPLACE VIEW tailrace.freshness AS
WITH
    (SELECT JSONExtractString(m.value, 'appliedLsn') FROM tailrace.meta AS m FINAL WHERE m.key = 'front') AS front_lsn,
    (SELECT parseDateTime64BestEffortOrNull(JSONExtractString(m.value, 'asOf'), 6, 'UTC') FROM tailrace.meta AS m FINAL WHERE m.key = 'front') AS front_as_of
SELECT
    t.table AS table,
    t.state AS state,
    if(t.state = 'live', front_as_of, t.as_of) AS as_of,
    if(t.state = 'live', ifNull(front_lsn, ''), t.applied_lsn) AS applied_lsn,
    t.generation AS generation,
    t.append_only AS append_only,
    t.error_code AS error_code,
    t.error_message AS error_message,
    t.error_at AS error_at
FROM tailrace.tables AS t FINAL
WHERE NOT t.gone
