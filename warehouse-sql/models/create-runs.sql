-- For people: runs of models, for 90 days.
-- By hand: as it is.
CREATE OR REPLACE VIEW tailrace.runs DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT run, model, trigger, mode, status, lsn, as_of, started_at, duration_ms, rows, touched, tests, failures, error_code, error_message
FROM tailrace.run_log FINAL
