-- Names of a storage's columns.
-- In: storage: name as a literal.
-- Out: name.
-- By hand: after the holes are filled.
SELECT name FROM system.columns WHERE database = 'tailrace' AND table = {{storage}}
