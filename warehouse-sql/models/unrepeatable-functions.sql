-- Functions whose answer is not fixed by their arguments.
-- Out: name, in lower case.
-- By hand: as it is.
SELECT lower(name) AS name
FROM system.functions
WHERE deterministic = 0
