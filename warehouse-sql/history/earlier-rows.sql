-- (subquery) Rows of a history as they were right before a step, for its unchanged values. The
-- current rows would not do: when a step is applied again, they are later than some of its rows.
-- In: storage: name in backticks, `h16384_1_g1`; target: columns that are needed; target_key: the
-- key without exact texts; base_known: SELECT of all keys that are needed, without exact texts;
-- before: the least version that is not earlier; key: the key, each column of t.
-- By hand: no; its lists have one element per column. See README.md for how to read the real text.
SELECT {{target}}, toUInt8(1) AS _tr_there
FROM
(
    SELECT {{target}}, t._tr_deleted
    FROM tailrace.{{storage}} AS t
    WHERE t._tr_version < {{before}} AND ({{target_key}}) IN ({{base_known}})
    ORDER BY t._tr_version DESC
    LIMIT 1 BY {{key}}
) AS t
WHERE t._tr_deleted = 0
