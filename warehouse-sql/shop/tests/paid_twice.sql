-- An order for which more was paid than it costs.
-- @severity warn
-- @every 1m
SELECT order_id, total, paid, payments
FROM marts.fct_orders
WHERE paid > total
ORDER BY order_id
