-- Rows per bucket, and the sum of their hashes, for a clone of the table's storage at the verified
-- position. A row that went counts as minus one row of the same hash.
-- In: hash, place, mask: as verify-source-buckets.sql; sign: 1, or s._tr_sign for tables without a
-- key; clone: `database`.`name` in backticks; chosen: condition over s and place.
-- Out: bucket, rows, sum.
-- By hand: no; its lists have one element per column. See README.md for how to read the real text.
SELECT toInt32(bitAnd(h.place, {{mask}})) AS bucket, toString(sum(h.sign)) AS rows, toString(sum(toInt128(h.hash) * h.sign)) AS sum
FROM (SELECT {{place}} AS place, {{hash}} AS hash, toInt64({{sign}}) AS sign FROM {{clone}} AS s FINAL WHERE {{chosen}}) AS h
GROUP BY bucket
HAVING sum(h.sign) != 0 OR sum(toInt128(h.hash) * h.sign) != 0
