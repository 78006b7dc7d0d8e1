-- Builds a model for tests, so that each of them need not.
-- In: table: `database`.`name` in backticks; select: its rows; settings: for the build.
-- By hand: after the holes are filled.
CREATE TABLE {{table}}
ENGINE = MergeTree
ORDER BY tuple()
AS SELECT * FROM (
{{select}}
)
SETTINGS {{settings}}
