-- How many rows the storage of a model keeps, with tombstones and replaced rows, and in how many
-- parts.
-- In: storage: name as a literal.
-- Out: stored, parts.
-- By hand: after the holes are filled.
SELECT sum(rows) AS stored, count() AS parts
FROM system.parts
WHERE database = 'tailrace_models' AND table = {{storage}} AND active
