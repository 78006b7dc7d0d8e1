-- How many rows the storage of a model shows, and how many of its stored rows have a version.
-- In: storage: name in backticks; version: that fresh rows have.
-- Out: rows, fresh.
-- By hand: after the holes are filled.
SELECT
    (SELECT count() FROM tailrace_models.{{storage}} FINAL) AS rows,
    (SELECT count() FROM tailrace_models.{{storage}} WHERE _tr_version = {{version}} AND NOT _tr_deleted) AS fresh
