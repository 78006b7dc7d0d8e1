-- Views that were created for models.
-- In: comment: the mark of them.
-- Out: database, view.
-- By hand: after the holes are filled.
SELECT database, name AS view
FROM system.tables
WHERE engine = 'View' AND comment = '{{comment}}'
