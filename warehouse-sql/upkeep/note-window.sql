-- Adds one applied window to the history.
-- In: started, as_of: DateTime64 expressions; facts: values of the columns between them, in order.
-- By hand: after the holes are filled.
INSERT INTO tailrace.windows (started_at, duration_ms, first_batch, last_batch, kind, tables, steps, rows, bytes, applied_lsn, as_of)
SETTINGS async_insert = 0
VALUES ({{started}}, {{facts}}, {{as_of}})
