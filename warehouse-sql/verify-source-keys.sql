-- (runs in Postgres, in the snapshot of the position that is verified) Keys of some buckets, with the hashes of their rows.
-- In: key (canonical text of the key), hash, place, mask, buckets, relation.
SELECT h.key, h.hash::text AS hash, count(*)::text AS copies
FROM (SELECT {{key}} AS key, {{place}} AS place, {{hash}} AS hash FROM {{relation}} AS s) AS h
WHERE (h.place & {{mask}}) IN ({{buckets}})
GROUP BY 1, 2
