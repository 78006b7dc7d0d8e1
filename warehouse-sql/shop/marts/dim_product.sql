-- One product, with its price band and how its price compares with products of its colour.
-- Techniques: window, calculation.
-- @kind table
-- @key product_id
-- @every 1m
-- @test not_null product_name, list_price
-- @test accepted price_band: low, middle, high
-- @test unique sku
SELECT
    product_id,
    sku,
    product_name,
    colour,
    grams,
    list_price,
    multiIf(list_price < 50, 'low', list_price < 150, 'middle', 'high') AS price_band,
    round(toFloat64(list_price) / avg(toFloat64(list_price)) OVER (PARTITION BY colour), 3) AS to_colour_average
FROM stg.products
