-- The rows of some buckets of a clone, with the number of copies of each.
-- In: place, hash, sign, clone, chosen, mask: as verify-warehouse-buckets.sql; buckets: list of
-- numbers.
-- Out: place, hash, copies.
-- By hand: no; its lists have one element per column. See README.md for how to read the real text.
SELECT toString(h.place) AS place, toString(h.hash) AS hash, toString(sum(h.sign)) AS copies
FROM (SELECT {{place}} AS place, {{hash}} AS hash, toInt64({{sign}}) AS sign FROM {{clone}} AS s FINAL WHERE {{chosen}}) AS h
WHERE bitAnd(h.place, {{mask}}) IN ({{buckets}})
GROUP BY h.place, h.hash
HAVING sum(h.sign) != 0
