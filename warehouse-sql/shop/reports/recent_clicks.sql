-- One of the last twenty events that browsers sent, newest first. It reads the source table, so it
-- does not wait for a model.
-- Techniques: sort, rename, calculation.
-- @title Browser events
-- @chart table
SELECT
    received_at,
    at AS happened_at,
    dateDiff('second', at, received_at) AS seconds_late,
    kind,
    customer_id AS customer,
    JSONExtract(payload, 'product_id', 'Nullable(Int32)') AS product,
    id AS event_id
FROM public.client_events
ORDER BY received_at DESC, event_id
LIMIT 20
