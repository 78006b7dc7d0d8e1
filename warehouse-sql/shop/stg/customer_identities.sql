-- One customer that exists or whose last version is open, with the number of open versions in the
-- dimension. Both are read at one position, so it has to be one for each.
-- Techniques: join, aggregate, group, filter.
-- @every 1m
-- @test accepted existing: 1
-- @test accepted open_versions: 1
SELECT
    ifNull(c.customer_id, v.customer_id) AS customer_id,
    toUInt8(c.customer_id IS NOT NULL) AS existing,
    ifNull(v.open, 0) AS open_versions
FROM stg.customers AS c
FULL JOIN (
    SELECT customer_id, countIf(is_current) AS open
    FROM marts.dim_customer
    GROUP BY customer_id
) AS v ON v.customer_id = c.customer_id
WHERE c.customer_id IS NOT NULL OR v.open > 0
