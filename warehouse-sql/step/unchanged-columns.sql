-- Which columns of a step's files have unchanged values at all: resolving only those keeps the
-- statement small, however wide the table is.
-- In: source, most (patterns told at most), settings. Out: patterns, each a bitmap as hex, lowest
-- bit first = first column of the files' schema.
SELECT groupUniqArray({{most}})(hex(_tr_f._tr_unchanged)) AS patterns
FROM {{source}} AS _tr_f
WHERE _tr_f._tr_unchanged != ''
SETTINGS {{settings}}
