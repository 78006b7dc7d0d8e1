-- One product of the shop. Its attributes are columns here, and JSON in the source.
-- Techniques: rename, cast.
SELECT
    id AS product_id,
    sku,
    name AS product_name,
    price AS list_price,
    CAST(JSONExtractString(attributes, 'colour') AS LowCardinality(String)) AS colour,
    JSONExtract(attributes, 'grams', 'UInt32') AS grams,
    updated_at
FROM public.products
