-- The replicated tables of a node.
-- Out: name, readonly (1: its Keeper is away, so it takes no rows).
-- By hand: as it is.
SELECT table AS name, is_readonly AS readonly
FROM system.replicas
WHERE database = 'tailrace'
ORDER BY table
