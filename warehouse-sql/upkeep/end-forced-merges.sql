-- Leaves it to ClickHouse when to merge the parts of a storage.
-- In: storage: name in backticks, `t16384_1_g1`.
-- By hand: after the holes are filled.
ALTER TABLE tailrace.{{storage}} MODIFY SETTING min_age_to_force_merge_seconds = 0
