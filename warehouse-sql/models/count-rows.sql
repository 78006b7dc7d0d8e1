-- How many rows a table has.
-- In: table: `database`.`name` in backticks, and what narrows it, as `FINAL WHERE …`.
-- Out: rows.
-- By hand: after the holes are filled.
SELECT count() AS rows
FROM {{table}}
