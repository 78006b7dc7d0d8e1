-- Counts staged rows with a value that was found nowhere.
-- In: staging: name in backticks.
-- Out: rows.
-- By hand: after the holes are filled.
SELECT sum(_tr_unresolved) AS rows
FROM tailrace.{{staging}}
