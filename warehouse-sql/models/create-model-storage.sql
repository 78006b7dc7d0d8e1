-- Creates the empty storage of a `table` model. A NULL in the key is a value.
-- In: storage: name in backticks; columns: name and type of each; key: sort key, `(a, b)` or
-- `tuple()`; settings: a SETTINGS clause or nothing, from warehouse/place.ts.
-- By hand: after the holes are filled.
CREATE TABLE IF NOT EXISTS tailrace_models.{{storage}}
(
    {{columns}}
)
ENGINE = MergeTree
ORDER BY {{key}}
{{settings}}
