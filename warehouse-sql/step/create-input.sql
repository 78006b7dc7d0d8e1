-- Where a ClickHouse server gets the rows of files that it cannot read by itself. In: input,
-- columns (as in the files).
CREATE OR REPLACE TABLE tailrace.{{input}} ({{columns}})
ENGINE = MergeTree
ORDER BY tuple()
