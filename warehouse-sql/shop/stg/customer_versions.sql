-- One customer for a time: every version of its row, under the names that the marts use. A row of
-- the copy is valid from 1970 on, because nobody knows since when it was so. Versions that lasted
-- for no time are left out, and so are those without a country.
-- Techniques: rename, cast, filter.
SELECT
    h.id AS customer_id,
    h.email AS email,
    h.name AS customer_name,
    CAST(h.country AS LowCardinality(String)) AS country,
    h.tags AS tags,
    h.born AS born_on,
    toDate(h.created_at) AS customer_since,
    h.lsn AS lsn,
    CAST(h.valid_from IS NULL AS Bool) AS from_copy,
    ifNull(h.valid_from, toDateTime64('1970-01-01 00:00:00', 6, 'UTC')) AS valid_from,
    h.valid_to AS valid_to
FROM public.customers__history AS h
WHERE h.country IS NOT NULL AND (h.valid_to IS NULL OR h.valid_from IS NULL OR h.valid_from < h.valid_to)
