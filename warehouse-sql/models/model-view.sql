-- Shows a model.
-- DEFINER: a reader needs a right on the view and none on what it reads.
-- In: view: `database`.`name` in backticks; select: its rows; comment: the mark of such views.
-- By hand: after the holes are filled.
CREATE OR REPLACE VIEW {{view}} DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
{{select}}
COMMENT '{{comment}}'
