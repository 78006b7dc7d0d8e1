-- Finds the views that were created for tables of the source.
-- In: engine: `View`, or what stands for them on several shards, as a literal; comment: the mark of
-- such views.
-- Out: database, name.
-- By hand: after the holes are filled.
SELECT database, name
FROM system.tables
WHERE engine = {{engine}} AND comment = '{{comment}}'
