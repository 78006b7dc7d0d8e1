-- (Postgres) The canonical text of one value that the user gave.
-- In: canonical: expression over v; type: type of the value.
-- Out: canonical; $1 is the value as text.
-- By hand: after the holes are filled.
SELECT {{canonical}} AS canonical
FROM (SELECT ($1::text)::{{type}} AS v) AS v
