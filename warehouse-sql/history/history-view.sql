-- The view of every version of the rows of a table.
-- DEFINER: a reader needs a right on the view and none on storage.
-- In: view: `database`.`name` in backticks; columns: `s.c<id> AS <name>`, or an expression of it,
-- then the names of our own four columns; versions: as versions.sql; settings: a SETTINGS clause or
-- nothing; comment: the mark by which views without a table are found.
-- By hand: no; its lists have one element per column. See README.md for how to read the real text.
CREATE OR REPLACE VIEW {{view}} DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT {{columns}}
FROM ({{versions}}) AS s
{{settings}}
COMMENT '{{comment}}'
