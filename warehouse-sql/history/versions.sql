-- (subquery) Rows of a history with the times from which and until which they were valid. Times of
-- commits need not follow the order of commits, so a version never begins before the one before it.
-- In: storage: name in backticks, `h16384_1_g1`; key: the columns of the key; bounds:
-- conditions on s._tr_version, each after `AND`, or nothing.
-- By hand: after the holes are filled.
SELECT
    s.*,
    max(s._tr_commit_time) OVER (PARTITION BY {{key}} ORDER BY s._tr_version ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS _tr_from,
    if(
        count() OVER (PARTITION BY {{key}} ORDER BY s._tr_version ROWS BETWEEN 1 FOLLOWING AND 1 FOLLOWING) = 0,
        NULL,
        max(s._tr_commit_time) OVER (PARTITION BY {{key}} ORDER BY s._tr_version ROWS BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING)
    ) AS _tr_to
FROM tailrace.{{storage}} AS s FINAL
WHERE s._tr_op != 'S' {{bounds}}
