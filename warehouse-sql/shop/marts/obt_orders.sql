-- One line of an order, with everything about its order, product and customer, as the customer was
-- when it was placed (ASOF): the one big table for tools that do not join.
-- Techniques: join, calculation.
-- @kind table
-- @key order_id, line_number
-- @every 5m
-- @test not_null state, placed_on
-- @test references product_id: marts.dim_product.product_id
SELECT
    i.order_id AS order_id,
    i.line_number AS line_number,
    o.state AS state,
    o.placed_on AS placed_on,
    d.quarter AS quarter,
    d.is_weekend AS on_weekend,
    o.customer_id AS customer_id,
    c.country_name AS country,
    c.segment AS segment,
    i.product_id AS product_id,
    p.product_name AS product_name,
    p.colour AS colour,
    p.price_band AS price_band,
    i.units AS units,
    i.unit_price AS unit_price,
    i.line_value AS line_value,
    p.list_price - i.unit_price AS below_list_price
FROM stg.order_items AS i
JOIN marts.fct_orders AS o ON o.order_id = i.order_id
JOIN marts.dim_date AS d ON d.date = o.placed_on
ASOF LEFT JOIN marts.dim_customer AS c ON c.customer_id = o.customer_id AND c.valid_from <= assumeNotNull(o.placed_at)
LEFT JOIN marts.dim_product AS p ON p.product_id = i.product_id
