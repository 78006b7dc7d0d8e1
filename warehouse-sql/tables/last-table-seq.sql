-- The greatest seq of the rows that say where tables stand.
-- Out: seq.
-- By hand: as it is.
SELECT max(seq) AS seq
FROM tailrace.tables
