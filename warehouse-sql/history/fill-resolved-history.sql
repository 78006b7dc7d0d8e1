-- Inserts all row images of a step into the history: complete ones, and the others as they are
-- resolved. Fails when a value that counts was found nowhere.
-- In: storage: name in backticks, `h16384_1_g1`; columns, values: one element per column, each
-- followed by a comma; rows: as rows.sql; bounds: condition on r._tr_version; resolved_rows: as
-- resolved-rows.sql; since: version from which on values count; message: literal, text of the
-- failure; settings: as in insert-settings.ts.
-- By hand: no; its lists have one element per column. See README.md for how to read the real text.
INSERT INTO tailrace.{{storage}} ({{columns}} _tr_key_exact, _tr_exact, _tr_version, _tr_deleted, _tr_op, _tr_commit_time)
SELECT {{values}} r._tr_key_exact, r._tr_exact, r._tr_version, r._tr_deleted, r._tr_op, r._tr_commit_time
FROM ({{rows}}) AS r
WHERE r._tr_op != 'T' AND r._tr_unchanged = '' AND {{bounds}}
UNION ALL
SELECT {{columns}} _tr_key_exact, _tr_exact, _tr_version, _tr_deleted, _tr_op, _tr_commit_time
FROM ({{resolved_rows}}) AS resolved
WHERE if(resolved._tr_unresolved = 0, 1, throwIf(resolved._tr_unresolved = 1 AND resolved._tr_version >= {{since}}, {{message}})) = 1
SETTINGS {{settings}}
