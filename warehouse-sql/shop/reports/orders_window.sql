-- One minute of the last day, with the orders of the fifteen minutes that end with it.
-- Techniques: window (sliding), sort.
-- @title Orders, sliding 15 minutes
-- @chart line
-- @x minute
-- @y orders_15m
SELECT minute, orders_15m
FROM marts.orders_sliding
WHERE minute > (SELECT max(minute) FROM marts.revenue_per_minute) - INTERVAL 1 DAY
ORDER BY minute
