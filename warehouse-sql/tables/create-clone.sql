-- Creates an empty table with the columns, keys and settings of another one. `CLONE AS` would do
-- this and the next step at once, but ClickHouse Cloud refuses it, and on replicated tables its
-- clone is empty without an error.
-- In: clone, storage: `database`.`name` in backticks; engine: an ENGINE clause on a cluster, or
-- nothing.
-- By hand: after the holes are filled.
CREATE TABLE {{clone}} AS {{storage}}{{engine}}
