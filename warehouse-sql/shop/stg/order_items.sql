-- One line of an order, with its value. A line without a quantity is no sale.
-- Techniques: rename, cast, filter, calculation.
SELECT
    order_id,
    line AS line_number,
    product_id,
    assumeNotNull(quantity) AS units,
    price AS unit_price,
    CAST(quantity * price AS Decimal(18, 2)) AS line_value
FROM public.order_items
WHERE quantity > 0
