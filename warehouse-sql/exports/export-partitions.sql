-- How many rows an export has for each value of a column.
-- In: column: name in backticks; from: what stands behind FROM; most: greatest number of values.
-- Out: value (hex digits of its text, NULL for NULL), rows.
-- By hand: after the holes are filled.
SELECT hex(toString({{column}})) AS value, count() AS rows
FROM {{from}}
GROUP BY value
ORDER BY value
LIMIT {{most}}
