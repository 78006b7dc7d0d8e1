-- Creates a database for models, or for the views of one run.
-- In: database: name in backticks; comment: the mark by which such databases are found.
-- By hand: after the holes are filled.
CREATE DATABASE IF NOT EXISTS {{database}}
COMMENT '{{comment}}'
