-- (subquery) Keys that entities with an unchanged value had in a part of the files that is not
-- applied.
-- In: key: list of r.… columns; rows: as rows.sql; from: version of the first change that is
-- applied; lineage: list of r.… columns; unchanged: as unchanged-keys.sql, by lineage.
-- By hand: no; its lists have one element per column. See README.md for how to read the real text.
SELECT {{key}}
FROM ({{rows}}) AS r
WHERE r._tr_version < {{from}} AND ({{lineage}}) IN ({{unchanged}})
