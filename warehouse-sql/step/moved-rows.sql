-- Reads the staged rows that belong to another shard.
-- In: staging: name in backticks; condition: those of that shard.
-- Out: the columns of staging.
-- By hand: after the holes are filled.
SELECT *
FROM tailrace.{{staging}}
WHERE {{condition}}
