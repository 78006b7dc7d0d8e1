-- Rows of one file of an export.
-- In: columns: expressions with their names; from: what stands behind FROM; condition: chooses
-- partition and file; order: an ORDER BY clause, or nothing. It has each column in `identity()`, so
-- that the engine sorts. Rows that it reads as they are stored come in blocks that depend on its
-- merges, and so would the file.
-- By hand: after the holes are filled.
SELECT {{columns}}
FROM (SELECT * FROM {{from}} WHERE {{condition}} {{order}})
