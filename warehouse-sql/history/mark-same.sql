-- Marks rows of a later copy that say what the history knew: the same row images again, as S.
-- In: storage: name in backticks, `h16384_1_g1`; columns: one element per column, each followed by
-- a comma; key: the columns of the key; from, upto: versions of the first and the last point of the
-- copy, as UInt128 expressions; settings: as in insert-settings.ts.
-- By hand: no; its lists have one element per column. See README.md for how to read the real text.
INSERT INTO tailrace.{{storage}} ({{columns}} _tr_key_exact, _tr_exact, _tr_version, _tr_deleted, _tr_op, _tr_commit_time)
SELECT {{columns}} _tr_key_exact, _tr_exact, _tr_version, 0, 'S', _tr_commit_time
FROM
(
    SELECT
        *,
        sipHash128(tuple({{columns}} _tr_exact)) AS _tr_content,
        lagInFrame(_tr_content) OVER past AS _tr_earlier,
        lagInFrame(_tr_deleted, 1, 1) OVER past AS _tr_gone
    FROM tailrace.{{storage}} FINAL
    WHERE _tr_version <= {{upto}}
    WINDOW past AS (PARTITION BY {{key}} ORDER BY _tr_version ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
)
WHERE _tr_op = 'C' AND _tr_version >= {{from}} AND _tr_gone = 0 AND _tr_content = _tr_earlier
SETTINGS {{settings}}
