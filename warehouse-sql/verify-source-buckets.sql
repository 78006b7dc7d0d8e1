-- (runs in Postgres, in the snapshot of the position that is verified) Rows and sum of their hashes, per bucket.
-- In: hash (64 bits of the row's canonical text), place (64 bits of its key, or the hash where there is no key), mask (number of buckets - 1), relation.
SELECT (h.place & {{mask}})::int AS bucket, count(*)::text AS rows, sum(h.hash)::text AS sum
FROM (SELECT {{place}} AS place, {{hash}} AS hash FROM {{relation}} AS s) AS h
GROUP BY 1
