-- One event of a customer: from the shop's own log or from a browser, through the collector. Events
-- never change, so a view over both tables is enough, and costs nothing.
-- Techniques: union, rename, cast.
-- @every 1m
-- @test unique event_id
-- @test not_null happened_at, kind
-- @test accepted source: shop, browser
-- @test warn not_null customer_id
SELECT
    toString(id) AS event_id,
    'shop' AS source,
    customer_id,
    kind,
    at AS happened_at,
    at AS received_at,
    JSONExtract(payload, 'ms', 'Nullable(UInt32)') AS page_ms,
    CAST(NULL AS Nullable(Int32)) AS product_id
FROM public.events
UNION ALL
SELECT
    toString(id) AS event_id,
    'browser' AS source,
    customer_id,
    kind,
    at AS happened_at,
    received_at,
    JSONExtract(payload, 'ms', 'Nullable(UInt32)') AS page_ms,
    JSONExtract(payload, 'product_id', 'Nullable(Int32)') AS product_id
FROM public.client_events
