-- How far a replica is behind the others of its shard, at its slowest table.
-- Out: seconds, readonly (1: its Keeper is away, so it takes no rows).
-- By hand: as it is.
SELECT max(absolute_delay) AS seconds, max(is_readonly) AS readonly
FROM system.replicas
WHERE database = 'tailrace'
