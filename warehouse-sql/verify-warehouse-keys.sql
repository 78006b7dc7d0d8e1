-- The same over a clone of the table's storage at that position.
-- In: key, hash, place, mask, buckets, sign, clone.
SELECT h.key AS key, toString(h.hash) AS hash, toString(sum(h.sign)) AS copies
FROM (SELECT {{key}} AS key, {{place}} AS place, {{hash}} AS hash, toInt64({{sign}}) AS sign FROM {{clone}} AS s FINAL) AS h
WHERE bitAnd(h.place, {{mask}}) IN ({{buckets}})
GROUP BY key, hash
HAVING sum(h.sign) != 0
