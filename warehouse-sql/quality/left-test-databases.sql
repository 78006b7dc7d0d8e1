-- Databases that tests left behind: their freeze has ended. A name begins with that of the freeze.
-- In: comment: the mark of such databases, as a literal.
-- Out: database.
-- By hand: after the holes are filled.
SELECT d.name AS database
FROM system.databases AS d
WHERE d.comment = {{comment}}
    AND extract(d.name, '^tailrace_test_[0-9a-f]+') NOT IN (SELECT name FROM tailrace.freezes FINAL WHERE state IN ('moving', 'shown'))
