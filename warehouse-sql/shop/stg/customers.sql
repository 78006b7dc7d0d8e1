-- One customer of the shop, under the names that the marts use.
-- Techniques: rename, cast.
-- @test unique email
SELECT
    id AS customer_id,
    email,
    name AS customer_name,
    CAST(country AS LowCardinality(String)) AS country,
    tags,
    CAST(balance AS Float64) AS balance,
    born AS born_on,
    toDate(created_at) AS customer_since
FROM public.customers
WHERE country IS NOT NULL
