-- Creates the table that receives rows of files which a ClickHouse server cannot read by itself.
-- In: input: name in backticks; columns: names and types of the files' fields.
-- By hand: after the holes are filled.
CREATE OR REPLACE TABLE tailrace.{{input}} ({{columns}})
ENGINE = MergeTree
ORDER BY tuple()
