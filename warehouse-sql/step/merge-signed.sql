-- Inserts rows of a table without a key into its storage.
-- In: storage: name in backticks, `t16384_1_g1`; columns, values: one element per column, each
-- followed by a comma; rows: as rows.sql; bounds: condition on r._tr_version; mine: the rest of the
-- condition on one shard of several, or nothing; settings: as in insert-settings.ts.
-- By hand: no; its lists have one element per column. See README.md for how to read the real text.
INSERT INTO tailrace.{{storage}} ({{columns}} _tr_exact, _tr_version, _tr_row, _tr_sign)
SELECT {{values}} r._tr_exact, r._tr_version, 0, if(r._tr_deleted, -1, 1)
FROM ({{rows}}) AS r
WHERE r._tr_op != 'T' AND {{bounds}}{{mine}}
SETTINGS {{settings}}
