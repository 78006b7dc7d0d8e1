-- One applied window for people. In: started, as_of; facts: the columns between, in order.
INSERT INTO tailrace.windows (started_at, duration_ms, first_batch, last_batch, kind, tables, steps, rows, bytes, applied_lsn, as_of)
SETTINGS async_insert = 0
VALUES ({{started}}, {{facts}}, {{as_of}})
