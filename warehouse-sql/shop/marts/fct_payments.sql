-- One payment, with the customer of its order. All payments of an order are computed together, so a
-- changed order reaches its payments.
-- Techniques: join, calculation.
-- @kind incremental
-- @key payment_id
-- @by order_id = public.payments: order_id
-- @by order_id = public.orders: id
-- @every 10s
-- @test not_null order_id, amount
-- @test accepted method: card, transfer, cash
-- @test references paid_on: marts.dim_date.date
-- @test warn references order_id: marts.fct_orders.order_id
SELECT
    p.id AS payment_id,
    p.order_id AS order_id,
    o.customer_id AS customer_id,
    p.amount AS amount,
    p.method AS method,
    p.paid_at AS paid_at,
    toDate(p.paid_at) AS paid_on,
    dateDiff('minute', o.placed_at, p.paid_at) AS minutes_after_order
FROM public.payments AS p
LEFT JOIN public.orders AS o ON o.id = p.order_id
