-- Finds views that an earlier version created, which read storage with the rights of the reader.
-- In: comment: the mark of the views, as a literal.
-- Out: database, name.
-- By hand: after the holes are filled.
SELECT database, name
FROM system.tables
WHERE engine = 'View' AND comment = {{comment}} AND create_table_query NOT LIKE '%SQL SECURITY DEFINER%'
