-- Creates a database for the views of a freeze: one per schema of the source.
-- In: database: name in backticks, and on a cluster what keeps its tables; comment: the mark by
-- which such databases are found.
-- By hand: after the holes are filled.
CREATE DATABASE IF NOT EXISTS {{database}}
COMMENT '{{comment}}'
