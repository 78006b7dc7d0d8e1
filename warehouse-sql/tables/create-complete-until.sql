-- For SQL tests and BI: the commit time of the source up to which a table is complete.
-- `SELECT * FROM tailrace.complete_until(table = 'public.orders')` has one row, and none for a
-- table that is not replicated.
-- By hand: as it is.
CREATE OR REPLACE VIEW tailrace.complete_until DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT f.as_of AS complete_until, f.state AS state
FROM tailrace.freshness AS f
WHERE f.table = {table:String}
