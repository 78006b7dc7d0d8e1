-- Finds storages that are not one part, or that are told to become one once they are quiet.
-- Out: storage; bytes, rows; apart: rows outside of the largest part; parts; merging: whether it is
-- told to.
-- By hand: as it is.
SELECT
    p.table AS storage,
    sum(p.bytes_on_disk) AS bytes,
    sum(p.rows) AS rows,
    sum(p.rows) - max(p.rows) AS apart,
    count() AS parts,
    any(match(t.engine_full, 'min_age_to_force_merge_seconds = [1-9]')) AS merging
FROM system.parts AS p
INNER JOIN system.tables AS t ON t.database = p.database AND t.name = p.table
WHERE p.active AND p.database = 'tailrace' AND t.database = 'tailrace' AND match(p.table, '^t[0-9]+_[0-9]+_g')
GROUP BY p.table
HAVING parts > 1 OR merging
ORDER BY p.table
