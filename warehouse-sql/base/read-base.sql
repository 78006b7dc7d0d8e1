-- Counts and hashes rows of a base as the engine reads them from the lake.
-- In: hash: 64 bits of a row over _tr_b; rows: as rows.sql; settings: as in insert-settings.ts.
-- Out: rows, hash.
-- By hand: no; its lists have one element per column. See README.md for how to read the real text.
SELECT count() AS rows, toString(sum({{hash}})) AS hash
FROM ({{rows}}) AS _tr_b
SETTINGS {{settings}}
