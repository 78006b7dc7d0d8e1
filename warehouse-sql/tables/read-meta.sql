-- The single facts of the warehouse.
-- Out: key, value, seq.
-- By hand: as it is.
SELECT key, value, seq
FROM tailrace.meta FINAL
