-- Finds the statements that compactors with other leases still run.
-- In: prefix: common prefix of their tags, as a literal; own: own tag, as a literal.
-- Out: query_id.
-- By hand: after the holes are filled.
SELECT query_id
FROM system.processes
WHERE startsWith(Settings['log_comment'], {{prefix}}) AND Settings['log_comment'] != {{own}}
