-- Counts what the engine reads of a step's files: it skips a missing file of a list without a word.
-- Finds two facts in the same pass. Which columns have unchanged values: resolving only those keeps
-- the statement small, however wide the table is. And about how many keys there are.
-- In: source: table function or table over the files; files: expression over `_tr_f` that counts
-- the files; marks: array of the different marks of unchanged values, each a bitmap as hex (the
-- lowest bit of the first byte is the first column of the files' schema), or an empty array; keys:
-- how many different keys, or 0;
-- settings: as in insert-settings.ts.
-- Out: rows, files, marks, keys.
-- By hand: after the holes are filled.
SELECT count() AS rows, {{files}} AS files, {{marks}} AS marks, {{keys}} AS keys
FROM {{source}} AS _tr_f
SETTINGS {{settings}}
