-- The saved generations.
-- Out: record (JSON), seq.
-- By hand: as it is.
SELECT record, seq
FROM tailrace.generations FINAL
