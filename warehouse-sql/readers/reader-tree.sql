-- Parses a reader's SELECT as a subquery, where INTO OUTFILE and a second statement are syntax
-- errors. The line break ends a comment at the end of the SELECT.
-- In: select: the reader's SELECT.
-- Out: the syntax tree, in which functions are searched.
-- By hand: after the holes are filled.
EXPLAIN AST SELECT * FROM ({{select}}
)
