-- What a node says it is in its cluster, and how its database of storages is kept.
-- Out: shard, replica (empty: it has no such macro), engine (empty: there is no such database).
-- By hand: as it is.
SELECT
    (SELECT any(substitution) FROM system.macros WHERE macro = 'shard') AS shard,
    (SELECT any(substitution) FROM system.macros WHERE macro = 'replica') AS replica,
    (SELECT any(engine) FROM system.databases WHERE name = 'tailrace') AS engine
