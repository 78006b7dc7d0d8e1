-- The saved records of models.
-- Out: record (JSON), gone, seq.
-- By hand: as it is.
SELECT record, gone, seq
FROM tailrace.model_records FINAL
ORDER BY model
