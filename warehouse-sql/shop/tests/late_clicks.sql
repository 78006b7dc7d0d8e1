-- An event of a browser that arrived more than a day after it happened.
-- @severity warn
-- @every 1m
SELECT event_id, kind, happened_at, seconds_late
FROM stg.late_events
WHERE seconds_late > 86400
ORDER BY seconds_late DESC
