-- (Postgres) The key of the last row of the next piece of a relation, in the order of an index.
-- In: column: the key's column; table: quoted name; rest: which rows are left; skip: rows of the
-- piece - 1.
-- Out: key.
-- By hand: after the holes are filled.
SELECT ({{column}})::text AS key
FROM ONLY {{table}} AS s
WHERE {{rest}}
ORDER BY {{column}}
OFFSET {{skip}} LIMIT 1
