-- Rows of a copy into the storage of a table with a key; all have the version of the consistent
-- point.
-- In: storage, columns and values (each followed by a comma), rows, version, settings.
INSERT INTO tailrace.{{storage}} ({{columns}} _tr_key_exact, _tr_exact, _tr_version, _tr_deleted)
SELECT {{values}} r._tr_key_exact, r._tr_exact, {{version}}, 0
FROM ({{rows}}) AS r
SETTINGS {{settings}}
