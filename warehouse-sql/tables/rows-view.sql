-- Every stored row of a table, for a reader who follows changes: old rows and tombstones too.
-- In: view: `database`.`name` in backticks; columns: `s.c<id> AS <name>`, or an expression of it,
-- then version and mark of a tombstone; storage: name in backticks; settings: a SETTINGS clause or
-- nothing; comment: the mark by which views without a table are found.
-- By hand: no; its list has one element per column. See README.md for how to read the real text.
CREATE OR REPLACE VIEW {{view}} DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT {{columns}}
FROM tailrace.{{storage}} AS s
{{settings}}
COMMENT '{{comment}}'
