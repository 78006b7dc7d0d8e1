-- (Postgres, in the snapshot of the verified position) Rows per bucket, and the sum of their
-- hashes, for one piece of a relation.
-- In: chosen: whether a row is compared (others are only counted, as bucket -1); place: 64 bits of
-- the row's key, or of the row when there is no key; mask: number of buckets - 1; hash: 64 bits of
-- the row's canonical text; rows: a FROM clause; piece: which rows.
-- Out: bucket, rows, sum.
-- By hand: no; its lists have one element per column. See README.md for how to read the real text.
SELECT CASE WHEN {{chosen}} THEN ({{place}} & {{mask}})::int ELSE -1 END AS bucket, count(*)::text AS rows,
  coalesce(sum(CASE WHEN {{chosen}} THEN {{hash}} END), 0)::text AS sum
FROM {{rows}}
WHERE {{piece}}
GROUP BY 1
