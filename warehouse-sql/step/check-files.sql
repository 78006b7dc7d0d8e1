-- Counts what the engine reads of a step's files: it skips a missing file of a list without a word.
-- Finds in the same pass which columns have unchanged values, since resolving only those keeps the
-- statement small, however wide the table is.
-- In: source: table function or table over the files; files: expression over `_tr_f` that counts
-- the files; marks: array of the different marks of unchanged values, each a bitmap as hex (the
-- lowest bit of the first byte is the first column of the files' schema), or an empty array;
-- settings: as in insert-settings.ts.
-- Out: rows, files, marks.
-- By hand: after the holes are filled.
SELECT count() AS rows, {{files}} AS files, {{marks}} AS marks
FROM {{source}} AS _tr_f
SETTINGS {{settings}}
