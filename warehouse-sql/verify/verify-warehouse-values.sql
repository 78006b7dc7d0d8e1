-- Some rows of a clone in full. Equal rows without a key are one row here.
-- In: place, sign, clone: as verify-warehouse-buckets.sql; digests, shown, key: as
-- verify-source-values.sql; places: list of numbers.
-- Out: place, digests, shown, key.
-- By hand: no; its lists have one element per column. See README.md for how to read the real text.
SELECT toString(h.place) AS place, h.digests AS digests, any(h.shown) AS shown, any(h.key) AS key
FROM
(
    SELECT {{place}} AS place, {{digests}} AS digests, {{shown}} AS shown, {{key}} AS key, toInt64({{sign}}) AS sign
    FROM {{clone}} AS s FINAL
    WHERE place IN ({{places}})
) AS h
GROUP BY h.place, h.digests
HAVING sum(h.sign) > 0
