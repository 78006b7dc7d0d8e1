-- The part of an input that lies in the touched groups of an incremental build.
-- In: input: `database`.`name` in backticks; touched: a condition on the rows.
-- By hand: after the holes are filled.
SELECT *
FROM {{input}}
WHERE {{touched}}
