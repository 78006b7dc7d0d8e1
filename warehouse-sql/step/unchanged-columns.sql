-- Finds which columns of a step's files have unchanged values. Resolving only those keeps the
-- statement small, however wide the table is.
-- In: most: most patterns that are returned; source: table function or table over the files;
-- settings: as in insert-settings.ts.
-- Out: patterns, each a bitmap as hex; the lowest bit of the first byte is the first column of the
-- files' schema.
-- By hand: after the holes are filled.
SELECT groupUniqArray({{most}})(hex(_tr_f._tr_unchanged)) AS patterns
FROM {{source}} AS _tr_f
WHERE _tr_f._tr_unchanged != ''
SETTINGS {{settings}}
