-- Shows a model.
-- In: view: `database`.`name` in backticks; select: its rows; comment: the mark of such views.
-- By hand: after the holes are filled.
CREATE OR REPLACE VIEW {{view}} AS
{{select}}
COMMENT '{{comment}}'
