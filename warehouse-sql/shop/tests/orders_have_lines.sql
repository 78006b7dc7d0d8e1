-- An order that was placed and has no lines.
-- @severity error
SELECT order_id, state, placed_at
FROM marts.fct_orders
WHERE lines = 0
