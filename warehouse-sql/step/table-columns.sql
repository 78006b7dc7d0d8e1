-- Names and types of a table's columns.
-- In: table: name in backticks, with its database.
-- Out: name, type.
-- By hand: after the holes are filled.
DESCRIBE TABLE {{table}}
