-- Tells ClickHouse to merge all parts of a storage that nobody has changed for some seconds, or
-- leaves it to ClickHouse when to merge them.
-- In: storage: name in backticks, `t16384_1_g1`; seconds: a number, 0 to
-- leave it.
-- By hand: after the holes are filled.
ALTER TABLE tailrace.{{storage}} MODIFY SETTING min_age_to_force_merge_seconds = {{seconds}}
