-- (Postgres, in the snapshot of the verified position) The rows of some buckets, for one piece of a
-- relation, and where each is stored.
-- In: place, hash, rows, piece, chosen, mask: as verify-source-buckets.sql; buckets: list of
-- numbers.
-- Out: place, hash, at.
-- By hand: no; its lists have one element per column. See README.md for how to read the real text.
SELECT ({{place}})::text AS place, ({{hash}})::text AS hash, s.ctid::text AS at
FROM {{rows}}
WHERE {{piece}} AND {{chosen}} AND (({{place}}) & {{mask}}) = ANY(ARRAY[{{buckets}}]::bigint[])
