-- Saves rows of a table of state as one block: all of them or none.
-- In: target: table and columns; rows: the values, each row in parentheses.
-- By hand: after the holes are filled.
INSERT INTO tailrace.{{target}}
SETTINGS async_insert = 0
VALUES {{rows}}
