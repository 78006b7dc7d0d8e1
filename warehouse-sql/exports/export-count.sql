-- How many rows an export has.
-- In: from: what stands behind FROM.
-- Out: rows.
-- By hand: after the holes are filled.
SELECT count() AS rows
FROM {{from}}
