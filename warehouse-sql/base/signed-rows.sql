-- (subquery) Current rows of a storage of signed rows, each as many times as the source has it.
-- In: columns: `t.c<id> AS c<id>`, each followed by a comma (a table may have none); exact: map of
-- the exact texts of these columns; storage: `database`.`name` in backticks; condition: over t, a
-- range of the hash of a row.
-- By hand: no; its lists have one element per column. See README.md for how to read the real text.
SELECT * EXCEPT (_tr_copies)
FROM
(
    SELECT {{columns}} {{exact}} AS _tr_exact, sum(t._tr_sign) AS _tr_copies
    FROM {{storage}} AS t FINAL
    WHERE {{condition}}
    GROUP BY ALL
    HAVING _tr_copies > 0
) AS s
ARRAY JOIN range(toUInt64(s._tr_copies)) AS _tr_copy
