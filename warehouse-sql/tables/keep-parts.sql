-- Leaves the parts of a clone as they are: merged parts would be further copies of its rows.
-- In: clone: `database`.`name` in backticks; settings: `name = value`, separated by commas.
-- By hand: after the holes are filled.
ALTER TABLE {{clone}} MODIFY SETTING {{settings}}
