-- The saved freezes.
-- Out: record (JSON), seq.
-- By hand: as it is.
SELECT record, seq
FROM tailrace.freezes FINAL
ORDER BY name
