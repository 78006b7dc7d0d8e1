-- Counts what the engine reads of a step's files: it skips a missing file of a list without a word.
-- In: source: table function or table over the files; files: expression over `_tr_f` that counts
-- the files; settings: as in insert-settings.ts.
-- Out: rows, files.
-- By hand: after the holes are filled.
SELECT count() AS rows, {{files}} AS files
FROM {{source}} AS _tr_f
SETTINGS {{settings}}
