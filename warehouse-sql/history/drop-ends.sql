-- Drops what ended versions that are gone, and rows of copies that were no versions.
-- In: storage: name in backticks, `h16384_1_g1`; key: the columns of the key; before: a time.
-- By hand: after the holes are filled.
ALTER TABLE tailrace.{{storage}}
DELETE WHERE _tr_commit_time < {{before}} AND ({{key}}, _tr_version) IN
(
    SELECT {{key}}, _tr_version
    FROM
    (
        SELECT {{key}}, s._tr_version, s._tr_deleted, s._tr_op, countIf(s._tr_deleted = 0 AND s._tr_op != 'S') OVER (PARTITION BY {{key}} ORDER BY s._tr_version) AS _tr_alive
        FROM tailrace.{{storage}} AS s FINAL
    )
    WHERE _tr_alive = 0 AND (_tr_deleted = 1 OR _tr_op = 'S')
)
SETTINGS mutations_sync = 2, allow_nondeterministic_mutations = 1
