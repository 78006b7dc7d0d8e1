-- The clusters that a server knows.
-- Out: name.
-- By hand: as it is.
SELECT DISTINCT cluster AS name
FROM system.clusters
ORDER BY name
