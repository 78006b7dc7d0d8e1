-- The replicated tables of a node. Clones are not among them: nothing is computed from their rows,
-- so nobody waits for parts of them that only a dead node has.
-- Out: name, readonly (1: its Keeper is away, so it takes no rows).
-- By hand: as it is.
SELECT table AS name, is_readonly AS readonly
FROM system.replicas
WHERE database = 'tailrace' AND NOT startsWith(table, 'clone_')
ORDER BY table
