-- Inserts a step without key changes into the storage as one block: complete rows, and the others
-- as they are resolved. Fails without inserting anything when a value was found nowhere.
-- In: storage: name in backticks, `t16384_1_g1`; columns, values: one element per column, each
-- followed by a comma; rows: as rows.sql; bounds: condition on r._tr_version; mine: the rest of the
-- condition on one shard of several, or nothing; resolved_rows: as resolved-rows.sql; message:
-- literal, text of the failure; settings: as in insert-settings.ts.
-- By hand: no; its lists have one element per column. See README.md for how to read the real text.
INSERT INTO tailrace.{{storage}} ({{columns}} _tr_key_exact, _tr_exact, _tr_version, _tr_deleted)
SELECT {{values}} r._tr_key_exact, r._tr_exact, r._tr_version, r._tr_deleted
FROM ({{rows}}) AS r
WHERE r._tr_op != 'T' AND r._tr_unchanged = '' AND {{bounds}}{{mine}}
UNION ALL
SELECT {{columns}} _tr_key_exact, _tr_exact, _tr_version, _tr_deleted
FROM ({{resolved_rows}}) AS resolved
WHERE throwIf(resolved._tr_unresolved = 1, {{message}}) = 0
SETTINGS {{settings}}
