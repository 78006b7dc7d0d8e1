-- Every database of the warehouse.
-- Out: name, comment, tables (how many tables and views it has).
-- By hand: as it is.
SELECT d.name AS name, any(d.comment) AS comment, countIf(t.name != '') AS tables
FROM system.databases AS d
LEFT JOIN system.tables AS t ON t.database = d.name
GROUP BY d.name
