-- One customer, with what reports group by.
-- Techniques: calculation, cast.
-- @kind table
-- @key customer_id
-- @every 1m
-- @test not_null country, customer_since
-- @test unique email
-- @test accepted segment: new, regular, other
-- @test rows >= 1
SELECT
    customer_id,
    customer_name,
    email,
    country,
    transform(country, ['DE', 'FR', 'US', 'JP', 'BR'], ['Germany', 'France', 'United States', 'Japan', 'Brazil'], 'elsewhere') AS country_name,
    multiIf(has(tags, 'regular'), 'regular', has(tags, 'new'), 'new', 'other') AS segment,
    CAST(intDiv(toYear(born_on), 10) * 10 AS Nullable(UInt16)) AS decade_of_birth,
    customer_since
FROM stg.customers
