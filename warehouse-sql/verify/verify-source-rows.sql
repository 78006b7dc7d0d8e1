-- (runs in Postgres, in the snapshot of the position that is verified) The rows of some buckets, of
-- one piece of a relation, and where each is stored.
-- In: as verify-source-buckets; buckets (a list of numbers).
SELECT ({{place}})::text AS place, ({{hash}})::text AS hash, s.ctid::text AS at
FROM {{rows}}
WHERE {{piece}} AND {{chosen}} AND (({{place}}) & {{mask}}) = ANY(ARRAY[{{buckets}}]::bigint[])
