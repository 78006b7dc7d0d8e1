-- The view of a table with a key, or of one that only grows: current rows under the source's names.
-- FINAL leaves out tombstones and old rows.
-- DEFINER: a reader needs a right on the view and none on storage, which has superseded and deleted
-- rows too.
-- In: view: `database`.`name` in backticks; columns: `s.c<id> AS <name>`, or an expression of it;
-- storage: name in backticks, `t16384_1_g1`; settings: a SETTINGS clause or nothing; comment: the
-- mark by which views without a table are found.
-- By hand: no; its lists have one element per column. See README.md for how to read the real text.
CREATE OR REPLACE VIEW {{view}} DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT {{columns}}
FROM tailrace.{{storage}} AS s FINAL
{{settings}}
COMMENT '{{comment}}'
