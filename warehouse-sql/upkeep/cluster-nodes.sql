-- The nodes of a cluster.
-- In: cluster: its name as a literal.
-- Out: shard, replica (both from 1), weight, host.
-- By hand: after the holes are filled.
SELECT shard_num AS shard, replica_num AS replica, shard_weight AS weight, host_name AS host
FROM system.clusters
WHERE cluster = {{cluster}}
ORDER BY shard, replica
