-- Inserts the row images of a step that need no resolving into the history.
-- In: storage: name in backticks, `h16384_1_g1`; columns, values: one element per column, each
-- followed by a comma; rows: as rows.sql; bounds: condition on r._tr_version; settings: as in
-- insert-settings.ts.
-- By hand: no; its lists have one element per column. See README.md for how to read the real text.
INSERT INTO tailrace.{{storage}} ({{columns}} _tr_key_exact, _tr_exact, _tr_version, _tr_deleted, _tr_op, _tr_commit_time)
SELECT {{values}} r._tr_key_exact, r._tr_exact, r._tr_version, r._tr_deleted, r._tr_op, r._tr_commit_time
FROM ({{rows}}) AS r
WHERE r._tr_op != 'T' AND r._tr_unchanged = '' AND {{bounds}}
SETTINGS {{settings}}
