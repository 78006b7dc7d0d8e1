-- Widens the type of a column; every value stays the same.
-- In: storage: name in backticks, `t16384_1_g1`; column: `c<id>`; type: the new type.
-- By hand: after the holes are filled.
ALTER TABLE tailrace.{{storage}} MODIFY COLUMN {{column}} {{type}}
