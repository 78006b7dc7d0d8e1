-- For SQL tests and BI: up to which commit time of the source a table is complete. `SELECT * FROM
-- tailrace.complete_until(table = 'public.orders')`
-- has one row; none of a table that is not replicated.
CREATE OR REPLACE VIEW tailrace.complete_until AS
SELECT f.as_of AS complete_until, f.state AS state
FROM tailrace.freshness AS f
WHERE f.table = {table:String}
