-- For people: state, as-of (the source's clock), applied LSN and error of every table and model.
-- Live tables share the position of the front. So does a model while no table that it reads has
-- changed since its run, and a view that reads only tables.
-- By hand: as it is.
CREATE OR REPLACE VIEW tailrace.freshness DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
WITH
    (SELECT JSONExtractString(m.value, 'appliedLsn') FROM tailrace.meta AS m FINAL WHERE m.key = 'front') AS front_lsn,
    (SELECT parseDateTime64BestEffortOrNull(JSONExtractString(m.value, 'asOf'), 6, 'UTC') FROM tailrace.meta AS m FINAL WHERE m.key = 'front') AS front_as_of,
    (
        SELECT mapFromArrays(groupArray(t.table), groupArray(if(t.state = 'live', JSONExtractUInt(m.value, 'manifest'), 18446744073709551615)))
        FROM tailrace.tables AS t FINAL
        INNER JOIN tailrace.meta AS m FINAL ON m.key = concat('changed:', t.table_id)
        WHERE NOT t.gone
    ) AS changed
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
UNION ALL
SELECT
    m.model AS table,
    if(m.manifest IS NULL, 'waiting', 'live') AS state,
    if(m.current, front_as_of, m.as_of) AS as_of,
    if(m.current, ifNull(front_lsn, ''), m.lsn) AS applied_lsn,
    toUInt32(0) AS generation,
    false AS append_only,
    m.error_code AS error_code,
    m.error_message AS error_message,
    CAST(NULL, 'Nullable(DateTime64(3, \'UTC\'))') AS error_at
FROM
(
    SELECT
        *,
        if(kind = 'view' AND hasAll(sources, inputs), 18446744073709551614, ifNull(manifest, 0)) AS reached,
        manifest IS NOT NULL AND arrayAll(s -> NOT mapContains(changed, s) OR changed[s] <= reached, sources) AS current
    FROM tailrace.models
) AS m
