-- Shows a model to tests.
-- In: view: `database`.`name` in backticks; select: its rows.
-- By hand: after the holes are filled.
CREATE VIEW {{view}} DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
{{select}}
