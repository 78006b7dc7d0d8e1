-- Fills the storage of a `table` model.
-- In: storage: name in backticks; settings: for the build; select: the model's SELECT.
-- By hand: after the holes are filled.
INSERT INTO tailrace_models.{{storage}}
SETTINGS {{settings}}
SELECT * FROM (
{{select}}
)
