-- Leaves the parts of a clone as they are: merged parts would be further copies of its rows.
-- In: clone: `database`.`name` in backticks.
-- By hand: after the holes are filled.
ALTER TABLE {{clone}} MODIFY SETTING min_age_to_force_merge_seconds = 0, max_bytes_to_merge_at_max_space_in_pool = 1
