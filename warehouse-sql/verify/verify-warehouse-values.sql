-- Some rows of a clone in full. Of rows without a key that are equal there is one.
-- In: digests, shown, key as for the source; hash; place, places (a list); sign; clone.
SELECT toString(h.place) AS place, h.digests AS digests, any(h.shown) AS shown, any(h.key) AS key
FROM
(
    SELECT {{place}} AS place, {{digests}} AS digests, {{shown}} AS shown, {{key}} AS key, toInt64({{sign}}) AS sign
    FROM {{clone}} AS s FINAL
    WHERE place IN ({{places}})
) AS h
GROUP BY h.place, h.digests
HAVING sum(h.sign) > 0
