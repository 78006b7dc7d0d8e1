-- One customer for a time: a slowly changing dimension of type 2, from the history of the table. A
-- fact of some moment has the version that began last before it. `customer_key` names a version for
-- good. `from_copy`: the version is older than the history, and nobody knows by how much.
-- Techniques: calculation, cast.
-- @kind table
-- @key customer_key
-- @every 1m
-- @test unique customer_id, valid_from
-- @test not_null country, customer_since, valid_from, is_current
-- @test accepted segment: new, regular, other
-- @test rows >= 1
SELECT
    concat(toString(customer_id), '-', lsn) AS customer_key,
    customer_id,
    customer_name,
    email,
    country,
    transform(country, ['DE', 'FR', 'US', 'JP', 'BR'], ['Germany', 'France', 'United States', 'Japan', 'Brazil'], 'elsewhere') AS country_name,
    multiIf(has(tags, 'regular'), 'regular', has(tags, 'new'), 'new', 'other') AS segment,
    CAST(intDiv(toYear(born_on), 10) * 10 AS Nullable(UInt16)) AS decade_of_birth,
    customer_since,
    from_copy,
    valid_from,
    valid_to,
    CAST(valid_to IS NULL AS Bool) AS is_current
FROM stg.customer_versions
