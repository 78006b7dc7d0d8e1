-- One file of the lake as the engine reads it. In: source, settings. Out: hash, the SHA-256 of each
-- file that it takes the path for.
SELECT lower(hex(SHA256(_tr_f.content))) AS hash
FROM {{source}} AS _tr_f
SETTINGS {{settings}}
