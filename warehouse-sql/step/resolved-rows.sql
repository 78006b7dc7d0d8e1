-- (subquery) The rows of a step with unchanged values, resolved: each becomes the last value of its
-- entity, from an earlier row of the same files or from the storage. The lineage identifies an
-- entity: the key that it had when the file began (its key, when no key changed).
-- `_tr_born`: version of the entity's last insert so far. An earlier value belongs to another row,
-- even under the same key.
-- `tuple()`: argMax skips NULL. Expressions name their table everywhere, because an alias that
-- equals a column would be taken for it.
-- Both `IN` only make the engine read less. They compare keys without exact texts, which costs less
-- than half of comparing both; the windows and the join compare all.
-- ANY: the stored rows are one for each key.
-- In: stored: as stored-rows.sql, or as history/earlier-rows.sql; more: further columns of s, each
-- after a comma; rows: as rows.sql; lineage: list of r.… columns; lineage_key: its
-- key without exact texts; bounds: condition on r._tr_version; staged_bounds: condition on
-- s._tr_version; found: per column that may be unchanged, an earlier value and its version; base:
-- the entity's key in the storage; resolved: the columns of s, resolved, each followed by a comma;
-- exact: the map of exact texts, resolved; unresolved: 1 when a value was found nowhere; join:
-- condition between g and s; mine: the rest of the condition on one shard of several, or nothing;
-- entities: the same on r, where the key of their entity is known before they are resolved.
-- By hand: no; its lists have one element per column. See README.md for how to read the real text.
SELECT {{resolved}} s._tr_key_exact AS _tr_key_exact, {{exact}} AS _tr_exact, s._tr_version AS _tr_version, s._tr_deleted AS _tr_deleted, {{unresolved}} AS _tr_unresolved{{more}}
FROM
(
    SELECT r.*, {{found}}, {{base}}, maxIf(r._tr_version, r._tr_op = 'I') OVER past AS _tr_born
    FROM ({{rows}}) AS r
    WHERE r._tr_op != 'T'{{entities}} AND ({{lineage_key}}) IN (SELECT {{lineage_key}} FROM ({{rows}}) AS r WHERE r._tr_unchanged != '' AND {{bounds}}{{entities}})
    WINDOW
        past AS (PARTITION BY {{lineage}} ORDER BY r._tr_version ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
        entity AS (PARTITION BY {{lineage}})
) AS s
LEFT ANY JOIN
(
    {{stored}}
) AS g ON {{join}}
WHERE s._tr_unchanged != '' AND {{staged_bounds}}{{mine}}
