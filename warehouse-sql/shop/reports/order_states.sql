-- One state of an order, with how many orders of the last thirty days are in it.
-- Techniques: aggregate, group, filter, sort.
-- @title Orders by state, 30 days
-- @chart bar
-- @x state
-- @y orders
SELECT state, count() AS orders
FROM marts.fct_orders
WHERE placed_on > (SELECT max(placed_on) FROM marts.fct_orders) - 30
GROUP BY state
ORDER BY orders DESC
