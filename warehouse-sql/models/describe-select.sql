-- Columns of the answer of a SELECT.
-- In: select: the text.
-- Out: name, type (and more).
-- By hand: after the holes are filled.
DESCRIBE TABLE (
{{select}}
)
SETTINGS join_use_nulls = 1
