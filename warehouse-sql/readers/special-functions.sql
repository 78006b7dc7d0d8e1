-- Functions whose result depends on more than the row in front of them.
-- Out: name: in lower case; changing: the same arguments may give another result; aggregate: it
-- takes several rows.
-- By hand: as it is.
SELECT
    lower(name) AS name,
    toBool(ifNull(deterministic = 0, 0)) AS changing,
    toBool(is_aggregate) AS aggregate
FROM system.functions
WHERE changing OR aggregate
