-- Who has read a table or view of a ClickHouse server, from its query log. It needs SELECT on
-- system.query_log, which each node keeps for itself: on a cluster and in Cloud, write
-- clusterAllReplicas('default', system.query_log) in its place.
-- In: table: the full name as text, such as 'public.orders'; since: a moment, such as
-- now() - INTERVAL 7 DAY.
-- Out: user; from (address of the client); reads; failed; columns (that were read); rows (that the
-- server read for these queries, also from other tables); first, last (their times).
-- By hand: after the holes are filled.
SELECT
    user,
    toString(address) AS from,
    countIf(type = 'QueryFinish') AS reads,
    countIf(type != 'QueryFinish') AS failed,
    arraySort(arrayFilter(name -> startsWith(name, concat({{table}}, '.')), groupUniqArrayArray(columns))) AS columns,
    sum(read_rows) AS rows,
    min(event_time) AS first,
    max(event_time) AS last
FROM system.query_log
WHERE event_date >= toDate({{since}})
    AND event_time >= {{since}}
    AND type != 'QueryStart'
    AND query_kind = 'Select'
    AND has(tables, {{table}})
GROUP BY user, address
ORDER BY last DESC
