-- What kind of engine this is.
-- In: settings, table_settings: names as literals.
-- Out: cloud ('1': ClickHouse Cloud), settings and tableSettings (those of the names that it knows,
-- and of tables lets us set), localPolicies (storage policies whose disks are all local), policies
-- (all storage policies).
-- `index_granularity` is readonly everywhere: a table gets it when it is created, or never.
-- By hand: after the holes are filled.
SELECT
    (SELECT any(value) FROM system.settings WHERE name = 'cloud_mode') AS cloud,
    (SELECT groupArray(name) FROM system.settings WHERE name IN ({{settings}})) AS settings,
    (SELECT groupArray(name) FROM system.merge_tree_settings WHERE name IN ({{table_settings}}) AND (NOT readonly OR name = 'index_granularity')) AS tableSettings,
    (
        SELECT groupArray(p.policy)
        FROM
        (
            SELECT policy_name AS policy
            FROM system.storage_policies
            ARRAY JOIN disks AS disk
            GROUP BY policy
            HAVING countIf(disk NOT IN (SELECT name FROM system.disks WHERE type = 'Local')) = 0
        ) AS p
    ) AS localPolicies,
    (SELECT groupUniqArray(policy_name) FROM system.storage_policies) AS policies
