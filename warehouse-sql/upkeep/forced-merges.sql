-- Finds storages that are merged into one part whenever they are quiet and that are larger than
-- `bytes`.
-- In: bytes: a number.
-- Out: storage.
-- By hand: after the holes are filled.
SELECT name AS storage
FROM system.tables
WHERE database = 'tailrace' AND match(name, '^t[0-9]+_[0-9]+_g') AND total_bytes > {{bytes}}
    AND engine_full LIKE '%min_age_to_force_merge_seconds = 300%'
