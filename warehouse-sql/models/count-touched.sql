-- How many groups are touched, and whether NULL is one of them.
-- In: touched: name in backticks.
-- Out: groups, nulls.
-- By hand: after the holes are filled.
SELECT count() AS groups, countIf(_tr_group IS NULL) AS nulls
FROM tailrace_models.{{touched}}
