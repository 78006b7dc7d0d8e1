-- The view of a table with REPLICA IDENTITY FULL and no key: it shows each row as many times as the
-- source has it.
-- DEFINER: a reader needs a right on the view and none on storage, which has superseded and deleted
-- rows too.
-- In: view: `database`.`name` in backticks; columns: `s.c<id> AS <name>`, or an expression of it;
-- group: the same without names, each followed by a comma; exact: map of the exact texts of the
-- shown columns; storage: name in backticks, `t16384_1_g1`; settings: a SETTINGS clause or nothing;
-- comment: the mark by which views without a table are found.
-- By hand: no; its lists have one element per column. See README.md for how to read the real text.
CREATE OR REPLACE VIEW {{view}} DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
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
