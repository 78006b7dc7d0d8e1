-- Resolves the unchanged values of a step into the staging table, once.
-- In: staging: name in backticks; columns: the storage's columns, each followed by a comma;
-- resolved_rows: as resolved-rows.sql; settings: as in insert-settings.ts.
-- By hand: no; its lists have one element per column. See README.md for how to read the real text.
INSERT INTO tailrace.{{staging}} ({{columns}} _tr_key_exact, _tr_exact, _tr_version, _tr_deleted, _tr_unresolved)
{{resolved_rows}}
SETTINGS {{settings}}
