-- What compactors with other leases still run. In: prefix of all their tags, own tag. Out:
-- query_id.
SELECT query_id
FROM system.processes
WHERE startsWith(Settings['log_comment'], {{prefix}}) AND Settings['log_comment'] != {{own}}
