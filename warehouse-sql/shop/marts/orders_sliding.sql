-- One minute, with the orders and the revenue of the fifteen minutes that end with it: a sliding
-- window over the tumbling one. It is a view, so it costs nothing until somebody reads it.
-- Techniques: window (sliding), sort.
-- @test unique minute
SELECT
    minute,
    sum(orders) OVER quarter_hour AS orders_15m,
    sum(revenue) OVER quarter_hour AS revenue_15m,
    round(toFloat64(revenue_15m) / orders_15m, 2) AS average_order
FROM (
    SELECT toUnixTimestamp(assumeNotNull(minute)) AS second, minute, orders, revenue
    FROM marts.revenue_per_minute
)
WINDOW quarter_hour AS (ORDER BY second RANGE BETWEEN 840 PRECEDING AND CURRENT ROW)
ORDER BY minute
