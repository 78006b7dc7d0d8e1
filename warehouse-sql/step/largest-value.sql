-- Size of the largest text of a table; only sizes are read. In: sizes (list of max(column.size)),
-- table, seconds. Out: bytes.
SELECT arrayMax([0, {{sizes}}]) AS bytes
FROM {{table}}
SETTINGS max_execution_time = {{seconds}}
