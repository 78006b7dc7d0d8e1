-- Inserts rows of one chunk of a copy of a table without a key. Each row has the number of its
-- chunk and its own. One thread: the numbers need not follow the order in the file, but each is
-- given once.
-- In: storage: name in backticks, `t16384_1_g1`; columns, values: one element per column, each
-- followed by a comma; rows: as rows.sql; version: UInt128 expression; first_row: UInt64
-- expression; mine: a WHERE clause on one shard of several, or nothing; settings: as in
-- insert-settings.ts.
-- By hand: no; its lists have one element per column. See README.md for how to read the real text.
INSERT INTO tailrace.{{storage}} ({{columns}} _tr_exact, _tr_version, _tr_row, _tr_sign)
SELECT {{values}} r._tr_exact, {{version}}, {{first_row}} + rowNumberInAllBlocks(), 1
FROM ({{rows}}) AS r{{mine}}
SETTINGS max_threads = 1, {{settings}}
