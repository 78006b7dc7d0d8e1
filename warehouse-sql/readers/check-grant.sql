-- Whether the user of the connection has a right. It needs no right itself.
-- https://clickhouse.com/docs/sql-reference/statements/check-grant
-- In: right: one right, or several with commas; target: `database.*` and the like.
-- Out: result: 1 when the user has it.
-- By hand: after the holes are filled.
CHECK GRANT {{right}} ON {{target}}
