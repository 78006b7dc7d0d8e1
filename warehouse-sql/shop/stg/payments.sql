-- One payment, with its day.
-- Techniques: rename, cast.
SELECT
    id AS payment_id,
    order_id,
    amount,
    CAST(ifNull(method, 'unknown') AS LowCardinality(String)) AS method,
    paid_at,
    toDate(paid_at) AS paid_on
FROM public.payments
