-- Finds the views that were created for tables of the source.
-- In: comment: the mark of such views.
-- Out: database, name.
-- By hand: after the holes are filled.
SELECT database, name
FROM system.tables
WHERE engine = 'View' AND comment = '{{comment}}'
