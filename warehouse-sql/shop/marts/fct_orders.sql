-- One order that was placed: its value, its lines and what was paid. Carts are no orders.
-- Techniques: join, aggregate, group, filter, calculation.
-- @kind incremental
-- @key order_id
-- @by order_id = public.orders: id
-- @by order_id = public.order_items: order_id
-- @by order_id = public.payments: order_id
-- @every 10s
-- @test not_null placed_at, state, total
-- @test accepted state: placed, paid, shipped, delivered, returned
-- @test references customer_id: marts.dim_customer.customer_id
-- @test references placed_on: marts.dim_date.date
-- @test rows >= 1
SELECT
    o.id AS order_id,
    o.customer_id AS customer_id,
    toString(o.state) AS state,
    o.placed_at AS placed_at,
    toDate(o.placed_at) AS placed_on,
    o.total AS total,
    ifNull(i.lines, 0) AS lines,
    ifNull(i.units, 0) AS units,
    ifNull(p.payments, 0) AS payments,
    ifNull(p.paid, 0) AS paid,
    o.total - ifNull(p.paid, 0) AS open_amount,
    dateDiff('minute', o.placed_at, p.first_paid_at) AS minutes_to_pay
FROM public.orders AS o
LEFT JOIN (
    SELECT order_id, count() AS lines, sum(quantity) AS units
    FROM public.order_items
    GROUP BY order_id
) AS i ON i.order_id = o.id
LEFT JOIN (
    SELECT order_id, count() AS payments, sum(amount) AS paid, min(paid_at) AS first_paid_at
    FROM public.payments
    GROUP BY order_id
) AS p ON p.order_id = o.id
WHERE ifNull(o.state, '') != 'cart'
