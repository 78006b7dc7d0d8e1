-- Resolved rows go into the storage; may be repeated. In: storage, staging, columns, bounds (condition on s._tr_version), settings.
INSERT INTO tailrace.{{storage}} ({{columns}}, _tr_key_exact, _tr_exact, _tr_version, _tr_deleted)
SELECT {{columns}}, _tr_key_exact, _tr_exact, _tr_version, _tr_deleted
FROM tailrace.{{staging}}
SETTINGS {{settings}}
