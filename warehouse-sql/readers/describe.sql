-- The columns of a SELECT, without running it, as readers and models see them: where a join has no
-- row, there is NULL. The line break ends a comment at its end.
-- In: select: the SELECT.
-- Out: name, type, and more.
-- By hand: after the holes are filled.
DESCRIBE TABLE ({{select}}
)
SETTINGS join_use_nulls = 1
