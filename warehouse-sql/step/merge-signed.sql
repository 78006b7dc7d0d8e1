-- Rows of a table without a key. In: storage, columns and values (each followed by a comma), rows,
-- bounds, settings.
INSERT INTO tailrace.{{storage}} ({{columns}} _tr_exact, _tr_version, _tr_row, _tr_sign)
SELECT {{values}} r._tr_exact, r._tr_version, 0, if(r._tr_deleted, -1, 1)
FROM ({{rows}}) AS r
WHERE r._tr_op != 'T' AND {{bounds}}
SETTINGS {{settings}}
