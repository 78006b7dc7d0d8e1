-- Reads one file of the lake through the engine.
-- In: source: table function over the file, with a column `content`; settings: as in
-- insert-settings.ts.
-- Out: hash, the SHA-256 of each file that the engine takes the path for.
-- By hand: after the holes are filled.
SELECT lower(hex(SHA256(_tr_f.content))) AS hash
FROM {{source}} AS _tr_f
SETTINGS {{settings}}
