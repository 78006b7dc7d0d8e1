-- Counts the staged rows that belong to another shard.
-- In: staging: name in backticks; condition: those of that shard.
-- Out: rows.
-- By hand: after the holes are filled.
SELECT count() AS rows
FROM tailrace.{{staging}}
WHERE {{condition}}
