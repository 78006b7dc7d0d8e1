-- Views that were made for a table of the source. In: comment. Out: database, name.
SELECT database, name
FROM system.tables
WHERE engine = 'View' AND comment = '{{comment}}'
