-- One of the last twenty events that browsers sent, newest first.
-- Techniques: union (the mart), sort, rename.
-- @title Browser events
-- @chart table
SELECT received_at, happened_at, kind, customer_id AS customer, product_id AS product, event_id
FROM marts.fct_events
WHERE source = 'browser'
ORDER BY received_at DESC, event_id
LIMIT 20
