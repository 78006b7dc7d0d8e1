-- Counts the rows of a clone, before merging.
-- In: clone: `database`.`name` in backticks.
-- Out: rows.
-- By hand: after the holes are filled.
SELECT toString(count()) AS rows
FROM {{clone}}
