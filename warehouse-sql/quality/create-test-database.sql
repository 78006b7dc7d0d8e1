-- Creates a database for the models that tests read at one freeze.
-- In: database: name in backticks; comment: the mark by which such databases are found.
-- By hand: after the holes are filled.
CREATE DATABASE IF NOT EXISTS {{database}}
COMMENT '{{comment}}'
