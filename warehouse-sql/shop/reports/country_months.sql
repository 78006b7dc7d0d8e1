-- One country and month, with the revenue of the orders of customers who lived there then.
-- Techniques: aggregate, group, join, rename.
-- @title Revenue by country
-- @chart line
-- @x month
-- @y revenue
-- @series country
-- @every 1m
SELECT d.month AS month, c.country_name AS country, sum(o.total) AS revenue
FROM marts.fct_orders AS o
JOIN marts.dim_date AS d ON d.date = o.placed_on
ASOF JOIN marts.dim_customer AS c ON c.customer_id = o.customer_id AND c.valid_from <= assumeNotNull(o.placed_at)
GROUP BY month, country
ORDER BY month, country
