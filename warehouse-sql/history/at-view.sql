-- The table as it was at a moment, by the times of commits: `SELECT … FROM t__at(time = '…')`.
-- Fails for a time before the history reaches, also where no row is left.
-- In: view: `database`.`name` in backticks; columns: `s.c<id> AS <name>`, or an expression of it;
-- versions: as versions.sql; since: time of that moment; message: literal, text of the failure;
-- settings: a SETTINGS clause or nothing; comment: the mark by which views without a table are
-- found.
-- By hand: no; its lists have one element per column. See README.md for how to read the real text.
CREATE OR REPLACE VIEW {{view}} DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT {{columns}}
FROM ({{versions}}) AS s
WHERE s._tr_deleted = 0
    AND (s._tr_from IS NULL OR s._tr_from <= {time:DateTime64(6, 'UTC')})
    AND (s._tr_to IS NULL OR s._tr_to > {time:DateTime64(6, 'UTC')})
    AND (SELECT throwIf({time:DateTime64(6, 'UTC')} < {{since}}, {{message}})) = 0
{{settings}}
COMMENT '{{comment}}'
