-- The last results of tests in files.
-- In: names: the names of the files, as literals.
-- Out: test, table, severity, ok, failures, detail, atMs (milliseconds since 1970).
-- By hand: after the holes are filled.
SELECT check AS test, table, severity, ok, failures, detail, toUnixTimestamp64Milli(at) AS atMs
FROM tailrace.quality
WHERE run IS NULL AND (check, at) IN (
    SELECT check, max(at)
    FROM tailrace.quality
    WHERE run IS NULL AND check IN ({{names}})
    GROUP BY check
)
