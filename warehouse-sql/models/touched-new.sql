-- Groups of the images that rows have got since a version. A tombstone has only the key of its
-- row.
-- In: expression: over the input's columns; rows: the view of every stored row; version: the first
-- that counts; whole: a condition, `AND NOT _tr_deleted` unless the expression reads the key
-- alone.
-- Out: _tr_group.
-- By hand: after the holes are filled.
SELECT {{expression}} AS _tr_group
FROM {{rows}}
WHERE _tr_version >= toUInt128('{{version}}') {{whole}}
