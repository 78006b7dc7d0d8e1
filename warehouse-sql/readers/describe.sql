-- The columns of a reader's SELECT, without running it. The line break ends a comment at its end.
-- In: select: the SELECT.
-- Out: name, type, and more.
-- By hand: after the holes are filled.
DESCRIBE TABLE ({{select}}
)
