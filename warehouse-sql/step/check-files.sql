-- What can be read of a step's files: a file that is missing from a list of names is otherwise
-- silently skipped.
-- In: source, files (expression that counts them), settings. Out: rows, files.
SELECT count() AS rows, {{files}} AS files
FROM {{source}} AS _tr_f
SETTINGS {{settings}}
