-- One minute of the last three hours, with its orders. A late order corrects its minute.
-- Techniques: filter, sort.
-- @title Revenue per minute
-- @chart line
-- @x minute
-- @y revenue
SELECT minute, revenue, orders, browser_orders
FROM marts.revenue_per_minute
WHERE minute > (SELECT max(minute) FROM marts.revenue_per_minute) - INTERVAL 3 HOUR
ORDER BY minute
