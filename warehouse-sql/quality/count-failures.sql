-- How many rows a test finds.
-- In: test: the SELECT of the failing rows.
-- Out: failures.
-- By hand: after the holes are filled.
SELECT count() AS failures
FROM
(
{{test}}
)
