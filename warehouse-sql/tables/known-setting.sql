-- Whether the engine knows a setting.
-- In: name: as a literal.
-- Out: one row when it does.
-- By hand: after the holes are filled.
SELECT name
FROM system.settings
WHERE name = {{name}}
