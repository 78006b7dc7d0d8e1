-- What users see of a table with REPLICA IDENTITY FULL and no key: each row as many times as it is
-- there.
-- In: comment (our mark: by it views that have no table any more are found), view, columns
-- (`s.c<id> AS <name>`, or an expression of it), group (the same without names, each followed by a
-- comma), exact (map of the columns shown), storage, settings (or nothing).
CREATE OR REPLACE VIEW {{view}} AS
SELECT {{columns}}
FROM
(
    SELECT {{group}} {{exact}} AS _tr_exact, sum(t._tr_sign) AS _tr_copies
    FROM tailrace.{{storage}} AS t FINAL
    GROUP BY ALL
    HAVING _tr_copies > 0
) AS s
ARRAY JOIN range(toUInt64(s._tr_copies)) AS _tr_copy
{{settings}}
COMMENT '{{comment}}'
