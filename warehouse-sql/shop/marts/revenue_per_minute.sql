-- One minute in which something was ordered: a tumbling window over both ways to order. An order
-- that arrives late changes the minute in which it was placed, and no other.
-- Techniques: window (tumbling), aggregate, group, union, filter.
-- @kind incremental
-- @key minute
-- @by minute = public.orders: toStartOfMinute(placed_at)
-- @by minute = public.client_events: toStartOfMinute(at)
-- @every 1s
-- @test not_null minute, revenue
-- @test warn rows >= 1
SELECT
    minute,
    count() AS orders,
    countIf(source = 'browser') AS browser_orders,
    sum(total) AS revenue
FROM (
    SELECT toStartOfMinute(placed_at) AS minute, 'shop' AS source, CAST(ifNull(total, 0) AS Decimal(18, 2)) AS total
    FROM public.orders
    WHERE ifNull(state, '') != 'cart'
    UNION ALL
    SELECT toStartOfMinute(at) AS minute, 'browser' AS source, toDecimal64(JSONExtractFloat(payload, 'total'), 2) AS total
    FROM public.client_events
    WHERE kind = 'order'
)
WHERE minute IS NOT NULL
GROUP BY minute
