-- Rows that need no resolving go from the files straight into the storage.
-- In: storage, columns and values (each followed by a comma), rows, bounds (condition on
-- r._tr_version), settings.
INSERT INTO tailrace.{{storage}} ({{columns}} _tr_key_exact, _tr_exact, _tr_version, _tr_deleted)
SELECT {{values}} r._tr_key_exact, r._tr_exact, r._tr_version, r._tr_deleted
FROM ({{rows}}) AS r
WHERE r._tr_op != 'T' AND r._tr_unchanged = '' AND {{bounds}}
SETTINGS {{settings}}
