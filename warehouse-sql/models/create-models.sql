-- For people: where each model stands.
-- By hand: as it is.
CREATE OR REPLACE VIEW tailrace.models DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT model, kind, status, lsn, as_of, manifest, rows, run, storage, columns, inputs, sources, error_code, error_message
FROM tailrace.model_records FINAL
WHERE NOT gone
