-- The single facts of the transformer.
-- Out: key, value, seq.
-- By hand: as it is.
SELECT key, value, seq
FROM tailrace.transform_state FINAL
