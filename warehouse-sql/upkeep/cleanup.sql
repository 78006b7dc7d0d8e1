-- Rewrites a storage without its tombstones. Only while no change at or below them can be applied
-- again.
-- In: storage: name in backticks, `t16384_1_g1`.
-- By hand: after the holes are filled.
OPTIMIZE TABLE tailrace.{{storage}} FINAL CLEANUP
