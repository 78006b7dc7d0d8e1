-- Makes a lease the newest one of its warehouse.
-- In: lease: key of the lease in tailrace.meta, as a literal; number: number of the lease.
-- By hand: after the holes are filled.
INSERT INTO tailrace.meta (key, value, seq)
SETTINGS async_insert = 0
VALUES ({{lease}}, '{{number}}', {{number}})
