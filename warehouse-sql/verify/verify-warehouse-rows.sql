-- The rows of some buckets of a clone, with the number of times each is there.
-- In: as verify-warehouse-buckets; buckets.
SELECT toString(h.place) AS place, toString(h.hash) AS hash, toString(sum(h.sign)) AS copies
FROM (SELECT {{place}} AS place, {{hash}} AS hash, toInt64({{sign}}) AS sign FROM {{clone}} AS s FINAL WHERE {{chosen}}) AS h
WHERE bitAnd(h.place, {{mask}}) IN ({{buckets}})
GROUP BY h.place, h.hash
HAVING sum(h.sign) != 0
