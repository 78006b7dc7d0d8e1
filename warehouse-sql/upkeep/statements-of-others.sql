-- The statements of other lives of one part of the product that still run.
-- In: processes: system.processes, of one node or of all; part, own: as
-- end-statements-of-others.sql.
-- Out: query_id.
-- By hand: after the holes are filled.
SELECT query_id
FROM {{processes}}
WHERE match(query_id, {{part}}) AND NOT startsWith(query_id, {{own}})
