-- One of the three products of a colour that sold best, with its share of the colour's sales.
-- Techniques: window, aggregate, calculation.
-- @title Best products by colour
-- @chart table
-- @every 1m
SELECT colour, place, product_name, units, sales, percent_of_colour
FROM (
    SELECT
        colour,
        product_name,
        sum(units) AS units,
        sum(line_value) AS sales,
        row_number() OVER (PARTITION BY colour ORDER BY sales DESC, product_name) AS place,
        round(100 * toFloat64(sales) / sum(toFloat64(sales)) OVER (PARTITION BY colour), 2) AS percent_of_colour
    FROM marts.obt_orders
    WHERE colour != ''
    GROUP BY colour, product_name
)
WHERE place <= 3
ORDER BY colour, place
