-- How many staged rows have a value that was found nowhere, though they count. One does not count
-- when its key has a later image: another row of the
-- same step, or one that the storage has already because the step is applied again after it was
-- broken off.
-- In: staging, storage, rows, bounds (on r._tr_version), since (version from which on values
-- count), key (list of columns), join (g to s), settings. Out: rows.
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
WHERE s._tr_unresolved = 1 AND s._tr_version >= {{since}} AND s._tr_version >= g._tr_newest
SETTINGS {{settings}}
