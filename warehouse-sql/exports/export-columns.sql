-- Columns of what is exported.
-- In: from: what stands behind FROM.
-- Out: name, type (and more).
-- By hand: after the holes are filled.
DESCRIBE TABLE (SELECT * FROM {{from}})
