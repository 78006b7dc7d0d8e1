-- One event of a browser that arrived more than a minute after it happened.
-- Techniques: rename, filter, calculation.
SELECT
    id AS event_id,
    customer_id,
    kind,
    at AS happened_at,
    received_at,
    dateDiff('second', at, received_at) AS seconds_late
FROM public.client_events
WHERE received_at > at + INTERVAL 1 MINUTE
