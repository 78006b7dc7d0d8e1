-- Copies the storage of a model from hard links.
-- In: storage, present: names in backticks.
-- By hand: after the holes are filled.
CREATE TABLE IF NOT EXISTS tailrace_models.{{storage}} CLONE AS tailrace_models.{{present}}
