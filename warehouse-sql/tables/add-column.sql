-- Adds a column that the source has got; older rows get its missing value. May be repeated.
-- In: storage: name in backticks, `t16384_1_g1`; column: name, type, optional DEFAULT and COMMENT.
-- By hand: after the holes are filled.
ALTER TABLE tailrace.{{storage}} ADD COLUMN IF NOT EXISTS {{column}}
