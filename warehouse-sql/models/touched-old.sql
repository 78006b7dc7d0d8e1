-- Groups of the images that changed rows had at an earlier freeze.
-- In: expression: over the input's columns; before: the input at that freeze; rows: the view of
-- every stored row now; key: columns of the input's key; version: the first that counts.
-- Out: _tr_group.
-- By hand: after the holes are filled.
SELECT {{expression}} AS _tr_group
FROM {{before}}
WHERE ({{key}}) IN (SELECT {{key}} FROM {{rows}} WHERE _tr_version >= toUInt128('{{version}}'))
