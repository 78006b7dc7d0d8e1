-- The revenue of the last fifteen minutes in which something was ordered.
-- Techniques: sort.
-- @title Revenue, last 15 minutes
-- @chart number
-- @y revenue
SELECT revenue_15m AS revenue
FROM marts.orders_sliding
ORDER BY minute DESC
LIMIT 1
