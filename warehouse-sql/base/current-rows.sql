-- (subquery) Current rows of a storage with a key, or of one that is only added to.
-- In: columns: `s.c<id> AS c<id>`, and the columns of the sort key that are ours; exact: map of the
-- exact texts of these columns; storage: `database`.`name` in backticks; condition: over s, a range
-- of the sort key.
-- By hand: no; its lists have one element per column. See README.md for how to read the real text.
SELECT {{columns}}, {{exact}} AS _tr_exact
FROM {{storage}} AS s FINAL
WHERE {{condition}}
