-- Creates the empty storage of a `table` model. A NULL in the key is a value.
-- In: storage: name in backticks; columns: name and type of each; key: sort key, `(a, b)` or
-- `tuple()`.
-- By hand: after the holes are filled.
CREATE TABLE IF NOT EXISTS tailrace_models.{{storage}}
(
    {{columns}}
)
ENGINE = MergeTree
ORDER BY {{key}}
SETTINGS allow_nullable_key = 1, fsync_after_insert = 1, fsync_part_directory = 1
