-- Some of the rows that a test finds.
-- In: test: the SELECT of the failing rows; rows: how many at most; bytes: how large they may be in
-- memory together, or else it is an error.
-- Out: the columns of the test.
-- By hand: after the holes are filled.
SELECT *
FROM
(
{{test}}
)
LIMIT {{rows}}
SETTINGS max_result_bytes = {{bytes}}, result_overflow_mode = 'throw'
