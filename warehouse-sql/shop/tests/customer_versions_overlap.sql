-- A version of a customer that begins before the one before it has ended.
-- @severity error
-- @every 1m
SELECT customer_id, customer_key, valid_from, earlier_to
FROM (
    SELECT
        customer_id,
        customer_key,
        valid_from,
        lagInFrame(ifNull(valid_to, toDateTime64('2299-01-01 00:00:00', 6, 'UTC')), 1, toDateTime64('1970-01-01 00:00:00', 6, 'UTC')) OVER past AS earlier_to
    FROM marts.dim_customer
    WINDOW past AS (PARTITION BY customer_id ORDER BY valid_from ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
)
WHERE earlier_to > valid_from
