-- Resolves unchanged values of a step, once: each becomes the last value its entity had, from an
-- earlier row of the same files or from the storage.
-- An entity is told by its lineage: the key it had when the file began (equal to its key where no
-- key changed).
-- In: staging, storage, columns; rows; lineage (list of r.… columns); key (list of k.…), bounds (on
-- r._tr_version), staged_bounds (on s._tr_version);
--   found (per unchangeable column: an earlier value and its version); base (key the entity has in
-- the storage); base_known (SELECT of all keys needed);
--   resolved (the columns of s, resolved), exact (its map), unresolved (1 where something has no
-- value), target (columns of the storage wanted),
--   target_key, join, settings.
-- _tr_born: the last insert of the entity so far. What was before it is another row's, even under
-- the same key.
-- tuple(): argMax skips NULL. Expressions name their table everywhere: an alias equal to a column
-- would be taken for it.
INSERT INTO tailrace.{{staging}} ({{columns}}, _tr_key_exact, _tr_exact, _tr_version, _tr_deleted, _tr_unresolved)
SELECT {{resolved}}, s._tr_key_exact, {{exact}}, s._tr_version, s._tr_deleted, {{unresolved}}
FROM
(
    SELECT r.*, {{found}}, {{base}}, maxIf(r._tr_version, r._tr_op = 'I') OVER past AS _tr_born
    FROM ({{rows}}) AS r
    WHERE r._tr_op != 'T' AND ({{lineage}}) IN (SELECT {{lineage}} FROM ({{rows}}) AS r WHERE r._tr_unchanged != '' AND {{bounds}})
    WINDOW
        past AS (PARTITION BY {{lineage}} ORDER BY r._tr_version ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
        entity AS (PARTITION BY {{lineage}})
) AS s
LEFT JOIN
(
    SELECT {{target}}, toUInt8(1) AS _tr_there
    FROM tailrace.{{storage}} AS t FINAL
    WHERE ({{target_key}}) IN ({{base_known}})
) AS g ON {{join}}
WHERE s._tr_unchanged != '' AND {{staged_bounds}}
SETTINGS {{settings}}
