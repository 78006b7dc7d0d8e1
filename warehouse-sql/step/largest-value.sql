-- Size of the largest text of a table; only sizes are read.
-- In: sizes: list of max(column.size); table: name in backticks, with its database; seconds: time
-- limit.
-- Out: bytes.
-- By hand: after the holes are filled.
SELECT arrayMax([0, {{sizes}}]) AS bytes
FROM {{table}}
SETTINGS max_execution_time = {{seconds}}
