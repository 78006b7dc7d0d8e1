-- Counts staged rows that count and have a value that was found nowhere. A row does not count when
-- its key has a later image: another row of the same step, or a row that the storage already has
-- because the step is applied again.
-- In: staging: name in backticks; storage: name in backticks, `t16384_1_g1`; rows: as rows.sql;
-- bounds: condition on r._tr_version; since: version from which on values count; key: list of
-- columns; join: condition between g and s; mine: the rest of the condition on one shard of
-- several, or nothing; settings: as in insert-settings.ts.
-- Out: rows.
-- By hand: no; its lists have one element per column. See README.md for how to read the real text.
SELECT count() AS rows
FROM tailrace.{{staging}} AS s
LEFT JOIN
(
    SELECT {{key}}, max(_tr_version) AS _tr_newest
    FROM
    (
        SELECT {{key}}, _tr_version FROM tailrace.{{storage}}
        UNION ALL
        SELECT {{key}}, _tr_version FROM ({{rows}}) AS r WHERE r._tr_op != 'T' AND {{bounds}}
    )
    WHERE ({{key}}) IN (SELECT {{key}} FROM tailrace.{{staging}} WHERE _tr_unresolved = 1)
    GROUP BY {{key}}
) AS g ON {{join}}
WHERE s._tr_unresolved = 1 AND s._tr_version >= {{since}} AND s._tr_version >= g._tr_newest{{mine}}
SETTINGS {{settings}}
