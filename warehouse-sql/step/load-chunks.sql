-- Inserts rows of a copy into the storage of a table with a key; all have the version of the
-- consistent point.
-- In: storage: name in backticks, `t16384_1_g1`; columns, values: one element per column, each
-- followed by a comma; rows: as rows.sql; version: UInt128 expression; mine: a WHERE clause on one
-- shard of several, or nothing; settings: as in insert-settings.ts.
-- By hand: no; its lists have one element per column. See README.md for how to read the real text.
INSERT INTO tailrace.{{storage}} ({{columns}} _tr_key_exact, _tr_exact, _tr_version, _tr_deleted)
SELECT {{values}} r._tr_key_exact, r._tr_exact, {{version}}, 0
FROM ({{rows}}) AS r{{mine}}
SETTINGS {{settings}}
